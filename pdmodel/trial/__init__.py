"""Virtual trials: patients who differ, visits, rules, and rates with intervals.

Names are imported when they are first used: listing what is published needs no lmfit.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
