"""Patterns that trials reported, and how simulated outcomes are held against them."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.trial")
