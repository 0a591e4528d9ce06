"""The science: symbolic equations of lenalidomide in CLL; no solver, no data, no fit."""
