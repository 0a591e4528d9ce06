"""The words that users type; each is loaded when it is first used."""

from . import hypotheses as hypotheses, plots as plots, trial as trial
from .catalogue import (
    load as load,
    load_patient as load_patient,
    models as models,
    patients as patients,
)
from .dosing import (
    CompartmentRules as CompartmentRules,
    Regimen as Regimen,
    read_events as read_events,
    read_regimen as read_regimen,
)
from .engine import (
    Hold as Hold,
    PauseDosing as PauseDosing,
    Trigger as Trigger,
    check_gradient as check_gradient,
    flux_table as flux_table,
    prepare as prepare,
    simulate as simulate,
    simulate_cohort as simulate_cohort,
    simulate_sensitivities as simulate_sensitivities,
)
from .errors import PdmodelError as PdmodelError
from .inference import (
    AdditiveError as AdditiveError,
    Allometric as Allometric,
    Categorical as Categorical,
    CombinedError as CombinedError,
    Exponential as Exponential,
    FitProblem as FitProblem,
    FitResult as FitResult,
    Group as Group,
    LogNormalError as LogNormalError,
    MapResult as MapResult,
    NestedPlan as NestedPlan,
    PopulationProblem as PopulationProblem,
    PopulationResult as PopulationResult,
    Power as Power,
    Profile as Profile,
    ProportionalError as ProportionalError,
    Question as Question,
    RandomEffect as RandomEffect,
    Sensitivity as Sensitivity,
    fit_map as fit_map,
    fit_population as fit_population,
    read_measurements as read_measurements,
    read_population as read_population,
    read_profile as read_profile,
    read_result as read_result,
    read_targets as read_targets,
    run_profile as run_profile,
    run_sensitivity as run_sensitivity,
    sample_posterior as sample_posterior,
    visual_check as visual_check,
)
from .interchange import (
    read_petab as read_petab,
    read_sbml as read_sbml,
    read_sedml as read_sedml,
)
from .model import (
    Event as Event,
    Mechanism as Mechanism,
    Model as Model,
    Patient as Patient,
    Vocabulary as Vocabulary,
)
from .progress import show_progress as show_progress

__version__: str
__all__: list[str]
