"""The equations of a model as callables, and what can be read from them before a run."""
