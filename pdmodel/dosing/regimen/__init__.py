"""Prescriptions: doses at regular times, written in words or made in Python."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.dosing")
