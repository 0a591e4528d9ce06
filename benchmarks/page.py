"""The figures of a run, written into `docs/performance.md` and the README, and drawn.

`python -m benchmarks.page results/benchmark.json` writes those of a run that is over.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.engines import OURS, PEER
from benchmarks.problem import Result
from benchmarks.scaling_figure import scaling_figure
from benchmarks.table import Cells, short, tables
from benchmarks.timing import ratio
from pdmodel.plots.base.figure import save

ROOT = Path(__file__).parents[1]
_TITLES = {
    "trajectory": "One trajectory: 14 states, 168 daily doses, 336 daily rows",
    "trajectory_cll": "One trajectory of the CLL reference model: a year of 10 mg daily",
    "cohort_1000": "1,000 patients, 20 % apart in every parameter, on two processors",
    "trial_1000": "1,000 patients under the visit rules of the 10 mg trial, on two processors",
    "trial_cost": "A trial beside the plain cohort of its patients",
    "explorer": "The explorer, in a browser without a screen",
    "sensitivities_20": "One trajectory with 20 sensitivities of all states",
    "fit_12": "A fit of 12 parameters to 8 series of 48 weeks",
    "population": "Population fits",
    "cold_start": "From a new process to the first trajectory",
    "memory": "10,000 patients, 8 quantities, every day",
}


_BUSY = 0.8
"""Tasks a processor, before a run begins, from which on a machine is not idle."""


def write_page(report: Result, root: Path = ROOT) -> list[Path]:
    """Write the figures of a run between the marks of the page and the README; draw the growth.

    Returns
    -------
    list of Path
        What was written.
    """
    page, readme = root / "docs" / "performance.md", root / "README.md"
    _between_marks(page, "performance", "\n".join(page_lines(report)))
    written = [page]
    if sentence := _summary(report):
        _between_marks(readme, "performance", sentence)
        written.append(readme)
    if report["growth"]:
        written.append(save(scaling_figure(report["growth"]), root / "docs" / "performance.png"))
    return written


def page_lines(report: Result) -> Iterator[str]:
    """Yield the lines of the page that a run makes: where it ran, its tables, its targets."""
    machine, versions = report["machine"], report["versions"]
    yield (
        f"Measured on {report['date']} with {machine['processors']} processors "
        f"({machine['processor']}), {machine['system']}, Python {machine['python']}; the run took "
        f"{report['minutes']:.0f} min."
    )
    if (machine.get("load") or 0) > _BUSY * machine["processors"]:
        yield (
            f"**The machine was busy with other work**: {machine['load']} tasks wanted its "
            "processors. Ratios are still of what was timed within the same rounds; an idle "
            "machine takes fewer milliseconds."
        )
    yield f"Versions: {', '.join(f'{name} {version}' for name, version in versions.items())}."
    for title, cells in tables(report):
        yield from ("", f"### {_TITLES.get(title, title.capitalize())}", "", *_markdown(cells))
    for name, why in report["failed"].items():
        yield from ("", f"`{name}` failed: {why}")


def _markdown(cells: Cells) -> Iterator[str]:
    heads, *rows = cells
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _summary(report: Result) -> str:
    """Return the sentence of the README; empty where a workload of it was not measured."""
    workloads = report["workloads"]
    try:
        parts = [
            f"{words} {short(round(ratio(workloads[name][OURS], workloads[name][PEER]), 3))}"
            for name, words in (
                ("trajectory", "one trajectory takes"), ("cohort_1000", "1,000 patients"),
                ("trial_1000", "a trial of 1,000 patients"), ("fit_12", "a fit of 12 parameters"),
            )
        ]  # fmt: skip
        slopes = workloads["sensitivities_20"][OURS]["trajectories"]
    except KeyError:
        return ""
    words = (
        f"At equal error {', '.join(parts)} of libRoadRunner's time, and 20 exact slopes cost "
        f"{slopes:.1f} trajectories ([docs/performance.md](docs/performance.md) has the method and "
        "all peers, [this figure](docs/performance.png) how the time grows)."
    )
    return "\n".join(textwrap.wrap(words, 120, break_long_words=False, break_on_hyphens=False))


def _between_marks(file: Path, mark: str, content: str) -> None:
    """Replace what stands between the marks of a file.

    Raises
    ------
    SystemExit
        If the marks are not there once.
    """
    text = file.read_text("utf-8")
    begin, end = f"<!-- {mark}: written by python -m benchmarks --write-page -->\n", "<!-- end -->"
    before, *others = text.split(begin)
    if len(others) != 1 or end not in others[0]:
        raise SystemExit(f"{file.name} has {len(others)} marks {mark!r}, must have one")
    after = others[0].partition(end)[2]
    file.write_text(f"{before}{begin}{content}\n{end}{after}", "utf-8")


def main(words: Sequence[str]) -> None:
    """Write the page of a run that is over."""
    report = json.loads(Path(words[0]).read_text("utf-8"))
    print(*(f"wrote {path}" for path in write_page(report)), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
