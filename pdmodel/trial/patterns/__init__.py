"""Patterns that trials reported, and how simulated outcomes are held against them."""
