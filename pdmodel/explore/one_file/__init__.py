"""A model as one file: equations and integrator as JavaScript, for whoever has no Python."""
