"""Every shipped model under five regimens as SBML, against libRoadRunner."""

from __future__ import annotations

import pdmodel
from tests.equations.published import MODELS
from tests.interchange.roadrunner_run import largest_difference

PACK = "pack 24-20-16-12 mg methylprednisolone after 1.5 days"
REGIMENS = (
    "no drug", "10 mg daily", "25 mg days 1-21 of 28", "ramp 5-10-15 mg every 28 days",
    f"10 mg daily in 2 doses + {PACK}",
)  # fmt: skip
BAR = 1e-5
_DAYS = 60


def run_exports() -> dict[tuple[str, str], float]:
    """Return how far libRoadRunner is from us by model and regimen; each file passes all checks."""
    return {
        (name, regimen): largest_difference(pdmodel.load(name), regimen, _DAYS)
        for name in MODELS
        for regimen in REGIMENS
    }


def export_table(differences: dict[tuple[str, str], float]) -> str:
    """Return what became of the exports, as text."""
    worst = max(differences, key=lambda case: differences[case])
    good = sum(difference < BAR for difference in differences.values())
    return (
        f"SBML out: {good} of {len(differences)} models and regimens are valid, units too, within "
        f"{BAR:g} of libRoadRunner; the worst {differences[worst]:.1e} ({worst[0]}, {worst[1]})"
    )
