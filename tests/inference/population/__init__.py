"""Population fits, on synthetic twins and on published data."""
