"""A model held against its targets: groups, free parameters, simulation, Jacobian."""
