"""Populations: medians, spreads, correlations, covariates; quasi-random draws from one seed.

Patient n of a seed is the same whatever the size of the trial, the model and the protocol, so that
rivals and schedules are judged on the same patients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count as count_from

import numpy as np
import pandas as pd

from pdmodel.arguments import as_number, by_name, name_of, number, shown, whole_number
from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known
from pdmodel.model import Model
from pdmodel.trial.population.between_trials import BetweenTrials, check_between
from pdmodel.trial.population.covariate import Covariate, Effect, apply_effects, check_effects
from pdmodel.trial.population.spread import LogitNormal, LogNormal, Share, Spread
from pdmodel.trial.population.streams import ROWS, QuantityStreams

MOST = 1_000_000
"""Patients of a trial at most: a slip of the keyboard must not fill the memory."""
STREAMS = ("", "each")
MOST_ATTEMPTS = 500
"""How often a quantity is drawn anew at most; a range of one in twenty needs some 300."""


@dataclass(frozen=True)
class Correlation:
    """The correlation of the normal deviates of two parameters or covariates.

    Parameters
    ----------
    first, second
        Names of parameters or covariates.
    value
        In (-1, 1).
    """

    first: str
    second: str
    value: float

    def __post_init__(self) -> None:
        """Refuse a value outside (-1, 1)."""
        for name in ("first", "second"):
            object.__setattr__(self, name, name_of(getattr(self, name), "correlated parameter"))
        value = as_number(self.value)
        if value is None or not -1 < value < 1:
            raise InputError(
                f"the correlation of {self.first!r} and {self.second!r} lies in (-1, 1), got "
                f"{shown(self.value)}"
            )
        object.__setattr__(self, "value", value)


@dataclass(frozen=True)
class Drawn:
    """The patients of a draw.

    Parameters
    ----------
    patients
        One row per patient, one column per parameter.
    covariates
        One row per patient, one column per covariate.
    rejected
        How many were drawn and not taken, by the parameter or covariate that was out of range.
    """

    patients: pd.DataFrame
    covariates: pd.DataFrame
    rejected: Mapping[str, int]


@dataclass(frozen=True)
class Population:
    """Medians and spreads.

    Parameters
    ----------
    name, meaning
        Name of the population, and its patients in words.
    spreads
        By parameter; one that a model does not have, but its vocabulary, is drawn and not used, so
        that rivals get the same patients.
    correlations
        Between them; the others are 0.
    values
        Parameters that have another value than the model's in all patients.
    covariates, effects
        Other properties of a patient, and which parameters they move.
    streams
        `each`: every quantity has random numbers of its own, so that one more spread or covariate
        leaves the others of each patient as they were, and who is implausible in one quantity is
        drawn again in that alone. Empty: one sequence for all, as populations of before had it.
    between
        How far another trial of the same kind of patients lies from this one: `in_other_trials`.

    Examples
    --------
    >>> from pdmodel.trial import LogNormal
    >>> population = Population("two", "an example", {"tone": LogNormal(0.6, 1.12)})
    >>> population.spreads["tone"].sd
    0.6
    """

    name: str
    meaning: str
    spreads: Mapping[str, Spread]
    correlations: Sequence[Correlation] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    covariates: Mapping[str, Covariate] = field(default_factory=dict)
    effects: Sequence[Effect] = ()
    streams: str = field(default="", metadata={"identity": "unless empty"})
    between: Sequence[BetweenTrials] = field(default=(), metadata={"identity": "unless empty"})

    def __post_init__(self) -> None:
        """Refuse spreads, correlations and effects that no patients can have, or that do nothing.

        Raises
        ------
        InputError
            Names the population, and the parameter or covariate.
        """
        who = f"population {self.name!r}"
        for what, kinds, held in (
            ("spread", (LogNormal, LogitNormal), by_name(self.spreads, "parameter")),
            ("covariate", (Covariate,), by_name(self.covariates, "covariate")),
        ):
            for name, value in held.items():
                if not isinstance(value, kinds):
                    raise InputError(f"{who}: {shown(value)} is no {what} of {name!r}")
            object.__setattr__(self, f"{what}s", held)
        values = by_name(self.values, "parameter")
        for name, value in values.items():
            values[name] = number(value, f"{who}: the value of {name!r}")
            if name in self.spreads and self.spreads[name].sd > 0:
                raise InputError(
                    f"{who}: {name!r} has a value for all patients and a spread, which would do "
                    "nothing: give one of them"
                )
        object.__setattr__(self, "values", values)
        for name in self.covariates:
            if name in self.spreads:
                raise InputError(f"{who}: {name!r} is a spread and a covariate: name one otherwise")
        if self.streams not in STREAMS:
            raise InputError(
                f"{who}: streams is 'each', or empty for one sequence, got {shown(self.streams)}"
            )
        for name in ("correlations", "effects", "between"):
            if not isinstance(getattr(self, name), list | tuple):
                raise InputError(f"{who}: {name} must be a list, got {shown(getattr(self, name))}")
        for effect in self.effects:
            if not isinstance(effect, Effect):
                raise InputError(f"{who}: {shown(effect)} is no Effect")
        self._check_correlations()

    def _check_correlations(self) -> None:
        seen: set[frozenset[str]] = set()
        for pair in self.correlations:
            if not isinstance(pair, Correlation):
                raise InputError(f"population {self.name!r}: {shown(pair)} is no Correlation")
            if pair.first == pair.second:
                raise InputError(
                    f"population {self.name!r}: {pair.first!r} cannot be correlated with itself; "
                    "how far it differs between patients is its spread"
                )
            both = frozenset((pair.first, pair.second))
            if both in seen:
                raise InputError(
                    f"population {self.name!r}: the correlation of {pair.first!r} and "
                    f"{pair.second!r} is given twice"
                )
            seen.add(both)
            require_known("spread", self._drawn, pair.first, pair.second)
        check_effects(self.effects, self.covariates)
        check_between(self.between, f"population {self.name!r}")
        if not self.correlations:
            return
        matrix = self.correlation_matrix()
        least = float(np.linalg.eigvalsh(matrix).min())
        if not least > 1e-9:  # correlations have no unit
            pairs = ", ".join(f"{c.first}-{c.second} {c.value:g}" for c in self.correlations)
            raise InputError(
                f"population {self.name!r}: the correlations ({pairs}) are not positive definite: "
                f"the least eigenvalue is {least:.3g}"
            )

    @property
    def _drawn(self) -> dict[str, Spread | Share]:
        """What a deviate is drawn for, in this order."""
        return {**self.spreads, **{name: c.spread for name, c in self.covariates.items()}}

    @property
    def assumed(self) -> list[str]:
        """Spreads and effects without a study behind them."""
        effects = [f"{e.covariate} on {e.parameter}" for e in self.effects if e.status == "assumed"]
        trials = [f"{b.parameter} between trials" for b in self.between if b.status == "assumed"]
        spreads = [name for name, s in self._drawn.items() if s.status == "assumed"]
        return spreads + effects + trials

    def with_spreads(self, **spreads: Spread) -> Population:
        """Return the population with other spreads."""
        return replace(self, spreads={**self.spreads, **spreads})

    def in_other_trials(self, model: Model, count: int, seed: int = 1) -> list[Population]:
        """Return populations of other trials: medians as far from these as `between` says.

        Parameters
        ----------
        model
            Gives the values that the population leaves open.
        count, seed
            How many, and from which seed. Each number is stratified over them.

        Returns
        -------
        list of Population
            This one, as often, where nothing is said to differ between trials.
        """
        factors = [effect.factors(count, seed) for effect in self.between]
        return [
            self._shifted(model, [float(column[n]) for column in factors]) for n in range(count)
        ]

    def _shifted(self, model: Model, factors: Sequence[float]) -> Population:
        """Return the population with the medians, or shared values, times factors."""
        spreads, values, defaults = dict(self.spreads), dict(self.values), _parameters(model)
        for effect, factor in zip(self.between, factors, strict=True):
            name = effect.parameter
            require_known(f"parameter of population {self.name!r}:", defaults, name)
            spread = spreads.get(name)
            if spread is None or spread.sd == 0:
                values[name] = values.get(name, defaults[name]) * factor
            else:
                median = defaults[name] if spread.median is None else spread.median
                spreads[name] = replace(spread, median=median * factor)
        return replace(self, spreads=spreads, values=values)

    def correlation_matrix(self) -> Array:
        """Return the correlations of the deviates of spreads, then covariates; a square."""
        numbers = {name: number for number, name in enumerate(self._drawn)}
        matrix = np.eye(len(numbers))
        for pair in self.correlations:
            i, j = numbers[pair.first], numbers[pair.second]
            matrix[i, j] = matrix[j, i] = pair.value
        return matrix

    def draw(self, model: Model, patients: int, seed: int = 1) -> Drawn:
        """Draw patients by a scrambled Sobol sequence.

        Parameters
        ----------
        model
            Gives the medians that the spreads leave open, and the bounds of its parameters.
        patients
            How many.
        seed
            Seed of the sequence.

        Raises
        ------
        InputError
            If a number or parameter is not allowed, or hardly any patient is plausible.
        """
        patients = whole_number(patients, "patients of a trial", least=1, most=MOST)
        seed = whole_number(seed, "seed", least=0)
        self._check_names(model)
        self._check_medians(model)
        draw = self._draw_each if self.streams == "each" else self._draw_jointly
        return draw(model, patients, seed)

    def _draw_jointly(self, model: Model, patients: int, seed: int) -> Drawn:
        """Draw all quantities of a patient by one sequence, and reject whole patients."""
        deviates = _deviates(len(self._drawn), seed)
        root = np.linalg.cholesky(self.correlation_matrix()).T
        taken: list[tuple[pd.DataFrame, pd.DataFrame]] = []
        rejected: dict[str, int] = {}
        count = 0
        while count < patients:
            table, covariates = self._tables(model, next(deviates) @ root)
            whole, reasons = self._plausible(model, table, covariates)
            short = np.flatnonzero(whole)[: patients - count]
            last = table.shape[0] if short.size < patients - count else int(short[-1]) + 1
            for name in reasons[:last]:
                if name:
                    rejected[name] = rejected.get(name, 0) + 1
            taken.append((table.iloc[short], covariates.iloc[short]))
            count += short.size
            self._check_rejected(rejected, count)
        return _joined_draws(taken, rejected)

    def _draw_each(self, model: Model, patients: int, seed: int) -> Drawn:
        """Draw each quantity from its own stream, and anew where it is out of range."""
        streams = QuantityStreams(
            list(self._drawn),
            [(pair.first, pair.second) for pair in self.correlations],
            [(effect.parameter, effect.covariate) for effect in self.effects],
            self.correlation_matrix(), seed,
        )  # fmt: skip
        taken: list[tuple[pd.DataFrame, pd.DataFrame]] = []
        rejected: dict[str, int] = {}
        for block in range(-(-patients // ROWS)):
            here = min(ROWS, patients - block * ROWS)
            deviates = streams.deviates(block)
            for attempt in count_from(1):
                table, covariates = self._tables(model, streams.mixed(deviates)[:here])
                _, reasons = self._plausible(model, table, covariates)
                outside = np.append(np.array(reasons, dtype=object), [""] * (ROWS - here))
                for name in sorted({name for name in reasons if name}):
                    rows = outside == name
                    rejected[name] = rejected.get(name, 0) + int(rows.sum())
                    if not streams.again(deviates, rows, name, block, attempt):
                        raise InputError(
                            f"population {self.name!r}: {name!r} is out of range, and no spread "
                            "draws it anew"
                        )
                if not any(reasons):
                    break
                if attempt == MOST_ATTEMPTS:
                    self._check_rejected(rejected, -1)
            taken.append((table, covariates))
        return _joined_draws(taken, rejected)

    def _check_rejected(self, rejected: Mapping[str, int], count: int) -> None:
        """Refuse a population of which hardly any patient is plausible; at once below 0 of them."""
        if count < 0 or sum(rejected.values()) > 20 * max(count, 1000):
            raise InputError(
                f"population {self.name!r}: hardly any patient is plausible: {dict(rejected)}"
            )

    def _check_names(self, model: Model) -> None:
        """Refuse parameters that nobody knows, and covariates that are parameters."""
        parameters = _parameters(model)
        moved = *self.spreads, *self.values, *(effect.parameter for effect in self.effects)
        apart = (trial.parameter for trial in self.between)
        require_known(f"parameter of population {self.name!r}:", parameters, *moved, *apart)
        for name in self.covariates:
            if name in parameters:
                raise InputError(
                    f"population {self.name!r}: {name!r} is a parameter of the model; give it a "
                    "spread, it is no covariate"
                )

    def _check_medians(self, model: Model) -> None:
        """Refuse spreads and effects that move nothing, because they stand around 0."""
        defaults = _parameters(model) | dict(self.values)
        for name, spread in self.spreads.items():
            median = defaults[name] if spread.median is None else spread.median
            most = 1.0 if isinstance(spread, LogitNormal) else np.inf
            if spread.sd > 0 and not 0 < median < most:
                raise InputError(
                    f"population {self.name!r}: the spread of {name!r} stands around {median:g}, "
                    f"its value in model {model.name!r}, and needs a median in (0, {most:g})"
                )
        for effect in self.effects:
            name = effect.parameter
            if name not in self.spreads and defaults[name] == 0:
                raise InputError(
                    f"population {self.name!r}: the effect of {effect.covariate!r} multiplies "
                    f"{name!r}, which is 0, and so moves nothing"
                )

    def _tables(self, model: Model, mixed: Array) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the parameters and the covariates of correlated deviates."""
        columns, defaults = {}, _parameters(model)
        for column, (name, spread) in enumerate(self._drawn.items()):
            if isinstance(spread, Share):
                columns[name] = spread.values(mixed[:, column])
            else:
                median = defaults[name] if spread.median is None else spread.median
                columns[name] = spread.values(mixed[:, column], median)
        table = pd.DataFrame(columns, index=range(len(mixed)))  # rows, even without spreads
        covariates = table[list(self.covariates)]
        patients = table[list(self.spreads)].assign(**dict(self.values))
        moved = apply_effects(patients, covariates, self.effects, defaults)
        return moved[[name for name in moved if name in model.defaults]], covariates

    def _plausible(
        self, model: Model, table: pd.DataFrame, covariates: pd.DataFrame
    ) -> tuple[Array, list[str]]:
        """Return a mask of plausible patients and, for the others, the quantity out of range."""
        reasons = np.full(len(table), "", dtype=object)
        for name, column in {**dict(table.items()), **dict(covariates.items())}.items():
            low, high = -np.inf, np.inf
            if name in table:
                low, high = model.vocabulary[str(name)].bounds or (low, high)
            spread = self._drawn.get(str(name))
            if spread is not None and not isinstance(spread, Share):
                low, high = max(low, spread.low), min(high, spread.high)
            outside = (column < low) | (column > high)
            reasons[outside & (reasons == "")] = name
        return reasons == "", reasons.tolist()


def _joined_draws(
    taken: Sequence[tuple[pd.DataFrame, pd.DataFrame]], rejected: Mapping[str, int]
) -> Drawn:
    """Return the patients of several blocks as those of one draw."""
    patients, covariates = (
        pd.concat(parts, ignore_index=True) for parts in zip(*taken, strict=True)
    )
    return Drawn(patients, covariates, dict(sorted(rejected.items())))


def _parameters(model: Model) -> dict[str, float]:
    """Return the values of all parameters that the model or its vocabulary knows."""
    others = {q.name: q.value for q in model.vocabulary if q.kind == "parameter"}
    return {**{name: value for name, value in others.items() if value is not None}} | dict(
        model.defaults
    )


def _deviates(columns: int, seed: int):  # type: ignore[no-untyped-def]
    """Yield standard normal deviates in blocks of 1,024, shape (1024, columns)."""
    from scipy.stats import norm, qmc  # imported here so that simulating does not load it

    sequence = qmc.Sobol(max(columns, 1), rng=np.random.default_rng(seed))
    while True:
        uniform = np.clip(sequence.random(1024), 1e-12, 1 - 1e-12)
        yield norm.ppf(uniform)[:, :columns]
