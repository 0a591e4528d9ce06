"""What is given, when."""

from pdmodel.dosing.action import Action, Piece, SteadyState, Timetable
from pdmodel.dosing.compartment_rules import CompartmentRules
from pdmodel.dosing.dose import Dose, DoseRule
from pdmodel.dosing.event_reading import read_events
from pdmodel.dosing.event_table import EventTable, Subject
from pdmodel.dosing.events import Events
from pdmodel.dosing.reading import read_regimen
from pdmodel.dosing.records import Record
from pdmodel.dosing.regimen import Regimen, cyclic, daily, no_drug, once, pack, ramp

__all__ = [
    "Action", "CompartmentRules", "Dose", "DoseRule", "EventTable", "Events", "Piece", "Record",
    "Regimen", "SteadyState", "Subject", "Timetable", "cyclic", "daily", "no_drug", "once", "pack",
    "ramp", "read_events", "read_regimen",
]  # fmt: skip
