"""Predictions: a set of trials of which one calibrates, and what the others then show.

Import from `pdmodel.trial`.
"""
