"""The figures of a result folder of any kind, drawn again from what it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from pdmodel.engine.run_folder import read_run, read_runs
from pdmodel.errors import InputError
from pdmodel.inference import (
    read_population,
    read_posterior,
    read_predictions,
    read_profile,
    read_result,
)
from pdmodel.plots.base.figure import Drawn, images
from pdmodel.plots.base.words import words_of
from pdmodel.plots.figures import draw_figures, draw_shared, draw_trial
from pdmodel.plots.fits.identifiability_map import identifiability_map
from pdmodel.plots.fits.posterior_bands import posterior_bands
from pdmodel.plots.fits.sobol_map import sobol_map
from pdmodel.plots.hypotheses.data_rivals import data_rivals
from pdmodel.plots.hypotheses.diverging import draw_power
from pdmodel.plots.hypotheses.evidence_chart import evidence_chart
from pdmodel.plots.hypotheses.hypothesis_map import hypothesis_map
from pdmodel.plots.kept import FILE, draw_kept
from pdmodel.plots.trials.drawn_trial import patterns_in, read_drawn
from pdmodel.plots.trials.pareto import rates_pareto
from pdmodel.plots.trials.pattern_forest import pattern_forest
from pdmodel.storage import KINDS, holds, place_of, read_frame, read_object, reading

_EXPONENT = "exponent "


def figures_of_folder(
    folder: Path | str, form: str = "png", *, size: str = "page", time_unit: str | None = None
) -> dict[str, bytes]:
    """Draw the figures of a result folder again.

    Parameters
    ----------
    folder
        Of any kind that a verb of pdmodel writes.
    form
        png, svg or pdf.
    size
        `page`, `slide` or `square`.
    time_unit
        In which courses are read: `hour`, `day`, `week` or `month`; by default days, hours in
        short runs.

    Returns
    -------
    dict
        Files in memory by the path that each gets in the folder.

    Raises
    ------
    InputError
        If the folder does not exist, holds nothing finished, or something that is damaged.
    """
    path = place_of(folder)
    if not path.is_dir():
        raise InputError(f"folder {str(folder)!r} does not exist")
    with reading(folder):
        kinds = [kind for kind in KINDS if _is(path, kind)]
        if not kinds:
            raise InputError(
                f"folder {str(folder)!r} holds nothing finished to draw; run e.g. `pdmodel fit "
                "QUESTION` or `pdmodel simulate MODEL --days DAYS --out DIR` first"
            )
        drawn: dict[str, bytes] = {}
        for kind in kinds:
            drawn |= _DRAWN[kind](path, form=form, size=size, time_unit=time_unit)
    if not drawn:
        raise InputError(f"folder {str(folder)!r} holds nothing that can be drawn")
    return drawn


def _is(path: Path, kind: str) -> bool:
    return (path / KINDS[kind].result).is_file() and holds(path, kind)


def _result(
    path: Path, *, kind: str, read: Callable[[Path], Any], timed: bool = True, **how: Any
) -> dict[str, bytes]:
    """Return the figures of a result that can be read as a whole."""
    unit = how["time_unit"] if timed else None
    return draw_figures(kind, read(path), how["form"], size=how["size"], time_unit=unit)


def _images(
    path: Path, *, draw: Callable[[Path], Mapping[str, Drawn]], **how: Any
) -> dict[str, bytes]:
    """Return figures that are drawn from the tables of a folder."""
    try:
        figures = draw(path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is damaged: {error}") from error
    return images(figures, form=how["form"], size=how["size"])


def _words(record: Mapping[str, Any]) -> Mapping[str, str]:
    return words_of(str(record.get("model", "")), str(record.get("model_hash", "")))


def _sensitivity(path: Path) -> dict[str, Drawn]:
    words = _words(read_object(path / "sensitivity.json"))
    local = read_frame(path / "local.csv", ("number", "spread", "verdict"))
    exponents = local[[name for name in local if str(name).startswith(_EXPONENT)]]
    exponents = exponents.rename(columns=lambda name: name.removeprefix(_EXPONENT))
    correlation = read_frame(path / "correlation.csv", ("parameter",)).set_index("parameter")
    drawn: dict[str, Drawn] = {
        "identifiability_map": identifiability_map(local, exponents, correlation, words=words)
    }
    if (path / "sobol.csv").is_file():
        tables = [read_frame(path / name) for name in ("sobol.csv", "sobol_targets.csv")]
        drawn["sobol_map"] = sobol_map(*tables, words=words)
    return drawn


def _trial(path: Path) -> Mapping[str, Drawn]:
    trial = read_drawn(path)
    if trial is not None:
        return draw_trial(trial)
    tables = patterns_in(path)  # of what an older pdmodel kept no more can be drawn
    if not any(len(table) for table in tables.values()):
        return {}
    return {
        "pattern_forest": pattern_forest(tables, words=_words(read_object(path / "trial.json")))
    }


def _schedules(path: Path) -> dict[str, Drawn]:
    record, file = read_object(path / "trial.json"), path / FILE
    kept = read_object(file)["axes"] if file.is_file() else [record["benefit"], record["harm"]]
    benefit, harm = (str(name).replace("_", " ") for name in kept)
    return {"pareto": rates_pareto(read_frame(path / "schedules.csv"), benefit, harm)}


def _trials(path: Path) -> dict[str, Drawn]:
    """Return what trials have in common: of each reading, where there are several."""
    record = read_object(path / "trials.json")
    folders = [path / Path(str(name)).name for name in record["trials"]]
    readings = [str(hit["reading"]) for hit in record.get("hits", [])] or [""]
    drawn: dict[str, Drawn] = {}
    for said in readings:
        slug = "_".join("".join(c if c.isalnum() else " " for c in said.lower()).split())
        own = [inner for inner in folders if not slug or inner.name.startswith(f"{slug}_")]
        figures = _shared(own)
        drawn |= {f"{name}_{slug}" if slug else name: each for name, each in figures.items()}
    return drawn


def _shared(folders: list[Path]) -> Mapping[str, Drawn]:
    tables: dict[str, pd.DataFrame] = {}
    times: dict[str, dict[str, pd.DataFrame]] = {}
    words: dict[str, str] = {}
    note = ""
    for inner in folders:
        patterns, trial = patterns_in(inner), read_drawn(inner)
        tables |= patterns
        if trial is not None:
            words, note = {**trial.words, **words}, note or trial.note
            for name, curve in trial.curves.items():
                times.setdefault(name.replace(" ", "_"), {})[next(iter(patterns))] = curve
    return draw_shared(tables, times, words, note)


def _comparison(path: Path) -> dict[str, Drawn]:
    verdicts = read_object(path / "verdicts.json")["hypotheses"]
    kinds = {str(row["name"]): str(row["verdict"]["kind"]) for row in verdicts}
    misses = read_frame(path / "misses.csv", ("by",), text=("hypothesis", "level", "id", "use"))
    misses, words = misses[misses["use"] != "predict"], _words(verdicts[0])
    drawn: dict[str, Drawn] = {}
    if not misses.empty:
        drawn["hypothesis_map"] = hypothesis_map(misses, kinds, words=words)
    return drawn | _kept(path, words)


def _kept(path: Path, words: Mapping[str, str]) -> dict[str, Drawn]:
    file = path / FILE
    return draw_kept(read_object(file), words) if file.is_file() else {}


def _hypothesis(path: Path, **how: Any) -> dict[str, bytes]:
    """Return the figures of its fit, which is a result of its own within it."""
    return figures_of_folder(path / "fit", **how) if (path / "fit").is_dir() else {}


def _discrimination(path: Path) -> dict[str, Drawn]:
    record = read_object(path / "discrimination.json")
    table = read_frame(path / "measurements.csv", ("measurement", "power", "least"),
                       text=("measurement", "arm", "against", "group"))  # fmt: skip
    words = words_of("", str(record["hypotheses"][0]["model_hash"]))
    power = {"power": draw_power(table.head(12), int(record["patients"]), words)}
    return {**_kept(path, words), **power}


def _evidence(path: Path) -> dict[str, Drawn]:
    table = read_frame(
        path / "evidence.csv", ("log_evidence", "aicc"), text=("hypothesis", "failure")
    )
    drawn: dict[str, Drawn] = {}
    if (table["failure"] == "").any():
        drawn["evidence"] = evidence_chart(SimpleNamespace(table=table, weighed=()))  # type: ignore[arg-type]
    drawn |= _kept(path, {})
    for file in sorted(path.glob("hypotheses/*/posterior.nc")):
        drawn[f"bands_{file.parent.name}"] = posterior_bands(read_posterior(file))
    return drawn


def _rivals(path: Path) -> dict[str, Drawn]:
    columns = ("model", "delta_aicc", "delta_bic", "k", "n")
    table = read_frame(path / "rivals.csv", columns, text=("model",))
    return {"rivals": data_rivals(SimpleNamespace(table=table))}  # type: ignore[arg-type]


def _runs(path: Path) -> dict[str, Drawn]:
    return {f"bands_{path.name}": posterior_bands(read_posterior(path / "posterior.nc"))}


_DRAWN: Mapping[str, Callable[..., dict[str, bytes]]] = {
    "simulation": partial(_result, kind="run", read=read_run),
    "simulations": partial(_result, kind="runs", read=read_runs),
    "fit": partial(_result, kind="fit", read=read_result),
    "population": partial(_result, kind="population", read=read_population),
    "profiles": partial(_result, kind="profiles", read=read_profile, timed=False),
    "predictions": partial(_result, kind="predictions", read=read_predictions, timed=False),
    "hypothesis": _hypothesis,
    **{
        kind: partial(_images, draw=draw)
        for kind, draw in {
            "sensitivity": _sensitivity, "rivals": _rivals, "trial": _trial,
            "schedules": _schedules, "trial comparison": _trials, "comparison": _comparison,
            "evidence": _evidence,
            "discrimination": _discrimination, "runs": _runs,
        }.items()
    },
}  # fmt: skip
"""What draws the figures of each kind of folder."""
