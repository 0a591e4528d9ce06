"""The semantic cases of the SBML test suite, read and run at the suite's own tolerances."""

from __future__ import annotations

import csv
import re
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sympy
import xarray as xr

from pdmodel.engine import simulate
from pdmodel.errors import PdmodelError
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlRefusal
from pdmodel.interchange.sbml_reading.reading import SbmlReading, read_file

ARCHIVE = "sbml_semantic.tar.xz"
_HARD = {
    "AlgebraicRule", "CSymbolDelay", "EventWithDelay", "EventPriority", "FastReaction", "comp",
    "fbc", "fbc_v1", "fbc_v2",
}  # fmt: skip

Floats = np.ndarray


@dataclass(frozen=True)
class SemanticCase:
    """One case: its folder, what is asked for and when, and how exactly."""

    name: str
    folder: Path
    times: Floats
    asked: tuple[tuple[str, str], ...]
    absolute: float
    relative: float
    tags: frozenset[str]

    @property
    def file(self) -> Path:
        """Return the model, at the highest level the suite has it in."""
        return sorted(self.folder.glob(f"{self.name}-sbml-*.xml"))[-1]

    @property
    def plain(self) -> bool:
        """Whether it needs no algebra, delay, priority, fast reaction, submodel or flux balance."""
        return not self.tags & _HARD

    def expected(self) -> dict[str, Floats]:
        """Return the suite's own values by name."""
        with (self.folder / f"{self.name}-results.csv").open(encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row]
        names = [name.strip() for name in rows[0]]
        table = np.array([[_number(word) for word in row] for row in rows[1:]])
        return {name: table[:, place] for place, name in enumerate(names)}


@dataclass(frozen=True)
class CaseOutcome:
    """What became of a case: `passed`, `refused`, `failed` or `wrong`, why, and processor time."""

    case: SemanticCase
    outcome: str
    reason: str
    seconds: float


def unpack(external: Path, into: Path, names: frozenset[str] | None = None) -> list[SemanticCase]:
    """Return the cases of some names, or all of the archive, unpacked into a folder."""
    with tarfile.open(external / ARCHIVE) as archive:
        wanted = [
            member
            for member in archive
            if names is None or not names.isdisjoint(Path(member.name).parts)
        ]
        archive.extractall(into, wanted, filter="data")
    return read_cases(into)


def read_cases(folder: Path) -> list[SemanticCase]:
    """Return the cases of a folder, in order."""
    return [_case(path.parent) for path in sorted(folder.rglob("*-settings.txt"))]


def _case(folder: Path) -> SemanticCase:
    name = folder.name
    text = (folder / f"{name}-settings.txt").read_text("utf-8")
    said = {key.strip(): value.strip() for key, value in re.findall(r"(\w+):(.*)", text)}
    amounts, concentrations = _words(said.get("amount")), _words(said.get("concentration"))
    asked = tuple(
        (one, "amount" if one in amounts else "concentration" if one in concentrations else "")
        for one in _words(said["variables"])
    )
    # Flux balance problems have no times.
    start, duration, steps = (float(said[key] or 0) for key in ("start", "duration", "steps"))
    times = start + duration * np.arange(int(steps) + 1) / max(int(steps), 1)
    tags = re.findall(
        r"^(?:componentTags|testTags|packagesPresent):(.*)$",
        (folder / f"{name}-model.m").read_text("utf-8", errors="replace"), re.MULTILINE,
    )  # fmt: skip
    return SemanticCase(
        name, folder, times, asked, float(said["absolute"] or 0), float(said["relative"] or 0),
        frozenset(word for line in tags for word in _words(line)),
    )  # fmt: skip


def _words(text: str | None) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text or "") if word]


def _number(word: str) -> float:
    return float(word.strip().replace("INF", "inf"))


def run_case(case: SemanticCase) -> CaseOutcome:
    """Run one case with the settings that a user gets who asks for none."""
    began = time.process_time()
    try:
        reading = read_file(case.file, time_unit="day")
        days = max(case.times[-1], 1e-3)
        run = simulate(
            reading.model, days=days, times=case.times, quantities=_needed(reading, case)
        )
        spent = time.process_time() - began
        found = {name: asked_values(reading, run, name, how) for name, how in case.asked}
    except SbmlRefusal as refusal:
        return CaseOutcome(case, "refused", refusal.feature, time.process_time() - began)
    except PdmodelError as error:
        said = f"{type(error).__name__}: {error}"
        return CaseOutcome(case, "failed", " ".join(said.split()), time.process_time() - began)
    wrong = _differences(case, found)
    return CaseOutcome(case, "wrong" if wrong else "passed", "; ".join(wrong), spent)


def _needed(reading: SbmlReading, case: SemanticCase) -> list[str]:
    """Return the quantities of the model of which what is asked for is made; any where none is."""
    model = reading.model
    known = [symbol.name for symbol in (*model.states, *model.definitions)]
    wanted = {symbol.name for ask in case.asked for symbol in _meant(reading, *ask).free_symbols}
    return [name for name in known if name in wanted] or known[:1]


def _meant(reading: SbmlReading, name: str, how: str) -> sympy.Expr:
    kinds = {"amount": reading.amounts, "concentration": reading.concentrations}
    expression = kinds[how].get(name) if how else None
    return reading.symbols[name] if expression is None else expression


def asked_values(reading: SbmlReading, run: xr.Dataset, name: str, how: str) -> Floats:
    """Return one quantity over time, as an amount, a concentration or as it is meant."""
    expression = _meant(reading, name, how)
    held = {symbol.name: _values(reading, run, symbol.name) for symbol in expression.free_symbols}
    value = np.ones(run.sizes["time"])
    for factor in sympy.Mul.make_args(expression):
        base, power = factor.as_base_exp()
        value = value * (held[base.name] ** int(power) if base.is_Symbol else float(factor))
    return value


def _values(reading: SbmlReading, run: xr.Dataset, name: str) -> Floats:
    if name in run:
        return run[name].values
    if "changing" in run and name in run["changing"].values:
        return run["changing_values"].sel(changing=name).values
    parameters = run["parameter"].values.tolist()
    if name in parameters:
        return np.full(run.sizes["time"], float(run["parameter_values"].sel(parameter=name)))
    ids = {symbol.name: key for key, symbol in reading.symbols.items()}
    return np.full(run.sizes["time"], reading.values[ids[name]])


def _differences(case: SemanticCase, found: dict[str, Floats]) -> list[str]:
    """Say which quantities are off, and by how many tolerances at most."""
    faults = []
    expected = case.expected()
    for name, _ in case.asked:
        want = expected[name]
        with np.errstate(all="ignore"):
            apart = np.abs(found[name] - want) / (case.absolute + case.relative * np.abs(want))
        same = (found[name] == want) | (np.isnan(found[name]) & np.isnan(want))
        worst = np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))
        if worst.max() > 1:
            at = int(worst.argmax())
            faults.append(
                f"{name}({case.times[at]:g}) is {found[name][at]:g}, not {want[at]:g} "
                f"({worst.max():.3g} tolerances)"
            )
    return faults
