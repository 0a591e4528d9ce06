"""Models and regimens in the languages of other programs, out and in: Antimony and SBML.

Names are imported when they are first used: writing Antimony needs no other library.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
