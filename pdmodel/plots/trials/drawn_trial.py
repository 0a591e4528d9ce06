"""What the figures of a trial are drawn from, and the file in which a folder keeps it.

Whole courses of patients are simulated for the figures alone. A folder keeps those that it shows,
so that its figures can be drawn again in another form without the model at hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import xarray as xr

from pdmodel.errors import InputError
from pdmodel.plots.base.style import NO_WORDS
from pdmodel.plots.base.words import words_in
from pdmodel.storage import read_frame, read_object, read_tree
from pdmodel.trial import Biomarker, Endpoints, SizeChange

if TYPE_CHECKING:
    from pdmodel.trial import TrialResult

FILE = "figures/drawn.nc"
"""Where a folder of a trial keeps what its figures are drawn from."""
_RECORDS = ("dose", "level", "held", "day_off")
_GROUPS = ("records", "outcomes", "seen")


class DrawnTrial(NamedTuple):
    """What the figures of a trial are drawn from.

    Parameters
    ----------
    outcomes
        Of all patients, a row each.
    records, seen
        Whole courses of a few patients, and the outcomes of those.
    patterns
        By trial its table of patterns.
    curves
        By name the time to an event, as for `kaplan_meier`.
    endpoints
        What the outcomes mean; what is not declared is not drawn.
    words
        How the application writes parts of names.
    highest
        Dose that has the darkest colour.
    note
        What is said above every figure, e.g. that patients are weighted.
    """

    outcomes: pd.DataFrame
    records: xr.Dataset
    seen: pd.DataFrame
    patterns: Mapping[str, pd.DataFrame]
    curves: Mapping[str, pd.DataFrame]
    endpoints: Endpoints
    words: Mapping[str, str] = NO_WORDS
    highest: float = 0.0
    note: str = ""


def weight_note(result: TrialResult) -> str:
    """Say that the patients of figures are weighted, and by what; nothing where they are not."""
    if result.weights is None:
        return ""
    return (
        f"Patients weighted by {result.weighted_by or 'given weights'}: shown as often as they "
        f"count, worth {result.effective} alike"
    )


def stored_content(trial: DrawnTrial) -> Callable[[Path], object]:
    """Return what writes the file: only what figures look at, compressed."""
    change = trial.endpoints.change
    names = [*_RECORDS, *([] if change is None else [change.quantity])]
    needed = {column: None for _, column in trial.endpoints.columns()} | {"failed": None}
    tables = {
        name: _as_dataset(frame, [column for column in needed if column in frame])
        for name, frame in (("outcomes", trial.outcomes), ("seen", trial.seen))
    }
    records = trial.records[[name for name in names if name in trial.records]]
    tree = xr.DataTree.from_dict({
        "records": records.drop_vars([name for name in ("parameter",) if name in records.coords]),
        **tables,
    })  # fmt: skip
    tree.attrs = {
        "endpoints": json.dumps(asdict(trial.endpoints)), "words": json.dumps(dict(trial.words)),
        "highest": trial.highest, "note": trial.note, "curves": json.dumps(list(trial.curves)),
    }  # fmt: skip
    return partial(_write, tree)


def _as_dataset(frame: pd.DataFrame, names: Sequence[str]) -> xr.Dataset:
    """Return some columns as variables, which share their memory with the table."""
    # Variables and an index, of which xarray need not ask whether they are Dask's or pint's.
    return xr.Dataset(
        {
            str(name): xr.Variable("row", frame[name].to_numpy(float), fastpath=True)
            for name in names
        },
        coords={"row": pd.Index(frame.index.to_numpy())},
    )


def _write(tree: xr.DataTree, path: Path) -> None:
    encoding = {
        f"/{group}": {str(name): {"zlib": True, "complevel": 4} for name in tree[group].data_vars}
        for group in _GROUPS
    }
    tree.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def read_drawn(folder: Path) -> DrawnTrial | None:
    """Return what the figures of a folder are drawn from; None where an older pdmodel wrote it.

    Parameters
    ----------
    folder
        Of a finished trial.

    Raises
    ------
    InputError
        If a file is damaged.
    """
    if not (folder / FILE).is_file():
        return None
    tree = read_tree(folder / FILE)
    missing = [name for name in _GROUPS if name not in tree.children]
    if missing:
        raise InputError(f"{folder / FILE} is damaged: {', '.join(missing)} is missing")
    try:
        endpoints = _endpoints(json.loads(tree.attrs["endpoints"]))
        names = [str(name) for name in json.loads(tree.attrs["curves"])]
        highest, note = float(tree.attrs["highest"]), str(tree.attrs["note"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{folder / FILE} is damaged: {error}") from error
    held = {name: node.to_dataset() for name, node in tree.children.items()}
    return DrawnTrial(
        _as_frame(held["outcomes"]), held["records"], _as_frame(held["seen"]), patterns_in(folder),
        {name: read_frame(folder / f"{_file_name(name)}.csv", ("day",)) for name in names},
        endpoints, words_in(tree.attrs), highest, note,
    )  # fmt: skip


def _file_name(curve: str) -> str:
    """Return the name of the file of a curve, which leads to no other folder."""
    name = curve.replace(" ", "_")
    if Path(name).name != name:
        raise InputError(f"{FILE} is damaged: {curve!r} is no curve of this folder")
    return name


def patterns_in(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the table of patterns of the trial in a folder, by its name."""
    name = str(read_object(folder / "trial.json").get("trial", folder.name))
    file = folder / "table.csv"
    held = file.is_file() and file.read_text(encoding="utf-8").strip()
    return {name: read_frame(file) if held else pd.DataFrame()}


def _as_frame(dataset: xr.Dataset) -> pd.DataFrame:
    frame = dataset.to_dataframe()
    frame.index.name = None
    return frame


def _endpoints(said: Mapping[str, Any]) -> Endpoints:
    """Return endpoints from plain data."""
    change = said["change"] and dict(said["change"])
    if change and change["mark"] is not None:
        change["mark"] = tuple(change["mark"])
    biomarkers = [
        Biomarker(
            marker["label"], {int(day): c for day, c in marker["columns"].items()}, marker["unit"]
        )
        for marker in said["biomarkers"]
    ]
    return Endpoints(
        responses=said["responses"], no_response=said["no_response"], groups=tuple(said["groups"]),
        responded=said["responded"], change=SizeChange(**change) if change else None,
        events={name: tuple(pair) for name, pair in said["events"].items()},
        biomarkers=tuple(biomarkers),
    )  # fmt: skip
