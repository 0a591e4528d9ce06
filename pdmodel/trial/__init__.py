"""Virtual trials: patients who differ, visits, rules, and rates with intervals."""

from pdmodel.trial.patterns import Pattern, judge, read_patterns
from pdmodel.trial.population import Correlation, Drawn, Population
from pdmodel.trial.protocol import Cycle, Protocol
from pdmodel.trial.rules import Course, Escalate, Hold, Reduce, Stop
from pdmodel.trial.run import run_trial
from pdmodel.trial.spread import LogitNormal, LogNormal
from pdmodel.trial.trial import Trial, TrialResult

__all__ = [
    "Correlation", "Course", "Cycle", "Drawn", "Escalate", "Hold", "LogNormal", "LogitNormal",
    "Pattern", "Population", "Protocol", "Reduce", "Stop", "Trial", "TrialResult", "judge",
    "read_patterns", "run_trial",
]  # fmt: skip
