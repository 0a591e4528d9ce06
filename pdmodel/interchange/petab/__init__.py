"""Fitting problems of PEtab."""
