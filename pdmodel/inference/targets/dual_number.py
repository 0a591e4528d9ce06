"""Numbers that carry their slopes: each rule of differentiation once, for every statistic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pdmodel.arrays import Array


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """A number and its derivatives by the free parameters of a fit.

    Arithmetic with numbers and with its like follows the rules of differentiation; where a formula
    has branches, the one that is taken is differentiated.

    Parameters
    ----------
    value
        The number.
    slope
        Its derivatives, shape (n_free,); of length 0 where nobody asks for them.

    Examples
    --------
    >>> x = Dual(3.0, np.array([1.0, 0.0]))
    >>> y = Dual(2.0, np.array([0.0, 1.0]))
    >>> ratio = (x - 1) / y
    >>> ratio.value, ratio.slope.tolist()
    (1.0, [0.5, -0.5])
    """

    value: float
    slope: Array

    # NumPy's scalars leave the arithmetic to this class.
    __array_ufunc__ = None

    def constant(self, value: float) -> Dual:
        """Return a number that does not move."""
        return Dual(value, np.zeros_like(self.slope))

    def at_least(self, floor: float) -> Dual:
        """Return the larger of itself and a number."""
        return self.constant(floor) if self.value < floor else self

    def at_most(self, ceiling: float) -> Dual:
        """Return the smaller of itself and a number."""
        return self.constant(ceiling) if self.value > ceiling else self

    def _like(self, other: Dual | float) -> Dual:
        return other if isinstance(other, Dual) else self.constant(other)

    def __add__(self, other: Dual | float) -> Dual:
        """Return the sum."""
        o = self._like(other)
        return Dual(self.value + o.value, self.slope + o.slope)

    def __sub__(self, other: Dual | float) -> Dual:
        """Return the difference."""
        o = self._like(other)
        return Dual(self.value - o.value, self.slope - o.slope)

    def __mul__(self, other: Dual | float) -> Dual:
        """Return the product."""
        o = self._like(other)
        return Dual(self.value * o.value, self.slope * o.value + self.value * o.slope)

    def __truediv__(self, other: Dual | float) -> Dual:
        """Return the quotient."""
        o = self._like(other)
        value = self.value / o.value
        return Dual(value, (self.slope - value * o.slope) / o.value)

    def __rsub__(self, other: float) -> Dual:
        """Return a number minus this one."""
        return self.constant(other) - self

    __radd__ = __add__
    __rmul__ = __mul__
