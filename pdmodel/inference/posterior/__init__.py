"""What the evidence leaves of the prior: nested sampling and its draws."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.inference")
