"""Figures of runs, fluxes, fits and models: the only door to matplotlib.

A single panel takes Axes and returns them, a composed figure is returned as a Figure; none of them
is known to pyplot, so nothing needs a display and nothing stays open. `save` writes either.
"""

from pdmodel.plots.dose_strip import dose_strip
from pdmodel.plots.figure import image, save
from pdmodel.plots.fluxes import plot_fluxes
from pdmodel.plots.influence_diagram import influence_diagram
from pdmodel.plots.response_panels import response_panels
from pdmodel.plots.start_waterfall import start_waterfall
from pdmodel.plots.style import NONRESPONDER, RESPONDER, strokes
from pdmodel.plots.target_forest import target_forest
from pdmodel.plots.trajectories import plot_quantity, plot_run, plot_runs

__all__ = [
    "NONRESPONDER", "RESPONDER", "dose_strip", "image", "influence_diagram", "plot_fluxes",
    "plot_quantity", "plot_run", "plot_runs", "response_panels", "save", "start_waterfall",
    "strokes", "target_forest",
]  # fmt: skip
