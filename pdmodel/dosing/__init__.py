"""What is given, when."""

from pdmodel.dosing.action import Action, Piece, SteadyState, Timetable
from pdmodel.dosing.nonmem.compartments import CompartmentRules
from pdmodel.dosing.nonmem.read import read_events
from pdmodel.dosing.nonmem.record import Record
from pdmodel.dosing.nonmem.table import EventTable, Subject
from pdmodel.dosing.nonmem.timetable import Events
from pdmodel.dosing.regimen.body_weight import (
    WEIGHT_NAMES,
    read_weight,
    unit_by_weight,
    weight_of,
)
from pdmodel.dosing.regimen.dose import Dose, DoseRule
from pdmodel.dosing.regimen.prescriptions import (
    cyclic,
    daily,
    every,
    on_days,
    pack,
    ramp,
    single,
)
from pdmodel.dosing.regimen.regimen import Regimen, no_drug, once
from pdmodel.dosing.regimen.words import read_regimen

__all__ = [
    "WEIGHT_NAMES",
    "Action",
    "CompartmentRules",
    "Dose",
    "DoseRule",
    "EventTable",
    "Events",
    "Piece",
    "Record",
    "Regimen",
    "SteadyState",
    "Subject",
    "Timetable",
    "cyclic",
    "daily",
    "every",
    "no_drug",
    "on_days",
    "once",
    "pack",
    "ramp",
    "read_events",
    "read_regimen",
    "read_weight",
    "single",
    "unit_by_weight",
    "weight_of",
]  # fmt: skip
