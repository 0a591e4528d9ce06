"""What is done: cycles of treatment, visits, and rules that change the dose."""
