"""Virtual trials: patients who differ, visits, rules, and rates with intervals."""

from .calibration.result import Calibration as Calibration, read_calibration as read_calibration
from .calibration.run import calibrate as calibrate
from .patterns.pattern import (
    Pattern as Pattern,
    find_patterns as find_patterns,
    judge as judge,
    read_patterns as read_patterns,
)
from .patterns.survival import kaplan_meier as kaplan_meier
from .patterns.weighting import (
    Weighting as Weighting,
    weigh as weigh,
    weight_patients as weight_patients,
)
from .population.between_trials import BetweenTrials as BetweenTrials
from .population.covariate import Covariate as Covariate, Effect as Effect
from .population.dropout import Dropout as Dropout
from .population.free_number import Free as Free, FreeNumber as FreeNumber
from .population.population import (
    Correlation as Correlation,
    Drawn as Drawn,
    Population as Population,
)
from .population.spread import LogitNormal as LogitNormal, LogNormal as LogNormal, Share as Share
from .predictions.run import predict_trials as predict_trials
from .predictions.table import (
    PredictedTrials as PredictedTrials,
    ReadingResult as ReadingResult,
)
from .predictions.trial_set import TrialSet as TrialSet
from .protocol.arm import TrialArm as TrialArm
from .protocol.design import TrialDesign as TrialDesign
from .protocol.endpoints import (
    Biomarker as Biomarker,
    Endpoints as Endpoints,
    SizeChange as SizeChange,
)
from .protocol.ladder import Ladder as Ladder
from .protocol.protocol import Cycle as Cycle, Protocol as Protocol
from .protocol.rules import (
    Book as Book,
    Course as Course,
    DrugCourse as DrugCourse,
    Escalate as Escalate,
    Hold as Hold,
    Reduce as Reduce,
    Rule as Rule,
    Stop as Stop,
)
from .result import TrialResult as TrialResult
from .run.visits import run_trial as run_trial
from .schedules.run import ScheduleResult as ScheduleResult, run_search as run_search
from .schedules.search import PatientType as PatientType, Schedule as Schedule, Search as Search
from .trial import Trial as Trial

__all__: list[str]
