"""A model in writing: as text, as LaTeX, and as a graph of influences."""
