"""Mutated files and words: anything but a result or one line is a failure."""
