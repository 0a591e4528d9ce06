"""Figures of virtual trials: patients, doses, cytokines, survival, patterns."""
