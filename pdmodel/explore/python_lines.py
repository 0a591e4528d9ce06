"""The lines that reproduce a view in Python, and the table that they must reproduce."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pdmodel.engine import simulate
from pdmodel.explore.view import View
from pdmodel.model import Model

_POINTS = 337


def python_lines(view: View, reference: str) -> str:
    """Return Python that simulates what a view shows.

    Parameters
    ----------
    view
        What the page shows.
    reference
        The model as it was named on the command line.

    Examples
    --------
    >>> from pdmodel.explore.view import ShownPatient
    >>> patient = ShownPatient("a", "", {})
    >>> view = View({}, {"k": 2.0}, [patient], "1 mg d daily", 7.0, ["x"], "x", "a")
    >>> print(python_lines(view, "decay").splitlines()[-1])
    print(table)
    """
    swaps = [f"model = model.swap({name!r})" for name in view.swaps.values()]
    patients = [f"    {p.name!r}: {dict(p.values)!r}," for p in view.patients]
    return "\n".join(
        [
            "import numpy as np", "import pandas as pd", "", "import pdmodel", "",
            f"model = pdmodel.load({reference!r})", *swaps,
            f"values = {dict(view.values)!r}",
            "patients = {", *patients, "}",
            f"days = np.linspace(0, {view.days!r}, {_POINTS})",
            f"quantities = {list(view.quantities)!r}",
            "runs = {",
            "    name: pdmodel.simulate(",
            f"        model, {view.schedule!r}, days={view.days!r}, times=days,",
            "        patient={**values, **own}, quantities=quantities,",
            "    )",
            "    for name, own in patients.items()",
            "}",
            "table = pd.concat(",
            "    {",
            "        name: pd.DataFrame({q: run[q] for q in quantities}, index=days)",
            "        for name, run in runs.items()",
            "    },",
            '    names=["patient", "day"],',
            ")",
            "print(table)", "",
        ]
    )  # fmt: skip


def table_of(view: View, model: Model) -> pd.DataFrame:
    """Return the courses that a view shows, as the Python lines compute them.

    Parameters
    ----------
    view
        What the page shows.
    model
        The model with the mechanisms of the view.

    Returns
    -------
    pandas.DataFrame
        Patient and day as index, a column a quantity.

    Raises
    ------
    PdmodelError
        If a patient cannot be simulated.
    """
    days = np.linspace(0, view.days, _POINTS)
    tables = {}
    for patient in view.patients:
        run = simulate(
            model, view.schedule, days=view.days, times=days,
            patient={**view.values, **patient.values}, quantities=view.quantities,
        )  # fmt: skip
        columns = {name: run[name].values for name in view.quantities}
        tables[patient.name] = pd.DataFrame(columns, index=days)
    return pd.concat(tables, names=["patient", "day"])
