"""Rival mechanisms on the same data: does IL-6 of six patients need tolerance, do they say?"""

import sys
from pathlib import Path

import pdmodel
from pdmodel.hypotheses import compare_on_data

DATA = Path(__file__).parent / "data" / "il6_synthetic.csv"  # synthetic: no patient was measured
RIVALS = ["reference", "no_tolerance", "shallow_tolerance"]


def main(folder: str = ".") -> Path:
    """Fit each rival, print AICc and BIC, and return the path of the figure."""
    question = pdmodel.Question(
        "rivals",
        "Which mechanism explains these courses?",
        data=DATA,
        observed={"IL6": "il6"},
        own=["tone"],
        free=["il6_induction"],
    )
    result = compare_on_data(question, RIVALS, starts=1)
    print(result.report())
    figure = pdmodel.plots.data_rivals(result)
    return pdmodel.plots.save(figure, Path(folder) / "compare_on_data.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
