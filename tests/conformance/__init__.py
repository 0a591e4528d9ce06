"""Suites of others, run in full: `python -m tests.conformance` prints how many cases pass."""
