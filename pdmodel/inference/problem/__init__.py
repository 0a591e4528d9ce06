"""A model held against its targets: groups, free parameters, simulation, Jacobian."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.inference")
