"""Fits of pdmodel as problems of PEtab."""
