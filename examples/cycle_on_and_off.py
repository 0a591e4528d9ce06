"""Draw two cycles of 25 mg on days 1-21 of 28 with and without the newer rival mechanisms."""

import sys
from pathlib import Path

import pdmodel

QUANTITIES = ["blood_cll", "SPD", "il6_fold", "node_swelling", "ANC", "t_cells"]
CHAIN = ("cd80_over_days", "drive_by_costimulation", "desensitisation_by_signal")
MARROW = ("marrow_inhibition_by_ikaros", "marrow_with_reserve")
VARIANTS = {
    "reference": (),
    "kept in tissue, flare by CD80, reserve": ("retained_in_tissue", *CHAIN, *MARROW),
    "released to blood, flare by CD80, reserve": ("released_to_blood", *CHAIN, *MARROW),
}


def main(folder: str = ".") -> Path:
    """Draw a nonresponder with a 7 cm node and return the path of the figure."""
    runs = {}
    for label, names in VARIANTS.items():
        model = pdmodel.load("reference")
        for name in names:
            model = model.swap(name)
        runs[label] = pdmodel.simulate(
            model,
            "25 mg days 1-21 of 28",
            days=56,
            patient=pdmodel.load_patient("node_7cm"),
            quantities=QUANTITIES,
        )
    return pdmodel.plots.save(
        pdmodel.plots.plot_runs(runs, QUANTITIES), Path(folder) / "cycle_on_and_off.png"
    )


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
