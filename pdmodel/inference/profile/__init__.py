"""How far each parameter or prediction can go while all others are fitted again."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.inference")
