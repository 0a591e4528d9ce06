"""The evidence for each hypothesis, by nested sampling."""
