"""Virtual trials: patients who differ, visits, rules, and rates with intervals.

What needs lmfit is imported when it is first used: listing the published trials needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pdmodel.trial.calibrated import Calibration, read_calibration
from pdmodel.trial.covariate import Covariate, Effect
from pdmodel.trial.dropout import Dropout
from pdmodel.trial.free import Free
from pdmodel.trial.patterns import Pattern, find_patterns, judge, read_patterns
from pdmodel.trial.population import Correlation, Drawn, Population
from pdmodel.trial.protocol import Cycle, Protocol
from pdmodel.trial.result import TrialResult
from pdmodel.trial.rules import Course, Escalate, Hold, Reduce, Stop
from pdmodel.trial.run import run_trial
from pdmodel.trial.schedule import ScheduleResult, run_search
from pdmodel.trial.search import PatientType, Schedule, Search
from pdmodel.trial.spread import LogitNormal, LogNormal, Share
from pdmodel.trial.survival import kaplan_meier
from pdmodel.trial.trial import Trial
from pdmodel.trial.weighting import Weighting, weigh

if TYPE_CHECKING:
    from pdmodel.trial.calibration import calibrate

__all__ = [
    "Calibration",
    "Correlation",
    "Course",
    "Covariate",
    "Cycle",
    "Drawn",
    "Dropout",
    "Effect",
    "Escalate",
    "Free",
    "Hold",
    "LogNormal",
    "LogitNormal",
    "PatientType",
    "Pattern",
    "Population",
    "Protocol",
    "Reduce",
    "Schedule",
    "ScheduleResult",
    "Search",
    "Share",
    "Stop",
    "Trial",
    "TrialResult",
    "Weighting",
    "calibrate",
    "find_patterns",
    "judge",
    "kaplan_meier",
    "read_calibration",
    "read_patterns",
    "run_search",
    "run_trial",
    "weigh",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what calibrates from its home."""
    if name != "calibrate":
        raise AttributeError(f"module 'pdmodel.trial' has no attribute {name!r}")
    from pdmodel.trial import calibration

    return getattr(calibration, name)
