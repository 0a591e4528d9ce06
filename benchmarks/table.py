"""The results as plain lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.engines import PEER
from benchmarks.problem import Result

_KNOWN = {"ms", "fastest_ms", "slowest_ms", "rounds", "error", "rtol", "atol", "manner"}


def lines(report: Result) -> Iterator[str]:
    """Yield the tables of a report."""
    for name, rows in report["workloads"].items():
        yield from ("", name, *_workload(rows))
    for kind, sizes in report.get("growth", {}).items():
        yield from ("", f"growth with {kind}", *_growth(sizes))
    if report["targets"]:
        yield from ("", "targets", *_targets(report["targets"]))


def _workload(rows: Mapping[str, Result]) -> Iterator[str]:
    peer = rows.get(PEER, {}).get("ms")
    cells = [("engine", "ms", f"/ {PEER}", "error", "rtol", "rest")]
    for engine, row in rows.items():
        ratio = f"{row['ms'] / peer:.3f}" if peer else ""
        rest = ", ".join(f"{key} {_short(v)}" for key, v in row.items() if key not in _KNOWN)
        cells.append(
            (engine, _short(row["ms"]), ratio, _short(row.get("error", "")),
             _short(row.get("rtol", "")), rest)
        )  # fmt: skip
    yield from _aligned(cells)


def _growth(sizes: Mapping[str, Mapping[str, Result]]) -> Iterator[str]:
    engines = list(dict.fromkeys(engine for rows in sizes.values() for engine in rows))
    cells = [("", *(f"{engine} ms" for engine in engines), "rest")]
    for size, rows in sizes.items():
        rest = ", ".join(
            f"{engine} {key} {_short(value)}"
            for engine, row in rows.items()
            for key, value in row.items()
            if key not in _KNOWN - {"error"}
        )
        cells.append((size, *(_short(rows[e]["ms"]) if e in rows else "" for e in engines), rest))
    yield from _aligned(cells)


def _targets(found: Sequence[Result]) -> Iterator[str]:
    cells = [("workload", "reached", "to reach", "in", "")]
    cells += [
        (t["workload"], _short(t["value"]), _short(t["limit"]), t["what"],
         "" if t["met"] else "MISSED")
        for t in found
    ]  # fmt: skip
    yield from _aligned(cells)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(cells)}".rstrip()


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
