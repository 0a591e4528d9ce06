"""SBML in: a file of others as a model (the only door to libSBML)."""
