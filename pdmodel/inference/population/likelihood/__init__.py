"""How likely the measurements of a population are, and how that moves with its parameters."""
