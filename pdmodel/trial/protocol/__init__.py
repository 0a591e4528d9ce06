"""Cycles of treatment, visits, rules that change the dose, and the design of a trial."""
