"""A function that is compiled and kept as the integrator is, but in a second."""

from __future__ import annotations

from collections.abc import Callable


def make(mark: int) -> Callable[[int], int]:
    """Return a function that doubles; it mentions the mark, under which it is kept."""

    def double(number: int) -> int:
        return 2 * number if mark else number

    return double
