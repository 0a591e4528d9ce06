"""Cycles of treatment, visits, rules that change the dose, and the design of a trial."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.trial")
