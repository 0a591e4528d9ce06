"""What files of others hold and no test suite has: starts left out, roots of 0, huge numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pdmodel
from pdmodel.interchange import read_sbml
from tests.interchange.sbml_reading.written_files import (
    DECAY,
    TIME,
    apply,
    maths,
    parameter,
    written,
)


def moved(rate: str, start: float = 0, more: str = "") -> str:
    """Return a file in which x moves at a rate; `more` are further parameters."""
    return (
        f"<listOfParameters>{parameter('x', str(start), False)}{more}</listOfParameters>"
        f'<listOfRules><rateRule variable="x">{maths(rate)}</rateRule></listOfRules>'
    )


def x_at(folder: Path, body: str, *times: float) -> list[float]:
    """Return x of a file at times."""
    model = read_sbml(written(folder, body), time_unit="day")
    run = pdmodel.simulate(model, days=max(times), times=list(times), rtol=1e-9)
    return list(run["x"].values.tolist())


def test_starts_and_sizes_that_are_not_said(tmp_path: Path) -> None:
    """A species begins at 0 and a compartment has 1, as libRoadRunner has it, and as assumed."""
    body = DECAY.replace(' size="2"', "").replace(' initialAmount="0"', "")
    model = read_sbml(written(tmp_path, body))
    assert (model.defaults["c"], model.defaults["initial_B"]) == (1, 0)
    assert model.vocabulary["c"].status == model.vocabulary["initial_B"].status == "assumed"
    assert model.vocabulary["initial_A"].status == "reported"
    run = pdmodel.simulate(model, days=2, times=[2], rtol=1e-9)
    assert run["B"].values == pytest.approx(6 - 6 * np.exp(-1), rel=1e-7)


@pytest.mark.parametrize("exponent", ["0.5", "h"])
def test_roots_of_what_begins_at_zero(exponent: str, tmp_path: Path) -> None:
    """`x' = 2 sqrt(x) + 2` runs from 0, where the slope of the root is infinite."""
    rate = apply("plus", apply("times", "2", apply("power", "x", exponent)), "2")
    found = x_at(tmp_path, moved(rate, more=parameter("h", "0.5")), 2.0)[0]
    root = np.sqrt(found)  # t = sqrt(x) - ln(1 + sqrt(x))
    assert root - np.log(1 + root) == pytest.approx(2.0, rel=1e-6)


def test_absolute_values_of_powers(tmp_path: Path) -> None:
    """SymPy would write `abs(x**n)` with parts of complex numbers, which do not compile."""
    rate = apply("minus", apply("abs", apply("power", "x", "n")))
    assert x_at(tmp_path, moved(rate, 1, parameter("n", "2")), 3.0) == pytest.approx([0.25])


def test_branches_of_time_beside_branches_of_states(tmp_path: Path) -> None:
    """A piecewise may ask for the time first, and for a state then."""
    rate = (
        f"<piecewise><piece><cn>1</cn>{apply('lt', TIME, '2')}</piece>"
        f"<piece><cn>2</cn>{apply('lt', 'x', '4')}</piece><otherwise><cn>0.5</cn></otherwise>"
        "</piecewise>"
    )
    assert x_at(tmp_path, moved(rate), 2.0, 3.0, 5.0) == pytest.approx([2.0, 4.0, 5.0])


@pytest.mark.parametrize(
    "number", [apply("power", "10", apply("power", "10", "9")), apply("factorial", "1000000")]
)
def test_numbers_with_millions_of_digits(number: str, tmp_path: Path) -> None:
    """They are infinite, and at once: nothing is worked out digit by digit."""
    assert x_at(tmp_path, moved(apply("divide", "3", number), 2), 1.0) == [2.0]


WHOLE = apply("times", "tau", apply("floor", apply("divide", TIME, "tau")))


def test_whole_parts_of_periods_that_are_parameters(tmp_path: Path) -> None:
    """x grows in the first two days of each period of `tau` days."""
    since = apply("minus", TIME, WHOLE)
    rate = (
        f"<piecewise><piece><cn>1</cn>{apply('lt', since, '2')}</piece>"
        "<otherwise><cn>0</cn></otherwise></piecewise>"
    )
    body = moved(rate, 0, parameter("tau", "6"))
    assert x_at(tmp_path, body, 1.0, 5.0, 7.0, 20.0) == pytest.approx([1.0, 2.0, 3.0, 8.0])


# Algebraic rules without a solution in symbols --------------------------------------------------

_WITHOUT = apply("minus", apply("times", "y", apply("exp", apply("sin", "y"))), "x")


def implicit(more: str = "", start: str = "0.4") -> str:
    """Return a file in which x falls and y follows `y exp(sin(y)) = x`."""
    body = moved(apply("minus", apply("times", "k", "x")), 1, parameter("k", "0.5"))
    body = body.replace("</listOfParameters>", parameter("y", start, False) + "</listOfParameters>")
    rule = f"<algebraicRule>{maths(_WITHOUT)}</algebraicRule></listOfRules>{more}"
    return body.replace("</listOfRules>", rule)


def test_rules_without_a_solution_are_followed(tmp_path: Path) -> None:
    """The start is where the rule holds, near the number of the file, and it holds ever after."""
    model = read_sbml(written(tmp_path, implicit()))
    for k in (0.5, 2.0):
        run = pdmodel.simulate(model, days=5, rtol=1e-9, patient={"k": k})
        x, y = run["x"].values, run["y"].values
        assert y * np.exp(np.sin(y)) == pytest.approx(x, abs=1e-8)
        assert x[-1] == pytest.approx(np.exp(-5 * k), rel=1e-6)


def test_what_such_a_rule_begins_with_stays(tmp_path: Path) -> None:
    """Its start was sought for the numbers of the file; other numbers, or events, are refused."""
    model = read_sbml(written(tmp_path, implicit()))
    with pytest.raises(pdmodel.PdmodelError, match="unknown parameter 'initial_x'"):
        pdmodel.simulate(model, days=1, patient={"initial_x": 2.0})
    trigger = '<trigger initialValue="true" persistent="true">{}</trigger>'
    event = (
        '<listOfEvents><event id="e" useValuesFromTriggerTime="true">'
        + trigger.format(maths(apply("gt", TIME, "1")))
        + '<listOfEventAssignments><eventAssignment variable="x">'
        + maths("<cn>1</cn>")
        + "</eventAssignment></listOfEventAssignments></event></listOfEvents>"
    )
    with pytest.raises(pdmodel.PdmodelError, match=r"algebraic rule 1: .* an event sets 'x'"):
        read_sbml(written(tmp_path, implicit(event)))
    with pytest.raises(pdmodel.PdmodelError, match="algebraic rule 1: y needs a value, near which"):
        read_sbml(written(tmp_path, implicit(start="")))
