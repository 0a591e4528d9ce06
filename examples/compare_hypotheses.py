"""Which of three mechanisms explains responders and nonresponders? A small comparison."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pdmodel
from fits.comparisons import response
from pdmodel.hypotheses import ComparisonSettings, compare

HYPOTHESES = ("reference", "no_tolerance", "reference@il6_inducibility")


def main(folder: str = ".", patients: int | str = 32) -> Path:
    """Print the verdicts and return the path of the map of hypotheses and targets."""
    plan = ComparisonSettings(
        starts=1, patients=int(patients), max_evaluations=30, refit_evaluations=5
    )
    with TemporaryDirectory() as place:  # Name a folder of your own to keep the fits and go on.
        result = compare(response, HYPOTHESES, plan=plan, out=Path(place))
    for name, verdict in result.verdicts.items():
        print(f"{name}: {verdict.words}")
    kinds = {name: verdict.kind for name, verdict in result.verdicts.items()}
    figure = pdmodel.plots.hypothesis_map(result.misses, kinds)
    return pdmodel.plots.save(figure, Path(folder) / "compare_hypotheses.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:3]))
