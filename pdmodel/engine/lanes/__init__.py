"""The compiled loop that carries patients side by side from edge to edge."""
