"""Figures of runs and models: trajectories, fluxes, influences."""
