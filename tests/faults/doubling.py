"""A function that is compiled and kept as the integrator is, but in a second."""

from __future__ import annotations

from pdmodel.engine.codegen.entry import entry


@entry
def double(number: int) -> int:
    """Return twice a number."""
    return 2 * number
