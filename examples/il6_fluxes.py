"""Draw the fluxes of IL-6: which process raises it in a nonresponder, and when."""

import sys
from pathlib import Path

import pdmodel


def main(folder: str = ".") -> Path:
    """Draw the first four weeks on 10 mg daily and return the path of the figure."""
    run = pdmodel.simulate(
        pdmodel.load("reference"),
        "10 mg daily",
        days=28,
        patient=pdmodel.load_patient("nonresponder"),
        quantities=["il6"],
    )
    fluxes = pdmodel.flux_table(run, "il6", every=1)  # the mean of each day
    axes = pdmodel.plots.plot_fluxes(fluxes, title="IL-6 in plasma, nonresponder, 10 mg daily")
    return pdmodel.plots.save(axes, Path(folder) / "il6_fluxes.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
