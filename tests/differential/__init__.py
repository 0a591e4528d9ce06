"""Random models under random doses, held to an independent reference; see `asking`."""
