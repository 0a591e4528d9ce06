"""Which measurement or intervention would tell the survivors apart."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.hypotheses")
