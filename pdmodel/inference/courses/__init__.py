"""Compared courses: what was measured in whom, how a measurement errs, and how likely it is."""
