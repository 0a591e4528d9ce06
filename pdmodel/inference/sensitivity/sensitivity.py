"""Sensitivity: what the targets say of the parameters, near one point and over their ranges."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pdmodel.errors import InputError, SimulationError, require_known
from pdmodel.inference.fit.folder import PACKAGES
from pdmodel.inference.fit.record import FitRecord
from pdmodel.inference.problem.parameters import linear_values
from pdmodel.inference.sensitivity.identifiability import Identifiability, find_identifiability
from pdmodel.inference.sensitivity.sobol import Sobol, find_sobol
from pdmodel.inference.targets.course import EvaluationFailure
from pdmodel.progress import watched
from pdmodel.storage import (
    check_place as check_folder,
    made_with,
    new_result,
    plain_rows,
    write_content,
    write_json,
    write_text,
)
from pdmodel.text import rounded, table_lines

if TYPE_CHECKING:
    from pdmodel.executors import Progress
    from pdmodel.inference.problem.problem import Problem


KIND = "sensitivity"
SCHEMA_VERSION = 1
_RESULT, _REPORT = "sensitivity.json", "report.txt"


@dataclass(frozen=True)
class Sensitivity:
    """Local identifiability, and global sensitivity unless only the local part was asked for.

    Parameters
    ----------
    model, model_hash, regimen, horizon_days
        The model, and the regimen and days it was examined under.
    point
        Where the point comes from: `declared values`, `fit` or `given values`.
    local, sobol
        The two parts.

    Examples
    --------
    >>> import pdmodel
    >>> targets = [
    ...     t for t in pdmodel.read_targets("response.csv") if t.observable in ("il6", "tnf")
    ... ]
    >>> problem = pdmodel.FitProblem(
    ...     "reference", targets, "10 mg daily", days=28, differ=["tone"], free=["il6_induction"]
    ... )
    >>> pdmodel.run_sensitivity(problem, local=True).point
    'declared values'
    """

    model: str
    model_hash: str
    regimen: str
    horizon_days: float
    point: str
    local: Identifiability
    sobol: Sobol | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of the folder, by name."""
        local = self.local
        tables = {
            "local": local.combinations.join(local.exponents.add_prefix("exponent ")),
            "parameters": local.parameters,
            "slopes": local.slopes.reset_index(names="target"),
            "correlation": local.correlation.reset_index(names="parameter"),
        }
        if self.sobol is not None:
            tables |= {"sobol": self.sobol.indices, "sobol_targets": self.sobol.targets}
        return tables

    def to_dict(self) -> dict[str, Any]:
        """Return `sensitivity.json`: plain data, null where there is no number."""
        names = ("model", "model_hash", "regimen", "horizon_days", "point")
        data: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
        data |= {name: getattr(self, name) for name in names}
        data |= {"rank": self.local.rank, "rank_tolerance": self.local.tolerance}
        data["tables"] = {name: plain_rows(table) for name, table in self.tables.items()}
        if self.sobol is not None:
            plan = ("draws", "seed", "factor", "runs", "failed", "reason")
            data["sobol"] = {name: getattr(self.sobol, name) for name in plan}
            data["sobol"]["ranges"] = plain_rows(self.sobol.ranges)
        return data

    def report(self) -> str:
        """Return both parts in words and tables."""
        return write_sensitivity(self)

    def save(
        self,
        path: str | Path,
        overwrite: bool = False,
        draw: Callable[[Sensitivity], Mapping[str, bytes]] | None = None,
    ) -> None:
        """Write a folder, whole or not at all: tables, report, then `sensitivity.json`.

        Parameters
        ----------
        path, overwrite
            The folder, and whether an older one of its kind may be replaced.
        draw
            Returns figures by path; they are written with the tables.

        Raises
        ------
        InputError
            If the place is taken or cannot be written to.
        """
        figures = {} if draw is None else draw(self)
        with new_result(path, KIND, overwrite) as folder:
            for name, content in figures.items():
                write_content(folder / name, content)
            for name, table in self.tables.items():
                write_text(folder / f"{name}.csv", table.to_csv(index=False))
            write_text(folder / _REPORT, self.report())
            write_json(folder / _RESULT, self.to_dict())
            write_json(folder / "manifest.json", {"kind": KIND, **made_with(PACKAGES)})

    def __str__(self) -> str:
        """Return the report."""
        return self.report()


