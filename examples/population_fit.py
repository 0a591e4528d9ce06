"""A population fit: how IL-6 of six patients is typical, how they differ, and whether it fits."""

import sys
from pathlib import Path

import pdmodel

DATA = Path(__file__).parent / "data" / "il6_synthetic.csv"  # synthetic: no patient was measured


def main(folder: str = ".") -> Path:
    """Fit typical values and spreads, and return the path of the visual predictive check."""
    problem = pdmodel.FitProblem(
        "reference", data=DATA, observed={"IL6": "il6"}, own=["tone"], free=["il6_induction"]
    )
    result = problem.run(method="population", simulations=100, check_simulations=200)
    print(result.report())
    print(result.individuals.round(2))
    figure = pdmodel.plots.visual_check(result.checked, result)
    return pdmodel.plots.save(figure, Path(folder) / "population_fit.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
