"""Figures of fits: panels with targets, forests, profiles, maps, posteriors."""
