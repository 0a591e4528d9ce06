"""Fit your own data: IL-6 of six patients on their own doses, each with a tone of its own."""

import sys
from pathlib import Path

import pdmodel

DATA = Path(__file__).parent / "data" / "il6_synthetic.csv"  # synthetic: no patient was measured


def main(folder: str = ".") -> Path:
    """Fit, print what was found, two tones with 90 % intervals; return the path of the figure."""
    problem = pdmodel.FitProblem(
        "reference",
        data=DATA,
        observed={"IL6": "il6"},
        error={"il6": pdmodel.LogNormalError()},
        own=["tone"],
        free=["il6_induction"],
    )
    result = problem.run(method="each", starts=1)
    print(result.report())
    tones = [name for name in problem.free if name.startswith("tone")][:2]
    print(pdmodel.run_profile(problem, result, tones, level=0.9).report())
    figure = pdmodel.plots.individual_panels(result, "il6")
    return pdmodel.plots.save(figure, Path(folder) / "fit_own_data.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
