"""What the evidence says: targets, fits from many starts, results."""

from .courses.error_models import (
    AdditiveError as AdditiveError,
    CombinedError as CombinedError,
    LogNormalError as LogNormalError,
    ProportionalError as ProportionalError,
)
from .courses.measurements import Measurements as Measurements
from .courses.reading import read_measurements as read_measurements
from .fit.folder import read_result as read_result
from .fit.record import FitRecord as FitRecord
from .fit.result import FitResult as FitResult
from .fit_problem import FitProblem as FitProblem
from .group import Group as Group
from .panel import Panel as Panel
from .population.effects.covariate_effects import (
    Allometric as Allometric,
    Categorical as Categorical,
    Exponential as Exponential,
    Power as Power,
)
from .population.effects.random_effects import RandomEffect as RandomEffect
from .population.folder import read_population as read_population
from .population.known_population import MapResult as MapResult, fit_map as fit_map
from .population.problem import PopulationProblem as PopulationProblem
from .population.results.record import PopulationRecord as PopulationRecord
from .population.results.result import (
    PopulationResult as PopulationResult,
    visual_check as visual_check,
)
from .population.run import fit_population as fit_population
from .posterior.posterior import Posterior as Posterior, read_posterior as read_posterior
from .posterior.run import NestedPlan as NestedPlan, sample_posterior as sample_posterior
from .profile.folder import read_predictions as read_predictions, read_profile as read_profile
from .profile.record import PredictionProfile as PredictionProfile, Profile as Profile
from .profile.run import run_profile as run_profile
from .profile.run_predictions import (
    profile_prediction as profile_prediction,
    profile_predictions as profile_predictions,
)
from .question import Question as Question
from .sensitivity.sensitivity import Sensitivity as Sensitivity, run_sensitivity as run_sensitivity
from .targets.prediction import read_prediction as read_prediction
from .targets.priors import Prior as Prior, read_priors as read_priors
from .targets.target import Target as Target, read_targets as read_targets

__all__: list[str]
