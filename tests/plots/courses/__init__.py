"""Figures of measured courses."""
