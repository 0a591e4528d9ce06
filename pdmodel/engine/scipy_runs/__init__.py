"""Carrying a run out with the integrators of SciPy: the reference and the fallback."""
