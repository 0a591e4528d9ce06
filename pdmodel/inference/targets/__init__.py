"""What the evidence says: targets, their kinds, priors, residuals, predictions."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.inference")
