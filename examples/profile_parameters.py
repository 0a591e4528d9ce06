"""Profile two parameters: how well does one week of cytokines fix what drives IL-6?"""

import sys
from pathlib import Path

import pdmodel

FREE = ["il6_induction", "tolerance_tnf"]  # gain of IL-6, and where tolerance to TNF-alpha begins


def main(folder: str = ".") -> Path:
    """Fit the IL-6 and TNF-alpha targets, profile both and return the path of the figure."""
    published = pdmodel.read_targets("response.csv")
    targets = [target for target in published if target.observable in ("il6", "tnf")]
    problem = pdmodel.FitProblem(
        "reference", targets, "10 mg daily", days=28, differ=["tone"], free=FREE
    )
    fitted = problem.run(starts=1, seed=1, max_evaluations=60)
    profile = pdmodel.run_profile(problem, fitted, FREE)
    print(profile.report())
    return pdmodel.plots.save(
        pdmodel.plots.profile_grid(profile), Path(folder) / "profile_parameters.png"
    )


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
