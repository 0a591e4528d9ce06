"""What was reported, held against simulated rates."""
