"""The Rosenbrock method as machine code: memory, steps, control of the step size, switches."""
