"""Sample a posterior (extra `bayes`): what four weeks of cytokines leave open, and predict."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pdmodel

FREE = ["il6_induction", "tolerance_tnf"]  # gain of IL-6, and where tolerance to TNF-alpha begins


def main(folder: str = ".") -> Path:
    """Sample tone, gain and tolerance within their bounds; return the path of the figure."""
    published = pdmodel.read_targets("response.csv")
    targets = [t for t in published if t.observable in ("il6", "tnf") and t.group != "myeloma_like"]
    problem = pdmodel.FitProblem(
        "reference", targets, "10 mg daily", days=28, differ=["tone"], free=FREE
    )
    plan = pdmodel.NestedPlan(live=16, runs=1, seed=1, draws=200)  # a real one: 64 or more, twice
    with TemporaryDirectory() as place:  # a killed run would be resumed from a folder that stays
        posterior = pdmodel.sample_posterior(problem, place, plan)
    print(f"log evidence {posterior.tree.attrs['log_evidence']:.1f}")
    print(posterior.parameters.round(3).to_string(index=False))
    return pdmodel.plots.save(
        pdmodel.plots.posterior_bands(posterior), Path(folder) / "posterior_bands.png"
    )


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