@watched
def run_sensitivity(
    problem: Problem,
    best: FitRecord | Mapping[str, float] | None = None,
    *,
    local: bool = False,
    draws: int = 128,
    factor: float | None = None,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Find what the targets say of the free parameters.

    Parameters
    ----------
    problem
        The problem; `problem.free` are the parameters.
    best
        The point: a fit, or values by name; what is not named, and all by default, is as declared.
    local
        Whether to leave the global part out.
    draws, factor, seed, threads, progress
        As in `find_sobol`.

    Raises
    ------
    InputError
        If a name or number is not allowed, or the fit is another one.
    SimulationError
        If the point, or more than 5 % of the draws, cannot be simulated.

    Examples
    --------
    >>> import pdmodel
    >>> targets = [
    ...     t for t in pdmodel.read_targets("response.csv") if t.observable in ("il6", "tnf")
    ... ]
    >>> problem = pdmodel.FitProblem(
    ...     "reference", targets, "10 mg daily", days=28, differ=["tone"], free=["il6_induction"]
    ... )
    >>> found = pdmodel.run_sensitivity(problem, local=True)
    >>> found.sobol is None
    True
    """
    if not problem.targets:
        raise InputError(
            "sensitivity is that of targets, and this problem has measurements alone: standard "
            "errors and profiles say how well these tell each parameter"
        )
    values = point_values(problem, best)
    try:
        near = find_identifiability(problem, values)
    except EvaluationFailure as error:
        raise SimulationError(
            f"the point cannot be simulated: {error}", {"parameters": values, "cause": str(error)}
        ) from error
    far = None
    if not local:
        far = find_sobol(
            problem, values, draws, factor=factor, seed=seed, threads=threads, progress=progress
        )
    words = "fit" if isinstance(best, FitRecord) else "given values" if best else "declared values"
    return Sensitivity(
        problem.model.name,
        problem.model.hash,
        problem.regimen_words,
        problem.days,
        words,
        near,
        far,
    )


def point_values(
    problem: Problem, best: FitRecord | Mapping[str, float] | None
) -> dict[str, float]:
    """Return the value of every setting at a point.

    Raises
    ------
    InputError
        If a name is unknown, a value lies outside its bounds, or the fit is of another question.
    """
    settings = {s.name: s for s in problem.settings}
    given = _fitted(problem, best) if isinstance(best, FitRecord) else dict(best or {})
    for name, value in given.items():
        require_known("parameter of the point", settings, name)
        low, high = settings[name].min, settings[name].max
        if not low <= value <= high and not settings[name].expr:
            raise InputError(f"parameter {name!r}: value {value:g} with bounds [{low:g}, {high:g}]")
    return linear_values(
        [replace(s, value=given.get(s.name, s.value)) for s in problem.settings], {}
    )


def _fitted(problem: Problem, record: FitRecord) -> dict[str, float]:
    own = (problem.model.hash, problem.regimen_words, problem.days)
    if (record.model_hash, record.regimen, record.horizon_days) != own:
        raise InputError(
            f"the fit is of model {record.model!r} under {record.regimen!r}, "
            f"{record.horizon_days:g} days; the question is of {problem.model.name!r} under "
            f"{problem.regimen_words!r}, {problem.days:g} days"
            + ("" if record.model != problem.model.name else " (or the model has changed since)")
        )
    values = record.values
    missing = [s.name for s in problem.settings if s.name not in values]
    if missing or len(values) > len(problem.settings):
        raise InputError(
            "other parameters differ between the groups in the fit than in the question; give "
            "the same --differ"
        )
    return values


def check_place(path: str | Path, overwrite: bool) -> None:
    """Refuse a folder that is taken, or that may be replaced but holds something else.

    Raises
    ------
    InputError
        If the result cannot be written there.
    """
    check_folder(path, KIND, overwrite)


# Indices below this are not printed: with few draws they are noise.
_SHOWN = 0.05
_MOST_FACTOR = 1000.0


def write_sensitivity(result: Sensitivity) -> str:
    """Return a report."""
    sections = (_head, _combinations, _parameters, _sobol, _targets)
    return "\n".join(line for section in sections for line in section(result)) + "\n"


def _head(result: Sensitivity) -> Iterator[str]:
    local = result.local
    rows, columns = local.slopes.shape
    yield (
        f"Sensitivity of model {result.model!r} under {result.regimen!r}, "
        f"{result.horizon_days:g} days; model hash {result.model_hash[:12]}"
    )
    yield ""
    yield f"Near the {result.point}: {rows} rows, {columns} free parameters, rank {local.rank}"
    yield (
        f"  (singular values above {local.tolerance:g} of the largest, "
        f"{local.combinations['singular_value'].iloc[0]:.4g})"
    )
    yield "  What measurements as precise as the soft edges of the targets would say; the windows"
    yield "  say less. So what is not identified here is not identified by these targets."
    yield ""


def _combinations(result: Sensitivity) -> Iterator[str]:
    yield "Combinations of parameters, best known first (exponents above 0.2 in size)"
    rows = [
        (str(row["number"]), rounded(row["singular_value"]), factor_text(row["spread"]),
         row["verdict"], row["written"])
        for row in result.local.combinations.to_dict("records")
    ]  # fmt: skip
    yield from table_lines(
        ("", "slope", "known within", "verdict", "combination"), rows, right={0, 1}
    )
    if result.local.rank < len(rows):
        yield "  No effect: the targets stay as they are when the parameters move together so."
    yield ""


def _parameters(result: Sensitivity) -> Iterator[str]:
    yield "Parameters (one standard error by the slopes alone)"
    correlation = result.local.correlation.to_numpy()
    rows = []
    for index, row in enumerate(result.local.parameters.to_dict("records")):
        error = factor_text(row["stderr"]) if row["log"] else rounded(row["stderr"])
        partner = _partner(result.local.names, correlation[index], index)
        rows.append(
            (row["name"], rounded(row["value"]), row["unit"], rounded(row["influence"]),
             error, row["verdict"], partner)
        )  # fmt: skip
    names = ("parameter", "value", "unit", "slope", "known within", "verdict", "correlates with")
    yield from table_lines(names, rows, right={1, 3})
    yield ""


def _partner(names: tuple[str, ...], row: list[float], index: int) -> str:
    """Return the strongest correlation with another parameter."""
    others = [(abs(r), r, name) for i, (r, name) in enumerate(zip(row, names, strict=True))
              if i != index and not math.isnan(r)]  # fmt: skip
    if not others:
        return "-"
    size, value, name = max(others)
    return f"{name} ({value:+.2f})" if size >= _SHOWN else "-"


def factor_text(spread: float) -> str:
    """Return a standard error of a logarithm as a factor.

    Examples
    --------
    >>> factor_text(0.6931472), factor_text(float("nan")), factor_text(50.0)
    ('factor 2', '-', 'factor > 1000')
    """
    if math.isnan(spread):
        return "-"
    if spread > math.log(_MOST_FACTOR):
        return f"factor > {_MOST_FACTOR:g}"
    return f"factor {math.exp(spread):.3g}"


def _sobol(result: Sensitivity) -> Iterator[str]:
    sobol = result.sobol
    if sobol is None:
        return
    over = "their bounds" if sobol.factor is None else f"a factor {sobol.factor:g}, cut at bounds"
    plan = f"{sobol.draws} base draws, {sobol.runs} runs, seed {sobol.seed}"
    yield f"Sobol indices over {over}: {plan}"
    rows = [
        (row["parameter"], rounded(row["low"]), rounded(row["high"]),
         "logarithm" if row["log"] else "value")
        for row in sobol.ranges.to_dict("records")
    ]  # fmt: skip
    yield from table_lines(("parameter", "from", "to", "even by"), rows, right={1, 2})
    if sobol.failed:
        yield (
            f"  {sobol.failed} runs failed and hold the median of each target; the first: "
            f"{sobol.reason}"
        )
    yield ""


def _targets(result: Sensitivity) -> Iterator[str]:
    sobol = result.sobol
    if sobol is None:
        return
    yield "Share of the spread of each target due to a parameter: total index (of it alone),"
    yield f"  +- half a 95 % interval; totals of {_SHOWN:g} and above. The spread is a standard"
    yield "  deviation in softnesses: what moves by far less than 1 cannot tell parameters."
    for target in sobol.targets.to_dict("records"):
        part = sobol.indices[sobol.indices["target"] == target["target"]]
        shown = part[part["total"] >= _SHOWN].sort_values("total", ascending=False, kind="stable")
        words = ", ".join(_index_text(row) for row in shown.to_dict("records"))
        text = words if target["moves"] else "stands still"
        yield f"  {target['target']:<16} {target['widths']:8.3g}  {text}"


def _index_text(row: dict[str, Any]) -> str:
    name, alone = row["parameter"], row["first"]
    return f"{name} {row['total']:.2f} +- {row['total_error']:.2f} ({alone:.2f})"
