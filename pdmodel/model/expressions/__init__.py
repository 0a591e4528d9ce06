"""What a single expression may hold, what it means, and the unit it has."""
