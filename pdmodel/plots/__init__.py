"""Figures of runs, fluxes, fits, models and trials: the only door to matplotlib.

A single panel takes Axes and returns them, a composed figure is returned as a Figure; none of them
is known to pyplot, so nothing needs a display and nothing stays open. `save` writes either.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
