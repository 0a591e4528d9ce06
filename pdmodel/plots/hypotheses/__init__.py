"""Figures of comparisons: which hypotheses survive, and what would decide."""
