"""One patient by SciPy's integrators."""
