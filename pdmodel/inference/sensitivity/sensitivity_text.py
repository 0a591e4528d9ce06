"""The report of a sensitivity as text: combinations, parameters, Sobol indices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pdmodel.text import rounded, table_lines

if TYPE_CHECKING:
    from pdmodel.inference.sensitivity.sensitivity import Sensitivity

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
    for place, row in enumerate(result.local.parameters.to_dict("records")):
        error = factor_text(row["stderr"]) if row["log"] else rounded(row["stderr"])
        partner = _partner(result.local.names, correlation[place], place)
        rows.append(
            (row["name"], rounded(row["value"]), row["unit"], rounded(row["influence"]),
             error, row["verdict"], partner)
        )  # fmt: skip
    names = ("parameter", "value", "unit", "slope", "known within", "verdict", "correlates with")
    yield from table_lines(names, rows, right={1, 3})
    yield ""


def _partner(names: tuple[str, ...], row: list[float], place: int) -> str:
    """Return the strongest correlation with another parameter."""
    others = [(abs(r), r, name) for i, (r, name) in enumerate(zip(row, names, strict=True))
              if i != place and not math.isnan(r)]  # fmt: skip
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
    found = result.sobol
    if found is None:
        return
    over = "their bounds" if found.factor is None else f"a factor {found.factor:g}, cut at bounds"
    plan = f"{found.draws} base draws, {found.runs} runs, seed {found.seed}"
    yield f"Sobol indices over {over}: {plan}"
    rows = [
        (row["parameter"], rounded(row["low"]), rounded(row["high"]),
         "logarithm" if row["log"] else "value")
        for row in found.ranges.to_dict("records")
    ]  # fmt: skip
    yield from table_lines(("parameter", "from", "to", "even by"), rows, right={1, 2})
    if found.failed:
        yield (
            f"  {found.failed} runs failed and hold the median of each target; the first: "
            f"{found.reason}"
        )
    yield ""


def _targets(result: Sensitivity) -> Iterator[str]:
    found = result.sobol
    if found is None:
        return
    yield "Share of the spread of each target due to a parameter: total index (of it alone),"
    yield f"  +- half a 95 % interval; totals of {_SHOWN:g} and above. The spread is a standard"
    yield "  deviation in softnesses: what moves by far less than 1 cannot tell parameters."
    for target in found.targets.to_dict("records"):
        part = found.indices[found.indices["target"] == target["target"]]
        shown = part[part["total"] >= _SHOWN].sort_values("total", ascending=False, kind="stable")
        words = ", ".join(_index_text(row) for row in shown.to_dict("records"))
        text = words if target["moves"] else "stands still"
        yield f"  {target['target']:<16} {target['widths']:8.3g}  {text}"


def _index_text(row: dict[str, Any]) -> str:
    name, alone = row["parameter"], row["first"]
    return f"{name} {row['total']:.2f} +- {row['total_error']:.2f} ({alone:.2f})"
