"""Tests of pdmodel/interchange/sbml_reading."""
