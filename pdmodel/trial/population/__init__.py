"""Populations: how patients differ, and which of them leave early."""
