"""The equations of one model, compiled for the Rosenbrock method."""
