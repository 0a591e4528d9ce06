"""Figures of measured courses: what was measured beside what was fitted to it."""
