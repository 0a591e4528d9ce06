"""What a run of the benchmarks knows: its settings, its engines, and their tolerances."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import reference_workload as workload
from benchmarks.engines import OURS, PEER
from benchmarks.machine import usable_processors
from benchmarks.problem import Engine, Problem, Result, daily_times
from benchmarks.reference_solution import reference_solution
from benchmarks.timing import RTOLS, SHARES, Choice, loosest
from pdmodel.arrays import Array
from pdmodel.dosing import daily

LIMIT = 1e-5
# What roadrunner_reference.py's settings reach, so that our row of it can be held against that
# script; it is to the peers' advantage.
PEER_LIMIT = 2e-5


@dataclass(frozen=True)
class Settings:
    """How much is done.

    Parameters
    ----------
    days, doses
        Of the reference workload.
    rounds
        Of one trajectory; the slow workloads do a share of them.
    patients, crowd
        Of the cohort and the trial, and of the measurement of memory.
    slow_patients
        Of the cohort and the trial for peers, whose time is the same for each patient.
    trial_days
        Of the trial.
    rtols, shares
        Tolerances that are tried.
    growth
        Sizes of what grows: doses, states, sensitivities, patients, turnover, threads.
    """

    days: int = workload.DAYS
    doses: int = workload.DOSES
    rounds: int = 15
    patients: int = 1000
    slow_patients: int = 64
    crowd: int = 10_000
    trial_days: int = 336
    rtols: tuple[float, ...] = RTOLS
    shares: tuple[float, ...] = SHARES
    growth: dict[str, tuple[int, ...]] = field(
        default_factory=lambda: {
            "doses": (1, 28, 168, 1000),
            "states": (8, 16, 32, 64, 100, 200),
            "sensitivities": (1, 5, 10, 20, 40),
            "patients": (10, 100, 1000, 10_000, 100_000),
            "turnover": (1, 10, 100),
            "threads": tuple(2**n for n in range(usable_processors().bit_length())),
        }
    )

    @property
    def few(self) -> int:
        """Rounds of a slow workload."""
        return max(1, self.rounds // 3)

    @property
    def rare(self) -> int:
        """Rounds of a slow engine, or a very slow workload."""
        return max(1, self.rounds // 5)


QUICK = Settings(
    days=6, doses=3, rounds=1, patients=4, slow_patients=2, crowd=20, trial_days=63,
    rtols=(1e-4, 1e-5, 1e-6, 1e-7, 1e-8), shares=(1e-3,),
    growth={
        "doses": (1, 3), "states": (8, 10), "sensitivities": (1, 2), "patients": (2, 4),
        "turnover": (1, 10), "threads": (1,),
    },
)  # fmt: skip


@dataclass
class Bench:
    """One run.

    Parameters
    ----------
    settings
        How much is done.
    engines
        Adapters by name.
    folder
        Where reference solutions are kept.
    say
        Called with a line of progress.
    show
        Called with the name of a workload and rows, as soon as they are measured.
    unable
        Engines that were left out, and why.
    """

    settings: Settings
    engines: dict[str, Engine]
    folder: Path
    say: Callable[[str], None] = lambda line: None
    show: Callable[[str, Result], None] = lambda name, rows: None
    choices: dict[str, Choice] = field(default_factory=dict)
    unable: dict[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        """The reference workload."""
        days = self.settings.days
        return Problem(
            workload.MODEL, daily(25, stop=self.settings.doses), days, daily_times(days),
            largest={"plasma": 18.0},
        )  # fmt: skip

    @property
    def ours(self) -> Engine:
        """Our own engine."""
        return self.engines[OURS]

    def reference(self, problem: Problem, values: Array | None = None) -> Array:
        """Return the reference solution of a problem."""
        return reference_solution(problem, self.folder, values)

    def choose(self, names: Iterable[str]) -> dict[str, Choice]:
        """Return tolerances for the reference workload, each looked for once a run.

        A peer that is exact enough at none is left out, and `unable` says so.

        Raises
        ------
        RuntimeError
            If we are that engine.
        """
        names, problem = list(names), self.problem
        for name in names:
            if name not in self.engines or name in self.choices or name in self.unable:
                continue
            self.say(f"looking for the loosest tolerance of {name}")
            try:
                self.choices[name] = self.search(name, problem)
            except RuntimeError as error:
                if name == OURS:
                    raise
                self.unable[name] = str(error)
        return {name: self.choices[name] for name in names if name in self.choices}

    def search(self, name: str, problem: Problem) -> Choice:
        """Return the tolerance of one engine for a problem."""
        return self.search_for(name, problem, LIMIT if name == OURS else PEER_LIMIT)

    def search_for(self, name: str, problem: Problem, limit: float) -> Choice:
        """Return the loosest tolerance of an engine at which its error is below a limit."""
        reference, settings = self.reference(problem), self.settings
        engine = self.engines[name]
        return loosest(engine, problem, reference, limit, settings.rtols, settings.shares)

    def rivals(self) -> list[str]:
        """Return ourselves and the peer that every workload is held against."""
        return [name for name in (OURS, PEER) if name in self.engines]

    def fastest_peers(self, count: int) -> list[str]:
        """Return the fastest of the other peers whose tolerances are known by now."""
        others = [name for name in self.choices if name not in self.rivals()]
        return sorted(others, key=lambda name: self.choices[name].seconds)[:count]
