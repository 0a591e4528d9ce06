"""What `pdmodel simulate` writes and prints: of one run, and of several side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pdmodel.errors import InputError, require_known
from pdmodel.text import rounded

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from pdmodel.model import Model

FORMS, SHAPES = ("png", "svg", "pdf"), ("page", "slide", "square")
_ATTRIBUTES = ("model", "model_hash", "regimen", "patient", "days")


class Wanted(NamedTuple):
    """What is to be written, and where.

    Parameters
    ----------
    out, overwrite
        The folder, and whether it may replace one; None to write nothing.
    command
        What was typed, for the manifest.
    form, size, time_unit
        Kind of file and shape of the figure, and the unit in which time is read in figures and
        tables; None for days, in figures of short runs for hours.
    """

    out: Path | None
    overwrite: bool
    command: str
    form: str
    size: str
    time_unit: str | None

    def check(self, several: bool) -> None:
        """Refuse what cannot be written, before anything is run."""
        from pdmodel.engine.run_summary import days_of_unit
        from pdmodel.storage import check_place

        require_known("kind of figure", FORMS, self.form)
        require_known("size of a figure", SHAPES, self.size)
        days_of_unit(self.of_tables)
        if self.out is not None:
            check_place(self.out, "simulations" if several else "simulation", self.overwrite)

    @property
    def of_tables(self) -> str:
        """Unit of time in tables, on the screen and in files."""
        return self.time_unit or "day"

    def write(self, runs: Mapping[str, xr.Dataset], pairs: Mapping[str, str]) -> None:
        """Write one run, or several with what is held against what, if a folder is named."""
        if self.out is None:
            return
        from pdmodel.engine.run_folder import write_run, write_runs
        from pdmodel.plots.figures import draw_figures
        from pdmodel.storage import new_result, write_content

        several, only = len(runs) > 1, next(iter(runs.values()))
        kind, shown = ("runs", runs) if several else ("run", only)
        of = "simulations" if several else "simulation"
        with new_result(self.out, of, self.overwrite) as folder:
            drawn = draw_figures(kind, shown, self.form, time_unit=self.time_unit, size=self.size)
            for name, content in drawn.items():
                write_content(folder / name, content)
            if several:
                write_runs(runs, pairs, folder, self.command, self.of_tables)
            else:
                write_run(only, folder, self.command, self.of_tables)


def say_one(run: xr.Dataset, time_unit: str, *, json: bool, quiet: bool) -> None:
    """Print a run as JSON, or its summary."""
    if json:
        _say_json(_as_plain(run, time_unit))
    elif not quiet:
        _say_summary(run, time_unit)


def say_several(
    runs: Mapping[str, xr.Dataset], pairs: Mapping[str, str], model: Model, time_unit: str, *,
    json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Print several runs as JSON, or one table of them."""
    from pdmodel.engine.run_summary import compare_runs, in_time_unit

    if json:
        from pdmodel.storage import plain_rows

        table = plain_rows(in_time_unit(compare_runs(runs, pairs), time_unit))
        plain = {name: _as_plain(run, time_unit) for name, run in runs.items()}
        _say_json({"runs": plain, "against": dict(pairs), "table": table})
    elif not quiet:
        table = in_time_unit(compare_runs(runs, pairs), time_unit)
        _say_table(runs, table, pairs, model, time_unit)


def _as_plain(run: xr.Dataset, time_unit: str) -> dict[str, Any]:
    from pdmodel.engine.run_summary import quantity_names, times_shown

    names = ["time", *quantity_names(run)]
    data: dict[str, Any] = {key: run.attrs[key] for key in _ATTRIBUTES}
    data["units"] = {name: run[name].attrs["units"] for name in names} | {"time": time_unit}
    data["values"] = {name: run[name].values.tolist() for name in names}
    data["values"]["time"] = times_shown(run, time_unit).tolist()
    return data


def _say_json(data: Mapping[str, Any]) -> None:
    from pdmodel.cli.console.terminal import say_json

    try:
        say_json(data)
    except ValueError as error:
        raise InputError(f"a quantity is not a finite number: {error}") from error


def _say_summary(run: xr.Dataset, time_unit: str) -> None:
    from pdmodel.cli.console.terminal import say, say_table
    from pdmodel.engine.run_summary import in_time_unit, run_summary

    say(_headline(run))
    say()
    rows = [
        (row["quantity"], _unit_of(run[row["quantity"]]), rounded(row["start"]),
         rounded(row["lowest"]), rounded(row[f"lowest_{time_unit}"]),
         rounded(row["highest"]), rounded(row[f"highest_{time_unit}"]), rounded(row["end"]))
        for row in in_time_unit(run_summary(run), time_unit).to_dict("records")
    ]  # fmt: skip
    columns = ("quantity", "unit", "start", "lowest", time_unit, "highest", time_unit, "end")
    say_table(columns, rows, right=columns[2:], whole=("quantity",))


def _unit_of(array: xr.DataArray) -> str:
    """Return how the unit of a quantity is read: as its model labels it, such as points."""
    return str(array.attrs.get("unit_label") or array.attrs["units"])


def _headline(run: xr.Dataset) -> str:
    who = run.attrs["patient"] or "default values"
    return f"{run.attrs['model']}, {who}: {run.attrs['regimen']}, {run.attrs['days']:g} days"


def _say_table(
    runs: Mapping[str, xr.Dataset], table: pd.DataFrame, pairs: Mapping[str, str], model: Model,
    time_unit: str,
) -> None:  # fmt: skip
    from pdmodel.cli.console.terminal import say, say_table, say_wrapped

    for name, run in runs.items():
        say(f"{name}: {_headline(run)}")
    say()
    main = model.vocabulary.main
    asked = any(run.attrs["asked"] for run in runs.values())
    shared = table.groupby("quantity")["run"].transform("count") == len(runs)
    wanted = shared & (True if asked or not main else table["quantity"].isin(main))
    shown = table[wanted] if wanted.any() else table
    times = table[time_unit].dropna()
    ratio = f"{time_unit}-{times.iloc[0]:.4g} ratio" if times.nunique() == 1 else "ratio"
    names, extremes = ["quantity", "unit", "run"], ["lowest", time_unit, "highest", time_unit]
    columns = [*names, "start", "end", ratio, *extremes]
    ends = [name for end in ("lowest", "highest") for name in (end, f"{end}_{time_unit}")]
    keys = ["start", "end", "ratio", *ends]
    rows = [
        (row["quantity"], _unit_of(runs[row["run"]][row["quantity"]]), row["run"],
         *(rounded(row[key], 4) for key in keys))
        for row in shown.to_dict("records")
    ]  # fmt: skip
    if not pairs:
        columns, rows = [c for c in columns if c != ratio], [(*r[:5], *r[6:]) for r in rows]
    say_table(columns, rows, right=columns[3:], whole=("quantity", "unit", "run"))
    if pairs:
        say_wrapped(f"The {ratio} is against {' or '.join(sorted(set(pairs.values())))}.")
    if len(shown) < len(table) and not asked:
        say_wrapped("Other quantities: --quantities A,B; --out writes all of them.")
