"""Pure functions of what is stored: misses, verdicts, robustness, weights."""
