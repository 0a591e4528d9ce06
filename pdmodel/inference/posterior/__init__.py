"""What the evidence leaves of the prior: nested sampling and its draws."""
