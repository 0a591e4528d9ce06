"""What a population fit tells: estimates, patients, diagnostics, words."""
