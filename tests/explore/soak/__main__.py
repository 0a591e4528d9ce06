"""All models of the catalogue, a server each, from two browsers at once.

`python -m tests.explore.soak --states 2000 --seed 1` prints a line a model, a line for every answer
that is not that of `simulate`, and at last how many states were asked. It returns 1 if an answer
was wrong or a server did not live.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from pdmodel import catalogue
from tests.explore.soak.asking import Browser, Soaked, served, soak


def main() -> int:
    """Ask every model its share of the states."""
    asked = _arguments()
    names = asked.model or [*catalogue.models()]
    begun, total, wrong = time.monotonic(), 0, 0
    for number, name in enumerate(names):
        share = (asked.states * (number + 1)) // len(names) - (asked.states * number) // len(names)
        if not share:
            continue
        soaked, grown = _one(name, share, asked.seed + number)
        total, wrong = total + soaked.states, wrong + len(soaked.faults)
        print(
            f"{name}: {soaked.states} states, {soaked.refused} refused, {soaked.failed} patients "
            f"failed, {len(soaked.faults)} wrong; the server grew by {grown:.0f} MB", flush=True,
        )  # fmt: skip
        for fault in soaked.faults:
            print(f"  {fault}", flush=True)
    print(
        f"{total} states of {len(names)} models, {wrong} wrong ({time.monotonic() - begun:.0f} s)"
    )
    return 1 if wrong else 0


def _one(name: str, states: int, seed: int) -> tuple[Soaked, float]:
    """Soak one model; return also by how much its server grew, in MB."""
    with served(name) as (address, process):
        browsers = [Browser(address) for _ in range(2)]
        facts = browsers[0].facts()
        browsers[0].ask(facts["view"])  # compiled by now
        before = _memory(process)
        soaked = soak(catalogue.load(name), facts, [each.ask for each in browsers], states, seed)
        status, _ = Browser(address).ask(facts["view"])
        assert status == 200, f"the server of {name} does not answer any more"
        return soaked, _memory(process) - before


def _memory(process: int) -> float:
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return 0.0
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.explore.soak", description=__doc__)
    parser.add_argument("--states", type=int, default=2000, help="how many, over all models")
    parser.add_argument("--seed", type=int, default=1, help="which; any whole number")
    parser.add_argument("--model", action="append", help="only this; may be given again")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
