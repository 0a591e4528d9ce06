"""Compare schedules: does a slow ramp spare neutrophils without costing responses?"""

import sys
from dataclasses import replace
from pathlib import Path

import pdmodel
from fits.schedules import lenalidomide
from pdmodel.trial import Cycle, run_search

NO_STEROID = {"": pdmodel.Regimen()}


def main(folder: str = ".") -> Path:
    """Compare 10 and 25 mg at once and by ramps, and return the path of the figure."""
    search = replace(
        lenalidomide, doses=(10, 25), cycles=(Cycle(),), ramps=(0, 14, 28), steroids=NO_STEROID
    )
    found = run_search(search, patients=64, seed=1)
    print(found.table[["label", "benefit", "harm", "front"]].to_string(index=False))
    print(found.best[["type", "patients", "label", "note"]].to_string(index=False))
    table = found.table.assign(family=[f"{ramp:g} days a step" for ramp in found.table["ramp"]])
    figure = pdmodel.plots.pareto(table, benefit="Response rate", harm="Rate of neutropenia 3-4")
    return pdmodel.plots.save(figure, Path(folder) / "compare_schedules.png")


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
