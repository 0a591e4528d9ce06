"""Take a model from an SBML file, and swap one of its reactions for a rival: killing saturates."""

import sys
from pathlib import Path

import pdmodel

FILE = Path(__file__).parent / "data" / "tumour_effectors.xml"


def main(folder: str = ".") -> Path:
    """Draw both hypotheses and return the path of the figure."""
    model = pdmodel.read_sbml(FILE)
    q = model.vocabulary
    rate, tumour, effectors = q["kill"].symbol, q["tumour"].symbol, q["effectors"].symbol
    saturating = pdmodel.Mechanism(
        "kill_saturating",
        slot="kill",
        claim="an effector kills only so many tumour cells a day",
        refuted_by="killing by an effector that goes on rising with the tumour",
        defines={rate: q["killing"].symbol * effectors * tumour / (1 + tumour / 10)},
        processes={"kill": {tumour: -rate}},
    )
    runs = {
        label: pdmodel.simulate(one, days=60, smooth=True)
        for label, one in {"killing": model, "saturating": model.swap(saturating)}.items()
    }
    figure = pdmodel.plots.plot_runs(runs, ["tumour", "effectors"])
    return pdmodel.plots.save(figure, Path(folder) / "swap_sbml_reaction.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
