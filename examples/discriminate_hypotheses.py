"""Brake, survival factor or marker: what would tell the roles of IL-6 apart?"""

import sys
from pathlib import Path

import pdmodel
from fits.comparisons import response
from pdmodel.hypotheses import choose_arms, discriminate, read_assays

ROLES = ("reference", "il6_survival", "il6_marker")


def main(folder: str = ".", members: int | str = 4) -> Path:
    """Print the most telling measurements and return the path of what they would show."""
    chosen = response.choose(ROLES)
    # Without a fit at hand: the declared values, which show all that was reported.
    fits = {one.name: response.problem(one).params.valuesdict() for one in chosen}
    found = discriminate(
        response, chosen, fits, read_assays(near=response),
        choose_arms(response, ["il6_blockade", "tnf_blockade"]), control="drug_alone",
        members=int(members),
    )  # fmt: skip
    for row in found.best().itertuples():
        print(f"power {row.power:.2f}: {row.measurement}")
    return pdmodel.plots.save(
        pdmodel.plots.diverging(found), Path(folder) / "discriminate_hypotheses.png"
    )


if __name__ == "__main__":
    print(main(*sys.argv[1:3]))
