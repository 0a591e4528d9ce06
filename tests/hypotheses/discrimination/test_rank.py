"""What would decide: ensembles that are consistent, experiments argued before, the folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fits.comparisons import response
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.hypotheses import Discrimination, Intervention, discriminate, read_assays
from pdmodel.hypotheses.discrimination.arms import choose_arms
from pdmodel.hypotheses.discrimination.ensemble import draw_ensemble
from pdmodel.hypotheses.verdicts.misses import target_misses
from pdmodel.inference.problem.parameters import linear_values
from pdmodel.plots import image
from pdmodel.plots.hypotheses.diverging import diverging, power_chart

NAMES = ("reference", "il6_survival", "il6_marker", "inducibility")


def declared(name: str) -> dict[str, float]:
    """Return the declared values of a hypothesis, which show nearly everything."""
    return linear_values(response.problem(response.choose([name])[0]).settings, {})


@pytest.fixture(scope="module")
def found() -> Discrimination:
    """Return four hypotheses told apart with few parameter sets."""
    return discriminate(
        response, response.choose(NAMES), {name: declared(name) for name in NAMES},
        read_assays(near=response),
        choose_arms(response, ["il6_blockade", "tnf_blockade", "steroid_prophylaxis"]),
        control="drug_alone", members=4, seed=2,
    )  # fmt: skip


def predicted(found: Discrimination, assay: str, arm: str, group: str, day: float) -> dict:
    """Return what each hypothesis predicts of a contrast to the control."""
    table = found.table
    row = table[
        (table["assay"] == assay) & (table["arm"] == arm) & (table["group"] == group)
        & (table["day"] == day)
    ]  # fmt: skip
    return {name: float(row[name].iloc[0]) for name in NAMES}


def test_members_are_consistent() -> None:
    """No member misses a target by more than its edge; the first is the fit itself."""
    problem = response.problem(response.choose(["reference"])[0])
    values = declared("reference")
    ensemble = draw_ensemble(problem, values, members=4, seed=1)
    assert ensemble.members.iloc[0].to_dict() == values
    for row in ensemble.members.to_dict("records")[1:]:
        measured = problem.measure(row)
        shown = {t.id: m.value for t, m in zip(problem.targets, measured, strict=True)}
        assert all(miss.by <= 1 for miss in target_misses(problem.targets, shown))
    again = draw_ensemble(problem, values, members=4, seed=1)
    np.testing.assert_array_equal(again.members, ensemble.members)


def test_il6_blockade_tells_the_roles_of_il6(found: Discrimination) -> None:
    """Argued before: nodes shrink more where IL-6 brakes or protects, and alike where it marks."""
    told = predicted(found, "nodes", "il6_blockade", "nonresponder", 168.0)
    assert told["reference"] < 0.8
    assert told["il6_survival"] < 0.8
    assert told["il6_marker"] == pytest.approx(1.0, abs=1e-3)


def test_tnf_blockade_tells_tolerance_from_a_trait(found: Discrimination) -> None:
    """Without TNF the tolerant make IL-6 again; a trait does not care."""
    told = predicted(found, "il6_fold", "tnf_blockade", "responder", 28.0)
    assert told["reference"] > 1.5
    assert told["inducibility"] == pytest.approx(1.0, abs=1e-2)


def test_measurements_are_ranked(found: Discrimination) -> None:
    """By mean power; the hardest pair is no easier than the mean; JSON without NaN."""
    power = found.table["power"].to_numpy()
    assert (np.diff(power) <= 1e-12).all()
    assert (found.table["least"] <= found.table["power"] + 1e-12).all()
    assert len(set(found.best()["measurement"])) == 3
    json.dumps(found.to_dict(), allow_nan=False)


def test_pictures(found: Discrimination) -> None:
    """Both are drawn, with the hypotheses that lie farthest apart."""
    assert len(found.distinct(3)) == 3
    assert image(diverging(found))
    assert image(power_chart(found))


def test_bad_input(tmp_path: Path) -> None:
    """One hypothesis, unknown names, tables with faults."""
    one = response.choose(["reference"])
    with pytest.raises(InputError, match="at least two hypotheses"):
        discriminate(response, one, {}, [], {}, control="drug_alone")
    with pytest.raises(UnknownNameError, match=r"intervention 'il6_blokade'.*il6_blockade"):
        choose_arms(response, ["il6_blokade"])
    with pytest.raises(UnknownNameError, match="no_such"):
        Intervention("mine", "", swaps=["no_such"]).applied(one[0].model)
    head = "name,quantity,kind,days,between,assay,status,source,meaning\n"
    for row, words in (
        ("a,il6,foold,7,0.1,0.1,assumed,ASSUMED,x", "column kind: 'foold'"),
        ("a,il6,fold,,0.1,0.1,assumed,ASSUMED,x", "column days"),
        ("a,il6,fold,7,-0.1,0.1,assumed,ASSUMED,x", "column between: must be >= 0"),
    ):
        file = tmp_path / "assays.csv"
        file.write_text(head + row + "\n")
        with pytest.raises(InputError, match=f"row 2, {words}"):
            read_assays(file)
