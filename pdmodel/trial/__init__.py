"""Virtual trials: patients who differ, visits, rules, and rates with intervals."""

from pdmodel.trial.calibration import Calibration, calibrate
from pdmodel.trial.free import Free
from pdmodel.trial.patterns import Pattern, judge, read_patterns
from pdmodel.trial.population import Correlation, Drawn, Population
from pdmodel.trial.protocol import Cycle, Protocol
from pdmodel.trial.rules import Course, Escalate, Hold, Reduce, Stop
from pdmodel.trial.run import run_trial
from pdmodel.trial.spread import LogitNormal, LogNormal
from pdmodel.trial.trial import Trial, TrialResult

__all__ = [
    "Calibration", "Correlation", "Course", "Cycle", "Drawn", "Escalate", "Free", "Hold",
    "LogNormal", "LogitNormal", "Pattern", "Population", "Protocol", "Reduce", "Stop", "Trial",
    "TrialResult", "calibrate", "judge", "read_patterns", "run_trial",
]  # fmt: skip
