"""Figures of runs, fluxes, fits, models and trials: the only door to matplotlib.

A single panel takes Axes and returns them, a composed figure is returned as a Figure; none of them
is known to pyplot, so nothing needs a display and nothing stays open. `save` writes either.
"""

from pdmodel.plots.base.dose_strip import dose_strip
from pdmodel.plots.base.figure import image, images, save
from pdmodel.plots.base.style import NONRESPONDER, RESPONDER, strokes
from pdmodel.plots.fits.identifiability_map import identifiability_map
from pdmodel.plots.fits.posterior_bands import posterior_bands
from pdmodel.plots.fits.posterior_forest import posterior_forest
from pdmodel.plots.fits.prediction_grid import prediction_grid
from pdmodel.plots.fits.profile_grid import profile_grid
from pdmodel.plots.fits.response_panels import response_panels
from pdmodel.plots.fits.sobol_map import sobol_map
from pdmodel.plots.fits.start_waterfall import start_waterfall
from pdmodel.plots.fits.target_forest import target_forest
from pdmodel.plots.hypotheses.diverging import diverging, power_chart
from pdmodel.plots.hypotheses.evidence_chart import evidence_chart
from pdmodel.plots.hypotheses.hypothesis_map import hypothesis_map
from pdmodel.plots.runs.fluxes import plot_fluxes
from pdmodel.plots.runs.influence_diagram import influence_diagram
from pdmodel.plots.runs.trajectories import plot_quantity, plot_run, plot_runs
from pdmodel.plots.trials.all_figures import trial_figures
from pdmodel.plots.trials.cytokines import cytokines
from pdmodel.plots.trials.dose_map import dose_map
from pdmodel.plots.trials.pareto import pareto
from pdmodel.plots.trials.pattern_forest import pattern_forest
from pdmodel.plots.trials.spider import spider
from pdmodel.plots.trials.survival import kaplan_meier
from pdmodel.plots.trials.swimmer import swimmer
from pdmodel.plots.trials.waterfall import waterfall

__all__ = [
    "NONRESPONDER", "RESPONDER", "cytokines", "diverging", "dose_map", "dose_strip",
    "evidence_chart", "hypothesis_map", "identifiability_map", "image", "images",
    "influence_diagram", "kaplan_meier", "pareto", "pattern_forest", "plot_fluxes", "plot_quantity",
    "plot_run", "plot_runs", "posterior_bands", "posterior_forest", "power_chart",
    "prediction_grid", "profile_grid", "response_panels", "save", "sobol_map", "spider",
    "start_waterfall", "strokes", "swimmer", "target_forest", "trial_figures", "waterfall",
]  # fmt: skip
