"""From symbols to numbers; knows no drug."""

from pdmodel.engine.fluxes import flux_table
from pdmodel.engine.kernels import compile_model
from pdmodel.engine.simulate import simulate

__all__ = ["compile_model", "flux_table", "simulate"]
