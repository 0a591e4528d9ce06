"""Why do fewer respond to 25 mg than were reported? Case mix, holding rules, the week off."""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

import pdmodel
from fits.trials import HOLD, high_dose, relapsed_cll
from pdmodel.trial import Cycle

AS_IT_IS, UNREDUCED = high_dose.protocol, replace(HOLD, reduce=0)
MORE_TONE = replace(relapsed_cll.spreads["tone"], median=1.3 * 1.12)
CHANGES = {
    "as it is": (relapsed_cll, AS_IT_IS),
    "inflammatory tone x1.3": (relapsed_cll.with_spreads(tone=MORE_TONE), AS_IT_IS),
    "resumed at the full dose": (relapsed_cll, AS_IT_IS.with_(rules=(UNREDUCED,))),
    "never held": (relapsed_cll, AS_IT_IS.with_(rules=())),
    "no week off": (relapsed_cll, AS_IT_IS.with_(cycle=Cycle())),
}


def main(folder: str = ".", patients: int | str = 64) -> Path:
    """Print the rates after each change and return the path of a forest of them."""
    tables = {}
    for name, (population, protocol) in CHANGES.items():
        trial = high_dose.with_(population=population, protocol=protocol)
        tables[name] = trial.run(int(patients), seed=1).table
    rates = {name: table.set_index("id")["model"] for name, table in tables.items()}
    print(pd.DataFrame(rates).T[["orr_25", "neutropenia_25", "flare_25"]].round(2).to_string())
    shown = {name: table[table["id"].isin(["orr_25"])] for name, table in tables.items()}
    figure = pdmodel.plots.pattern_forest(shown)
    return pdmodel.plots.save(figure, Path(folder) / "high_dose_miss.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:3]))
