"""Figures of runs, fluxes, fits, models and trials."""

from .base.dose_strip import dose_strip as dose_strip
from .base.figure import image as image, images as images, save as save
from .base.style import FIRST as FIRST, SECOND as SECOND, strokes as strokes
from .courses.individual_panels import individual_panels as individual_panels
from .courses.observed_fitted import observed_fitted as observed_fitted
from .courses.residuals import residuals as residuals
from .courses.visual_check import visual_check as visual_check
from .figures import trial_figures as trial_figures
from .fits.identifiability_map import identifiability_map as identifiability_map
from .fits.posterior_bands import posterior_bands as posterior_bands
from .fits.posterior_forest import posterior_forest as posterior_forest
from .fits.prediction_grid import prediction_grid as prediction_grid
from .fits.profile_grid import profile_grid as profile_grid
from .fits.response_panels import response_panels as response_panels
from .fits.sobol_map import sobol_map as sobol_map
from .fits.start_waterfall import start_waterfall as start_waterfall
from .fits.target_forest import target_forest as target_forest
from .folders import figures_of_folder as figures_of_folder
from .hypotheses.data_rivals import data_rivals as data_rivals
from .hypotheses.diverging import diverging as diverging, power_chart as power_chart
from .hypotheses.evidence_chart import evidence_chart as evidence_chart
from .hypotheses.hypothesis_map import hypothesis_map as hypothesis_map
from .runs.fluxes import plot_fluxes as plot_fluxes
from .runs.influence_diagram import influence_diagram as influence_diagram
from .runs.trajectories import (
    plot_quantity as plot_quantity,
    plot_run as plot_run,
    plot_runs as plot_runs,
)
from .trials.biomarkers import biomarkers as biomarkers, cytokines as cytokines
from .trials.dose_map import dose_map as dose_map
from .trials.pareto import pareto as pareto
from .trials.pattern_forest import pattern_forest as pattern_forest
from .trials.spider import spider as spider
from .trials.survival import kaplan_meier as kaplan_meier
from .trials.swimmer import swimmer as swimmer
from .trials.waterfall import waterfall as waterfall

__all__: list[str]
