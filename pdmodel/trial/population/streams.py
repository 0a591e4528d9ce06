"""One stream of random numbers a quantity: one more leaves the others of a patient as they were.

Deviates of a quantity come from the seed and its name alone. They are stratified: among each 64
patients in a row every 64th of the distribution has one. Which patient it is, is drawn by lot, so
that the streams of two quantities are independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pdmodel.arrays import Array, Flags

ROWS = 1024
"""Patients that are drawn together."""
STRATA = 64


class QuantityStreams:
    """The deviates of some quantities, and which of them are drawn again together.

    Parameters
    ----------
    names
        The quantities, in the order of the columns.
    correlated
        Pairs that are correlated.
    linked
        Pairs of which one moves the other; a parameter without a spread may be among them.
    matrix
        Correlations in the order of `names`.
    seed
        From which all streams come.
    """

    def __init__(
        self,
        names: Sequence[str],
        correlated: Sequence[tuple[str, str]],
        linked: Iterable[tuple[str, str]],
        matrix: Array,
        seed: int,
    ) -> None:
        self.names, self.seed = list(names), seed
        self._together = _joined([*correlated, *linked])
        # In the order in which the correlations name them: one that is correlated last takes the
        # correlation upon itself, and leaves those that were there before.
        first = dict.fromkeys(name for pair in correlated for name in pair)
        self._order = [self.names.index(name) for name in dict.fromkeys([*first, *self.names])]
        self._root = np.linalg.cholesky(matrix[np.ix_(self._order, self._order)])

    def deviates(self, block: int) -> Array:
        """Return stratified normal deviates of a block of patients, shape (1024, n_names)."""
        from scipy.stats import norm  # imported here so that simulating does not load it

        columns = [_stratified(self._random(name, block, 0)) for name in self.names]
        uniform = np.stack(columns, axis=1) if columns else np.empty((ROWS, 0))
        return np.asarray(norm.ppf(np.clip(uniform, 1e-12, 1 - 1e-12)))

    def again(self, deviates: Array, rows: Flags, name: str, block: int, attempt: int) -> bool:
        """Draw a quantity, and what hangs together with it, anew for some patients.

        Parameters
        ----------
        deviates
            Of the block; changed in place.
        rows
            Which patients.
        name
            The quantity that was out of range.
        block, attempt
            Number of the block, and of the attempt, from 1 on.

        Returns
        -------
        bool
            Whether there was anything to draw.
        """
        family = self._together.get(name, {name})
        columns = [n for n, each in enumerate(self.names) if each in family]
        for column in columns:
            drawn = self._random(self.names[column], block, attempt).standard_normal(ROWS)
            deviates[rows, column] = drawn[rows]
        return bool(columns)

    def mixed(self, deviates: Array) -> Array:
        """Return the deviates with their correlations, in the order of the names."""
        mixed = np.empty_like(deviates)
        mixed[:, self._order] = deviates[:, self._order] @ self._root.T
        return mixed

    def _random(self, name: str, block: int, attempt: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, block, attempt, *name.encode()])


def _stratified(random: np.random.Generator) -> Array:
    """Return uniform numbers of which each 64 in a row fall one into each stratum."""
    strata = random.permuted(np.tile(np.arange(STRATA), (ROWS // STRATA, 1)), axis=1)
    return np.asarray((strata.reshape(-1) + random.random(ROWS)) / STRATA)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return by name the names that hang together with it, directly or not."""
    families: dict[str, set[str]] = {}
    for one, other in pairs:
        both = families.get(one, {one}) | families.get(other, {other})
        for name in both:
            families[name] = both
    return families
