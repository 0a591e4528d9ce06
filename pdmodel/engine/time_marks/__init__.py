"""Times that a run must not step over, because something that follows time alone happens there."""
