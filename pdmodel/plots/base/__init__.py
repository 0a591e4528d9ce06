"""What all figures share: style, axes, legends, grids of panels, the strip of doses."""
