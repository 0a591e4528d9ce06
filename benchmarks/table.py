"""The results as plain lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.engines import OURS, PEER
from benchmarks.problem import Result
from benchmarks.timing import ratio

_KNOWN = {"ms", "fastest_ms", "slowest_ms", "each_ms", "rounds", "error", "rtol", "atol"}

Cells = list[tuple[str, ...]]


def lines(report: Result) -> Iterator[str]:
    """Yield the tables of a report."""
    for title, cells in tables(report):
        yield from ("", title, *_aligned(cells))


def tables(report: Result) -> Iterator[tuple[str, Cells]]:
    """Yield each table of a report: its title, and its rows with that of the heads first."""
    for name, rows in report["workloads"].items():
        yield name, _workload(rows)
    for kind, sizes in report.get("growth", {}).items():
        yield f"growth with {kind}", _growth(sizes)
    if report.get("notes"):
        yield "engines", [("engine", "what to know"), *report["notes"].items()]
    if report["targets"]:
        yield "targets", _targets(report["targets"])


def _workload(rows: Mapping[str, Result]) -> Cells:
    peer = rows.get(PEER)
    cells: Cells = [("engine", "ms", f"/ {PEER}", "error", "rtol", "rest")]
    for engine, row in rows.items():
        compared = f"{ratio(row, peer):.3f}" if peer else ""
        rest = ", ".join(
            f"{key} {short(v)}" for key, v in row.items() if key not in _KNOWN and v != ""
        )
        cells.append(
            (engine, short(row["ms"]), compared, short(row.get("error", "")),
             short(row.get("rtol", "")), rest)
        )  # fmt: skip
    return cells


def _growth(sizes: Mapping[str, Mapping[str, Result]]) -> Cells:
    engines = list(dict.fromkeys(engine for rows in sizes.values() for engine in rows))
    heads = (f"/ {PEER}",) if PEER in engines else ()
    cells: Cells = [("", *(f"{engine} ms" for engine in engines), *heads, "rest")]
    for size, rows in sizes.items():
        rest = ", ".join(
            f"{engine} {key} {short(value)}"
            for engine, row in rows.items()
            for key, value in row.items()
            if key not in _KNOWN - {"error"}
        )
        compared = (f"{ratio(rows[OURS], rows[PEER]):.3f}",) if heads else ()
        times = (short(rows[engine]["ms"]) if engine in rows else "" for engine in engines)
        cells.append((size, *times, *compared, rest))
    return cells


def _targets(targets: Sequence[Result]) -> Cells:
    cells: Cells = [("workload", "reached", "to reach", "before", "in", "")]
    for target in targets:
        before = "" if target["before"] is None else short(target["before"])
        numbers = short(target["value"]), short(target["goal"]), before
        missed = "" if target["met"] else "MISSED"
        cells.append((target["workload"], *numbers, target["what"], missed))
    return cells


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(cells)}".rstrip()


def short(value: object) -> str:
    """Return a number with four digits, and anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
