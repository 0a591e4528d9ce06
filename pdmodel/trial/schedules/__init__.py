"""A search over schedules: many trials, ranked."""
