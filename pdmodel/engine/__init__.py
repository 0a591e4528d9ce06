"""From symbols to numbers; knows no drug.

What needs a compiler is imported when it is first used, so that SciPy alone is enough to simulate.
"""

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Import a public name from its home, or say which library it needs."""
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        from pdmodel.engine.simulation import require_compiler

        require_compiler(name)
        raise error
