"""Every shipped model under five regimens as SBML, against libRoadRunner and COPASI."""

from __future__ import annotations

from importlib.util import find_spec

import pdmodel
from tests.equations.published import MODELS
from tests.interchange.copasi_run import copasi_values
from tests.interchange.roadrunner_run import Simulator, largest_difference, roadrunner_values

PACK = "pack 24-20-16-12 mg methylprednisolone after 1.5 days"
REGIMENS = (
    "no drug", "10 mg daily", "25 mg days 1-21 of 28", "ramp 5-10-15 mg every 28 days",
    f"10 mg daily in 2 doses + {PACK}",
)  # fmt: skip
BAR = 1e-5
_DAYS = 60


def programs() -> dict[str, Simulator]:
    """Return the programs that are installed, by name."""
    known = {
        "libRoadRunner": ("roadrunner", roadrunner_values),
        "COPASI": ("basico", copasi_values),
    }
    return {name: run for name, (package, run) in known.items() if find_spec(package)}


def run_exports() -> dict[tuple[str, str, str], float]:
    """Return how far each program is from us by model and regimen; each file passes all checks."""
    return {
        (program, name, regimen): largest_difference(
            pdmodel.load(name), regimen, _DAYS, theirs_of=run
        )
        for program, run in programs().items()
        for name in MODELS
        for regimen in REGIMENS
    }


def export_table(differences: dict[tuple[str, str, str], float]) -> str:
    """Return what became of the exports, as text, a line a program."""
    return "\n".join(
        _line(program, differences) for program in {case[0]: 1 for case in differences}
    )


def _line(program: str, differences: dict[tuple[str, str, str], float]) -> str:
    own = {case[1:]: size for case, size in differences.items() if case[0] == program}
    worst = max(own, key=lambda case: own[case])
    good = sum(size < BAR for size in own.values())
    return (
        f"SBML out: {good} of {len(own)} models and regimens are valid, units too, within "
        f"{BAR:g} of {program}; the worst {own[worst]:.1e} ({worst[0]}, {worst[1]})"
    )
