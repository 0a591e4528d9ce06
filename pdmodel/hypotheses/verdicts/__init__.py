"""Verdicts on hypotheses, as pure functions of their stored parts."""
