"""Random models and doses against the reference, for as long as there is time.

`python -m tests.differential --seconds 600 --seed 7` prints a line for every mismatch, with what
repeats it (`--seed 7 --case 1234`), and at last `N cases, M mismatches, R refused`.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.differential.asking import KINDS, Answer, ask


def main() -> int:
    """Run cases until the time is up; return 1 if there is a mismatch."""
    asked = _arguments()
    verdicts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    begun = time.monotonic()
    for number, answer in _answers(asked):
        verdicts[answer.verdict] += 1
        if answer.verdict == "mismatch":
            print(f"--seed {asked.seed} --case {number}: {answer.kind}: {answer.words}", flush=True)
        elif answer.words:
            reasons[f"{answer.kind} {answer.verdict}: {answer.words[:80]}"] += 1
    for reason, count in reasons.most_common():
        print(f"{count:6d} {reason}")
    print(
        f"{verdicts.total()} cases, {verdicts['mismatch']} mismatches, {verdicts['refused']} "
        f"refused ({verdicts['unsure']} without a reference, {time.monotonic() - begun:.0f} s)"
    )
    return 1 if verdicts["mismatch"] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.differential", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long")
    parser.add_argument("--seed", type=int, default=1, help="which cases; any whole number")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--cases", type=int, default=sys.maxsize, help="at most so many")
    parser.add_argument("--case", type=int, help="this one only, such as a mismatch")
    parser.add_argument("--kind", choices=sorted({*KINDS}), help="one kind of question only")
    return parser.parse_args()


def _answers(asked: argparse.Namespace) -> Iterator[tuple[int, Answer]]:
    """Yield cases and how they went, until time or number is used up."""
    if asked.case is not None:
        yield asked.case, ask(asked.seed, asked.case)
        return
    deadline = time.monotonic() + asked.seconds
    wanted = (
        number
        for number in itertools.count(asked.first)
        if asked.kind in (None, KINDS[number % len(KINDS)])
    )
    for number in itertools.islice(wanted, asked.cases):
        if time.monotonic() > deadline:
            return
        yield number, ask(asked.seed, number)


if __name__ == "__main__":
    sys.exit(main())
