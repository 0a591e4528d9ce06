"""Simulate a regimen: 10 mg daily with a steroid pack, in a responder and a nonresponder."""

import sys
from pathlib import Path

import pdmodel

REGIMEN = "10 mg daily + pack 24-20-16-12-8-4 mg methylprednisolone in 2 doses after 1.5 days"


def main(folder: str = ".") -> Path:
    """Draw both patients over 24 weeks and return the path of the figure."""
    model = pdmodel.load("reference")
    runs = {
        name: pdmodel.simulate(model, REGIMEN, days=168, patient=pdmodel.load_patient(name))
        for name in ("responder", "nonresponder")
    }
    return pdmodel.plots.save(pdmodel.plots.plot_runs(runs), Path(folder) / "simulate_regimen.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
