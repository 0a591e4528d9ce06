"""Tests of a model as one file."""
