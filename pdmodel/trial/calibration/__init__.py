"""Free numbers of a population moved until the reported patterns come out."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.trial")
