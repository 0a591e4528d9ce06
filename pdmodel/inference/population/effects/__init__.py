"""How the parameters of a patient come from what is typical, covariates and random effects."""
