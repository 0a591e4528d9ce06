"""A set of trials: one calibrates the population, all others are predicted from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pdmodel.arguments import shown
from pdmodel.errors import InputError
from pdmodel.imports import Declared
from pdmodel.markup import card, paragraph, table
from pdmodel.text import counted
from pdmodel.trial.trial import Trial


@dataclass(frozen=True, repr=False)
class TrialSet(Declared):
    """Trials of one model: the first calibrates, the others are predicted without tuning.

    Parameters
    ----------
    name, title
        Name of the set, and the question in words.
    calibrated
        The trial to which its free numbers are calibrated.
    predicted
        All others. Each keeps its own population; the calibrated numbers are put into it.
    readings
        By name what stands for outcomes whose grade was not reported, as `Trial.reading`; all
        trials are calibrated and predicted under each. One reading without a name if empty.

    Examples
    --------
    >>> TrialSet("mine", "two trials", None, ())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    pdmodel.errors.InputError: trial set 'mine': None is no trial to calibrate on
    """

    name: str
    title: str
    calibrated: Trial
    predicted: Sequence[Trial] = ()
    readings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what are no trials, two of one name, and a trial that nothing can move.

        Raises
        ------
        InputError
            Names the set and the trial.
        """
        super().__post_init__()
        who = f"trial set {self.name!r}"
        if not isinstance(self.calibrated, Trial):
            raise InputError(f"{who}: {shown(self.calibrated)} is no trial to calibrate on")
        names: list[str] = []
        for trial in self.trials:
            if not isinstance(trial, Trial):
                raise InputError(f"{who}: {shown(trial)} is no trial")
            if trial.name in names:
                raise InputError(f"{who}: two trials are called {trial.name!r}")
            names.append(trial.name)
        if not self.calibrated.free:
            raise InputError(
                f"{who}: trial {self.calibrated.name!r} leaves nothing free to calibrate"
            )

    def __repr__(self) -> str:
        """Name the set and its trial of calibration, and count the others."""
        others = counted(len(self.predicted), "trial")
        return f"<TrialSet {self.name}: {self.calibrated.name} calibrates, {others} predicted>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the question, and every trial with what is done in it."""
        rows = [
            (trial.name, "predicted" if number else "calibrated", trial.title, trial.protocol.title)
            for number, trial in enumerate(self.trials)
        ]
        readings = ", ".join(name for name in self.ways if name)
        return card(
            f"Trial set {self.name}", "", paragraph(self.title),
            table(("trial", "use", "question", "protocol"), rows),
            paragraph(f"Read as: {readings}." if readings else "", aside=True),
        )  # fmt: skip

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials, the one that calibrates first."""
        return (self.calibrated, *self.predicted)

    @property
    def ways(self) -> Mapping[str, Mapping[str, str]]:
        """The readings; one without a name where none are given."""
        return self.readings or {"": {}}

    def read_as(self, reading: str) -> tuple[Trial, ...]:
        """Return all trials under a reading."""
        return tuple(trial.with_(reading=dict(self.ways[reading])) for trial in self.trials)
