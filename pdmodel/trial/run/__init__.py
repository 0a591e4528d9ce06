"""Doing it: from visit to visit, in resumable blocks of patients."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.trial")
