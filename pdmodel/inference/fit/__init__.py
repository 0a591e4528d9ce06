"""The best values: starts, minimisation, verdicts, the record and its folder."""
