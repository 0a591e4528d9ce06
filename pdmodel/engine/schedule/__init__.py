"""When something changes in a run, and what: doses, triggers, times to look at."""
