"""What the evidence says: targets, their kinds, priors, residuals, predictions."""
