"""Populations: how patients differ, and which of them leave early."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.trial")
