"""Run the suites and print tables: `python -m tests.conformance [--cases 00001,00002] [-v]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from tests.conformance import petab_cases, sbml_out_cases
from tests.conformance.semantic_cases import CaseOutcome, SemanticCase, run_case, unpack


def main() -> int:
    """Run the cases of SBML and PEtab; return 1 where one is wrong or failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("--cases", default="", help="numbers of cases, separated by commas")
    parser.add_argument("--plain", action="store_true", help="only plain cases")
    parser.add_argument("--petab", action="store_true", help="only PEtab's problems")
    parser.add_argument("--sbml", action="store_true", help="only cases of SBML")
    parser.add_argument("-v", "--verbose", action="store_true", help="print what becomes of each")
    wanted = parser.parse_args()
    root = Path(__file__).parents[2]
    external = Path(os.environ.get("PDMODEL_EXTERNAL", root / ".." / "shared" / "external"))
    if not external.is_dir():
        sys.exit("no external cases here; PDMODEL_EXTERNAL names their folder")
    with tempfile.TemporaryDirectory() as folder:
        names = {name for name in wanted.cases.split(",") if name}
        cases = unpack(external, Path(folder), frozenset(names) or None)
        chosen = [case for case in cases if case.plain or not wanted.plain]
        outcomes = [] if wanted.petab else _semantic(chosen, verbose=wanted.verbose)
        bad = any(one.outcome in ("wrong", "failed") for one in outcomes)
        if outcomes:
            print(table(outcomes), flush=True)
        if not (names or wanted.petab):
            bad |= _exports()
        if not (names or wanted.sbml):
            bad |= _petab(external, Path(folder))
    return int(bad)


def _semantic(cases: list[SemanticCase], *, verbose: bool) -> list[CaseOutcome]:
    """Run cases of SBML."""
    outcomes = []
    for case in cases:
        outcomes.append(run_case(case))
        if verbose:
            one = outcomes[-1]
            print(case.name, one.outcome, f"{one.seconds:.3f} s", one.reason, flush=True)
    return outcomes


def _exports() -> bool:
    """Write every model under five regimens and run it elsewhere; return whether one is off."""
    differences = sbml_out_cases.run_exports()
    print(sbml_out_cases.export_table(differences), flush=True)
    return not all(one < sbml_out_cases.BAR for one in differences.values())


def _petab(external: Path, folder: Path) -> bool:
    """Run PEtab's suite and benchmark problems; return whether one is wrong."""
    suite = [petab_cases.run_case(file) for file in petab_cases.suite_files(external, folder)]
    print(petab_cases.suite_table(suite))
    files = petab_cases.benchmark_files(external, folder / "benchmark")
    problems = [petab_cases.run_benchmark(name, file) for name, file in files.items()]
    print(petab_cases.benchmark_table(problems))
    return not all(one.passed for one in suite) or not all(one.passed for one in problems)


def table(outcomes: list[CaseOutcome]) -> str:
    """Return what became of the cases, as text."""
    counts = Counter(one.outcome for one in outcomes)
    plain = [one for one in outcomes if one.case.plain]
    good = sum(one.outcome == "passed" for one in plain)
    lines = [
        f"SBML semantic cases: {counts['passed']} of {len(outcomes)} pass "
        f"({good} of {len(plain)} plain ones)"
    ]
    reasons = Counter(one.reason for one in outcomes if one.outcome == "refused")
    lines += [f"  refused, {reason}: {count}" for reason, count in reasons.most_common()]
    for kind in ("wrong", "failed"):
        some = [one for one in outcomes if one.outcome == kind]
        lines.append(f"  {kind}: {len(some)}")
        lines += [f"    {one.case.name}: {one.reason[:300]}" for one in some]
    times = [one.seconds * 1e3 for one in outcomes if one.outcome == "passed"]
    if times:
        slow = np.percentile(times, [50, 90, 100])
        lines.append(
            "  processor time with reading and compiling, ms: median {:.0f}, 90 % within {:.0f}, "
            "longest {:.0f}".format(*slow)
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
