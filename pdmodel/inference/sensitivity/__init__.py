"""What the targets can say of the parameters: near one point and over their ranges."""

from pdmodel.former_paths import public_of

__getattr__ = public_of("pdmodel.inference")
