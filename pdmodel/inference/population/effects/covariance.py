"""The covariance of random effects in blocks, by Cholesky factors: whatever is tried, it is one.

Sought are the logarithms of the diagonal of the factor, and what stands below it over the standard
deviation with which the effect of that row begins. A block of one effect is its variance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arguments import number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known
from pdmodel.inference.population.effects.random_effects import RandomEffect

# How far a standard deviation may go from where it begins: one that wants to be 0 ends there.
_LEAST, _MOST = 1e-3, 1e2
# How far an entry below the diagonal may go, over the standard deviation of its row.
_FARTHEST = 1e2

Blocks = str | Sequence[Sequence[str]]


@dataclass(frozen=True)
class Entry:
    """One number of a covariance that is sought.

    Parameters
    ----------
    name
        `sd__ka` on the diagonal, `with__CL__ka` below it.
    row, column
        Places of the effects; the same on the diagonal.
    start, low, high
        Where its search begins, and how far it may go.
    """

    name: str
    row: int
    column: int
    start: float
    low: float
    high: float


class Covariance:
    """The covariance of random effects, as a function of the entries that are sought.

    Parameters
    ----------
    effects
        The random effects.
    blocks
        `diagonal`, `full`, or lists of parameters whose effects go together.
    correlations
        Where the search for correlations begins, by pairs of parameters.

    Raises
    ------
    InputError
        If blocks overlap, mix held and estimated effects, or correlations contradict each other.
    """

    def __init__(
        self,
        effects: Sequence[RandomEffect],
        blocks: Blocks = "diagonal",
        correlations: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        self.effects = tuple(effects)
        self.names = tuple(effect.name for effect in effects)
        self.blocks = _blocks(self.effects, blocks)
        self._first = _start(self.effects, self.blocks, dict(correlations or {}))
        self._factor = _factor_of(self._first, self.names)
        self._sizes = np.array([effect.sd for effect in effects])
        self.entries = tuple(self._entries())
        self.starts = np.array([entry.start for entry in self.entries])

    def __len__(self) -> int:
        """Return the number of effects."""
        return len(self.effects)

    def _entries(self) -> list[Entry]:
        entries = []
        for block in self.blocks:
            if self.effects[block[0]].fixed:
                continue
            for row in block:
                start = math.log(self._factor[row, row])
                low, high = start + math.log(_LEAST), start + math.log(_MOST)
                entries.append(Entry(f"sd__{self.names[row]}", row, row, start, low, high))
                for column in block[: block.index(row)]:
                    name = f"with__{self.names[row]}__{self.names[column]}"
                    below = float(self._factor[row, column] / self._sizes[row])
                    entries.append(Entry(name, row, column, below, -_FARTHEST, _FARTHEST))
        return entries

    def factor(self, entries: Array) -> Array:
        """Return the lower Cholesky factor, shape (n, n)."""
        factor: Array = self._factor.copy()
        for entry, value in zip(self.entries, entries, strict=True):
            own = math.exp(value) if entry.row == entry.column else value * self._sizes[entry.row]
            factor[entry.row, entry.column] = own
        return factor

    def matrix(self, entries: Array) -> Array:
        """Return the covariance, shape (n, n)."""
        factor = self.factor(entries)
        return factor @ factor.T

    def slopes(self, entries: Array) -> Array:
        """Return d covariance / d entry, shape (n_entries, n, n)."""
        factor = self.factor(entries)
        slopes = np.zeros((len(self.entries), len(self), len(self)))
        for index, entry in enumerate(self.entries):
            at = entry.row, entry.column
            change = np.zeros_like(factor)
            change[at] = factor[at] if entry.row == entry.column else self._sizes[entry.row]
            slopes[index] = change @ factor.T + factor @ change.T
        return slopes

    def without(self, entries: Array, effect: int) -> Array:
        """Return the entries with an effect as small as it may be, and with no other."""
        least = np.array(entries, dtype=float)
        for index, entry in enumerate(self.entries):
            if entry.row == entry.column == effect:
                least[index] = entry.low
            elif effect in (entry.row, entry.column):
                least[index] = 0.0
        return least

    def from_matrix(self, matrix: Array) -> Array:
        """Return the entries of a covariance of these blocks.

        Raises
        ------
        InputError
            If it is no covariance.
        """
        factor = _factor_of(matrix, self.names)
        below = factor / self._sizes[:, np.newaxis]
        return np.array(
            [
                math.log(factor[e.row, e.row]) if e.row == e.column else below[e.row, e.column]
                for e in self.entries
            ]
        )


def _blocks(effects: Sequence[RandomEffect], blocks: Blocks) -> tuple[tuple[int, ...], ...]:
    names = [effect.name for effect in effects]
    if isinstance(blocks, str):
        require_known("covariance", ("diagonal", "full"), blocks)
        blocks = [names] if blocks == "full" else []
    if not isinstance(blocks, Sequence):
        raise InputError(
            f"a covariance is 'diagonal', 'full' or lists of parameters, got {shown(blocks)}"
        )
    places: list[tuple[int, ...]] = []
    for block in blocks:
        if isinstance(block, str):
            raise InputError(f"a block of the covariance lists parameters, got {block!r} alone")
        require_known("random effect in a block of the covariance:", names, *block)
        places.append(tuple(sorted(names.index(name) for name in block)))
    taken = [index for block in places for index in block]
    if len(set(taken)) < len(taken):
        twice = next(index for index in taken if taken.count(index) > 1)
        raise InputError(f"{names[twice]!r} stands in two blocks of the covariance")
    places += [(index,) for index in range(len(names)) if index not in taken]
    for own in places:
        if len({effects[index].fixed for index in own}) > 1:
            listed = ", ".join(names[index] for index in own)
            raise InputError(f"the block {listed} is held or estimated as a whole: set fixed alike")
    return tuple(sorted(block for block in places if block))


def _start(
    effects: Sequence[RandomEffect],
    blocks: Sequence[tuple[int, ...]],
    correlations: dict[tuple[str, str], float],
) -> Array:
    names = [effect.name for effect in effects]
    sds = np.array([effect.sd for effect in effects])
    correlation = np.eye(len(effects))
    for (first, second), value in correlations.items():
        require_known("random effect of a correlation:", names, first, second)
        if first == second:
            raise InputError(f"a correlation is of two effects, got {first!r} twice")
        value = number(value, f"the correlation of {first!r} and {second!r}")
        pair = names.index(first), names.index(second)
        if not any(set(pair) <= set(block) for block in blocks):
            raise InputError(f"{first!r} and {second!r} are correlated, but share no block")
        correlation[pair] = correlation[pair[::-1]] = value
    start: Array = correlation * sds[:, np.newaxis] * sds
    return start


def _factor_of(matrix: Array, names: Sequence[str]) -> Array:
    """Return the lower Cholesky factor of a covariance."""
    try:
        return np.asarray(np.linalg.cholesky(matrix)) if matrix.size else matrix
    except np.linalg.LinAlgError:
        raise InputError(
            f"the covariance of {', '.join(names)} is none: its correlations contradict each other"
        ) from None
