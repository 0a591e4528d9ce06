"""The sections of a page, from whatever a result folder holds."""

from __future__ import annotations

from pathlib import Path

from pdmodel.engine.run_folder import SUMMARIES, holds_run, holds_runs, read_run, runs_compared
from pdmodel.engine.run_summary import run_summary
from pdmodel.errors import InputError
from pdmodel.report.comparison import comparison_sections
from pdmodel.report.courses import courses_section, holds_courses
from pdmodel.report.evidence import FILE, evidence_section
from pdmodel.report.fits import (
    Verdicts,
    fit_section,
    prediction_section,
    profile_section,
    profiled,
    rivals_section,
    sensitivity_section,
)
from pdmodel.report.population import population_section
from pdmodel.report.section import Section, Table
from pdmodel.report.sources import pictures_of, read_table
from pdmodel.report.trials import trial_section, trials_section
from pdmodel.storage import KINDS, is_ours, place_of, read_object, reading
from pdmodel.text import days_text

_FITS = {
    "rivals.json": rivals_section,
    "population.json": population_section, "profile.json": profile_section,
    "predictions.json": prediction_section, "sensitivity.json": sensitivity_section,
}  # fmt: skip
"""Results by their file, and what makes a section of them."""
_ORDERS = (("trials.json", "trials", ""), ("rivals.json", "models", "model"),
           ("manifest.json", "runs", "folder"))  # fmt: skip
"""Files that say in which order folders within were asked for, and where in them."""
_USUAL = ("evidence", "fit", "profile", "schedule", "sensitivity", "trial")
"""Folders that are named for what they hold."""


def sections_of(folder: Path) -> tuple[str, list[Section]]:
    """Return the title and the sections of a page on a folder.

    A comparison comes first; then every fit, trial, profile and analysis that lies in the folder
    or below it, but for what the comparison keeps of each hypothesis; last what it all rests on.

    Raises
    ------
    InputError
        If the folder holds nothing finished, or something that is damaged.
    """
    words, folder = folder, place_of(folder)
    if not folder.is_dir():
        raise InputError(f"folder {str(words)!r} does not exist")
    with reading(words):
        return _sections(folder)


def _sections(folder: Path) -> tuple[str, list[Section]]:
    title, sections, last = f"Results in {folder.name}", list[Section](), list[Section]()
    if (folder / "verdicts.json").is_file():
        title, sections, last = comparison_sections(folder)
    places = _places(folder)
    verdicts = profiled(places)
    for inner in places:
        sections += _others(inner, folder, verdicts)
    if not sections:
        raise _nothing(folder)
    return title, [*sections, *last]


def _nothing(folder: Path) -> InputError:
    if is_ours(folder, KINDS["hypothesis"]):
        whole = folder.parent.parent if folder.parent.name == "hypotheses" else folder.parent
        return InputError(
            f"{folder} holds one hypothesis of a comparison, which has a page as a whole; "
            f"report {whole}"
        )
    return InputError(
        f"{folder} holds nothing finished to report; run e.g. `pdmodel compare COMPARISON` first"
    )


def _places(folder: Path) -> list[Path]:
    """Return the folder and those below it, what was asked together in the order asked."""
    below = [path for path in folder.rglob("*") if path.is_dir()]
    kept = [path for path in below if "hypotheses" not in path.relative_to(folder).parts]
    asked = {place: _asked_in(place) for place in (folder, *kept)}

    def rank(path: Path) -> list[tuple[int, str]]:
        above = [path, *path.parents]
        within = above[: above.index(folder)][::-1]
        orders = [asked[inner.parent] for inner in within]
        return [(order.get(inner.name, len(order)), inner.name)
                for inner, order in zip(within, orders, strict=True)]  # fmt: skip

    return [folder, *sorted(kept, key=rank)]


def _asked_in(path: Path) -> dict[str, int]:
    """Return the order in which the folders within one were asked for; none if it is not known."""
    for file, name, part in _ORDERS:
        listed = read_object(path / file).get(name) if (path / file).is_file() else None
        if isinstance(listed, list):
            names = [row.get(part) if isinstance(row, dict) else row for row in listed]
            return {str(inner): number for number, inner in enumerate(names)}
    return {}


def _others(inner: Path, folder: Path, verdicts: Verdicts) -> list[Section]:
    name = _suffix(inner, folder)
    sections: list[Section] = []
    if is_ours(inner, KINDS["hypothesis"]):
        return sections  # its files are parts of a comparison, and judged there
    if holds_runs(inner):
        sections.append(_several(inner, name))
    if holds_run(inner):
        sections.append(_simulation(inner, name))
    if (inner / "trials.json").is_file():
        sections.append(trials_section(inner, name))
    if (inner / "trial.json").is_file():
        sections.append(trial_section(inner, name))
    if (inner / FILE).is_file():
        sections.append(evidence_section(inner, name))
    if (inner / "fit.json").is_file():
        sections.append(fit_section(inner, name, verdicts))
    sections += [make(inner, name) for file, make in _FITS.items() if (inner / file).is_file()]
    if holds_courses(inner):
        sections.append(courses_section(inner, name))
    return sections


def _suffix(inner: Path, folder: Path) -> str:
    """Return what tells a result from others of its kind; a usual place needs no more words."""
    if inner == folder:
        return ""
    usual = inner.parent == folder and inner.name in _USUAL
    if usual and not (folder / f"{inner.name}.json").is_file():
        return ""
    return f" ({inner.relative_to(folder).as_posix()})"


def _simulation(folder: Path, name: str) -> Section:
    run = read_run(folder)
    table = run_summary(run).rename(columns={
        "lowest_day": "lowest on day", "highest_day": "highest on day",
    })  # fmt: skip
    return Section(
        f"Simulation{name}",
        (f"Model {run.attrs['model']}, {run.attrs.get('patient') or 'default values'}, under "
         f"{run.attrs['regimen']}, {days_text(float(run.attrs['days']))}.",),
        tables=[Table.of(table, "Where each quantity begins, between which values it moves, and "
                                "where it ends.")],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip


def _several(folder: Path, name: str) -> Section:
    """Return what several runs have in common; each follows in a section of its own."""
    held = sorted(set(runs_compared(folder).values()))
    columns = {
        "quantity": "quantity", "unit": "unit", "run": "run", "start": "start", "end": "end",
        **({"ratio": "ratio"} if held else {}), "lowest": "lowest", "lowest_day": "lowest on day",
        "highest": "highest", "highest_day": "highest on day",
    }  # fmt: skip
    ratio = f" The ratio is that of the last day against {' or '.join(held)}." if held else ""
    return Section(
        f"Simulations{name}",
        (f"Runs side by side, drawn over each other.{ratio}",),
        tables=[read_table(folder / SUMMARIES, columns, "Every quantity of every run")],
        pictures=pictures_of(folder / "figures"),
    )
