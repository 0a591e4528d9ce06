"""Swap one mechanism: what a responder would show if the tumour made the IL-6."""

import sys
from pathlib import Path

import pdmodel

QUANTITIES = ["il6_fold", "tnf_fold", "SPD", "activated_effectors"]


def main(folder: str = ".") -> Path:
    """Draw a responder under both hypotheses and return the path of the figure."""
    reference = pdmodel.load("reference")
    rival = reference.swap("il6_from_tumour", name="tumour_il6")
    responder = pdmodel.load_patient("responder")
    runs = {
        label: pdmodel.simulate(
            model, "10 mg daily", days=168, patient=responder, quantities=QUANTITIES
        )
        for label, model in {"IL-6 from stroma": reference, "IL-6 from tumour": rival}.items()
    }
    figure = pdmodel.plots.plot_runs(runs, QUANTITIES)
    return pdmodel.plots.save(figure, Path(folder) / "swap_mechanism.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
