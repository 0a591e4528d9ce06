"""Prescriptions: doses at regular times, written in words or made in Python."""
