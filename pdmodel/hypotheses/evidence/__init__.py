"""The evidence for each hypothesis, by nested sampling."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.hypotheses")
