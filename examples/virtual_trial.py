"""Run a trial of your own: 10 mg daily, stopped at progression, half the dose in weak kidneys."""

import sys
from pathlib import Path

import pdmodel
from fits.trials import phase2
from pdmodel.trial import Hold, Protocol, Reduce, Stop

PROTOCOL = Protocol(
    "careful",
    "10 mg daily, less in weak kidneys, stopped at progression",
    start=10,
    rules=(
        Reduce("creatinine_clearance", below=50, share=0.5),
        Hold("ANC", below=0.5, resume=1.0),
        Stop("SPD", fold=1.5, after=56),
    ),
    days=168,
)


def main(folder: str = ".") -> Path:
    """Treat 64 patients, print what happened to them, and return the path of the waterfall."""
    trial = phase2.with_(name="careful", protocol=PROTOCOL)
    result = trial.run(patients=64, seed=1)
    print(PROTOCOL.describe())
    print(result.outcomes[["responder", "flare", "neutropenia_3_4", "progressed"]].mean().round(2))
    figure = pdmodel.plots.waterfall(result.outcomes, trial.endpoints)
    return pdmodel.plots.save(figure, Path(folder) / "virtual_trial.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
