"""Which measurement or intervention would tell the survivors apart."""
