"""What all verbs share: the terminal, options, questions, interruptions."""
