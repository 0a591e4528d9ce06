"""Figures of runs, fluxes, fits, models and trials: the only door to matplotlib.

A single panel takes Axes and returns them, a composed figure is returned as a Figure; none of them
is known to pyplot, so nothing needs a display and nothing stays open. `save` writes either.
"""

from pdmodel.plots.diverging import diverging, power_chart
from pdmodel.plots.dose_strip import dose_strip
from pdmodel.plots.evidence_chart import evidence_chart
from pdmodel.plots.figure import image, images, save
from pdmodel.plots.fluxes import plot_fluxes
from pdmodel.plots.hypothesis_map import hypothesis_map
from pdmodel.plots.identifiability_map import identifiability_map
from pdmodel.plots.influence_diagram import influence_diagram
from pdmodel.plots.posterior_bands import posterior_bands
from pdmodel.plots.posterior_forest import posterior_forest
from pdmodel.plots.prediction_grid import prediction_grid
from pdmodel.plots.profile_grid import profile_grid
from pdmodel.plots.response_panels import response_panels
from pdmodel.plots.sobol_map import sobol_map
from pdmodel.plots.start_waterfall import start_waterfall
from pdmodel.plots.style import NONRESPONDER, RESPONDER, strokes
from pdmodel.plots.target_forest import target_forest
from pdmodel.plots.trajectories import plot_quantity, plot_run, plot_runs
from pdmodel.plots.trial_cytokines import cytokines
from pdmodel.plots.trial_dose_map import dose_map
from pdmodel.plots.trial_figures import trial_figures
from pdmodel.plots.trial_forest import pattern_forest
from pdmodel.plots.trial_pareto import pareto
from pdmodel.plots.trial_spider import spider
from pdmodel.plots.trial_survival import kaplan_meier
from pdmodel.plots.trial_swimmer import swimmer
from pdmodel.plots.trial_waterfall import waterfall

__all__ = [
    "NONRESPONDER", "RESPONDER", "cytokines", "diverging", "dose_map", "dose_strip",
    "evidence_chart", "hypothesis_map", "identifiability_map", "image", "images",
    "influence_diagram", "kaplan_meier", "pareto", "pattern_forest", "plot_fluxes", "plot_quantity",
    "plot_run", "plot_runs", "posterior_bands", "posterior_forest", "power_chart",
    "prediction_grid", "profile_grid", "response_panels", "save", "sobol_map", "spider",
    "start_waterfall", "strokes", "swimmer", "target_forest", "trial_figures", "waterfall",
]  # fmt: skip
