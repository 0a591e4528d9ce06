"""From symbols to numbers; knows no drug."""

from .between_visits import (
    run_stretch as run_stretch,
    simulate_between_visits as simulate_between_visits,
)
from .cohort import simulate_cohort as simulate_cohort
from .fluxes import flux_table as flux_table
from .prepared import Prepared as Prepared, prepare as prepare
from .schedule.triggers import Hold as Hold, PauseDosing as PauseDosing, Trigger as Trigger
from .sensitivities import (
    check_gradient as check_gradient,
    simulate_sensitivities as simulate_sensitivities,
)
from .simulation import simulate as simulate
from .subjects import (
    Course as Course,
    PreparedSubjects as PreparedSubjects,
    SubjectRuns as SubjectRuns,
    prepare_subjects as prepare_subjects,
)
from .symbolic.model_functions import compile_model as compile_model

__all__: list[str]
