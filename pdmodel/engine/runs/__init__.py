"""Carrying a run out with compiled code: one patient, many, with triggers, to a steady state."""
