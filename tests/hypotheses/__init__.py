"""Tests of the laboratory of hypotheses."""
