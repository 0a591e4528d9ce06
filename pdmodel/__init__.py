"""pdmodel: a laboratory for mechanistic pharmacodynamic and cytokine models.

`__init__.pyi` lists the public names and where they live; each is imported when it is first used,
so that simulating needs neither lmfit nor matplotlib.
"""

import lazy_loader

from pdmodel.former_paths import install
from pdmodel.imports import find_files
from pdmodel.tab_completion import offer_names

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
install()
find_files()
offer_names()
