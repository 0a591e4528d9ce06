"""Populations: what is typical, how patients differ, and what each patient's own values are."""
