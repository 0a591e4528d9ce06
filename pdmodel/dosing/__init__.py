"""What is given, when."""

from pdmodel.dosing.reading import read_regimen
from pdmodel.dosing.regimen import Dose, DoseRule, Regimen, cyclic, daily, no_drug, once, pack, ramp

__all__ = [
    "Dose", "DoseRule", "Regimen", "cyclic", "daily", "no_drug", "once", "pack", "ramp",
    "read_regimen",
]  # fmt: skip
