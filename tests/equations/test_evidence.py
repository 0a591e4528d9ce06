"""Values, units and statuses are those of the evidence; every source has a full reference."""

from __future__ import annotations

import csv
import math
import re

import pandas as pd
import pytest

import pdmodel
from equations.bibliography import REFERENCES
from equations.blood_criteria import BLOOD_CRITERIA
from equations.hypotheses import reference
from equations.quantities import q
from equations.response_criteria import THRESHOLDS
from pdmodel.catalogue import find_data
from pdmodel.inference import read_priors
from pdmodel.model.vocabulary import STATUSES
from pdmodel.units import parse_unit
from tests.equations.conftest import EVIDENCE

PARAMETERS = [quantity for quantity in q if quantity.kind == "parameter"]
BY_EVIDENCE = {quantity.evidence: quantity for quantity in PARAMETERS if quantity.evidence}
# A protocol rule, not a parameter of the model.
NOT_OURS = {"hold"}
# Ours beside the calibrated set: a covariate at its reference value, its share of clearance, and
# what rivals need that the starting point does not have.
BESIDE = {
    "creatinine_clearance", "renal_share", "homing_Imax", "inducibility_exponent", "marrow_IC50",
    "marrow_Imax", "resistant_share_baseline", "direct_kill_max", "antibody_IC50",
    "antibody_elimination", "retention_Imax", "release_gain", "motility_Imax",
    "cd80_rise", "prednisolone_absorption", "prednisone_available", "prednisolone_elimination",
    "prednisolone_volume", "prednisolone_potency", "prednisolone_IC50",
    "dexamethasone_elimination", "dexamethasone_volume", "dexamethasone_potency",
    "steroid_site_rate",
    "substrate_exponent", "substrate_EC50", "priming_rate", "priming_half", "priming_exponent",
    "priming_loss",
    "clone_birth", "marrow_ikaros_half", "marrow_ikaros_exponent", "reserve_stay",
    "release_exponent",
    "stem_recovery", "stem_drain", "marrow_crowding", "platelets_baseline", "platelet_stay",
    "platelet_maturing", "platelet_half", "platelet_feedback", "haemoglobin_baseline",
    "red_cell_life", "haemoglobin_half", "haemoglobin_feedback",
}  # fmt: skip


def test_every_symbol_is_covered(symbols: pd.DataFrame) -> None:
    """Each row of the calibrated set is one parameter, and the other way round."""
    assert set(BY_EVIDENCE) == set(symbols.index) - NOT_OURS
    assert len(BY_EVIDENCE) + len(BESIDE) == len(PARAMETERS)
    assert {quantity.name for quantity in PARAMETERS if not quantity.evidence} == BESIDE


@pytest.mark.parametrize("symbol", sorted(BY_EVIDENCE))
def test_values_units_and_statuses(symbol: str, symbols: pd.DataFrame) -> None:
    """As the row says; a count a litre is a count of cells."""
    quantity, row = BY_EVIDENCE[symbol], symbols.loc[symbol]
    assert quantity.value == pytest.approx(float(row["calibrated_value"]), rel=1e-12)
    assert quantity.status == row["status"]
    wanted = {"1e9": "1e9 cells", "1e9/L": "1e9 cells/L"}.get(row["unit"], row["unit"])
    assert parse_unit(quantity.unit).matches(parse_unit(wanted)), (quantity.unit, wanted)


def test_rows_that_are_named_exist(symbols: pd.DataFrame) -> None:
    """Each row that the calibrated set names is in the table of parameters."""
    known = set(pd.read_csv(EVIDENCE / "parameters.csv")["symbol"])
    for symbol, text in symbols["row_in_parameters_csv"].items():
        rows = [text] if text in known else text.split(", ")
        assert text == "-" or set(rows) <= known, (symbol, text)


def test_what_is_unverified_is_never_called_reported(symbols: pd.DataFrame) -> None:
    """General knowledge gives an assumption, a calibrated number is not a measurement."""
    table = pd.read_csv(EVIDENCE / "parameters.csv").set_index("symbol")["how_obtained"]
    for symbol, quantity in BY_EVIDENCE.items():
        how = str(table.get(symbols.loc[symbol, "row_in_parameters_csv"], ""))
        if how == "general knowledge - unverified":
            assert quantity.status in ("assumed", "calibrated"), symbol
        if how.startswith("calibrated"):
            assert quantity.status == "calibrated", symbol


def sources() -> dict[str, str]:
    """Return the source text of every quantity, mechanism, patient and threshold."""
    mechanisms = {m.name: m for m in (*reference.mechanisms, *reference.rivals)}
    found = {quantity.name: str(quantity.source) for quantity in q if quantity.source}
    found |= {f"mechanism {name}": m.source for name, m in mechanisms.items()}
    found |= {f"patient {name}": p.source for name, p in pdmodel.patients().items()}
    limits = (*THRESHOLDS, *BLOOD_CRITERIA)
    return found | {threshold.meaning: threshold.source for threshold in limits}


@pytest.mark.parametrize(("name", "source"), sources().items(), ids=str)
def test_every_source_has_a_full_reference(name: str, source: str) -> None:
    """Or it is a definition, which needs none."""
    for key in source.split("; "):
        assert key in REFERENCES or key == "definition", f"{name}: {key}"


def test_references_are_whole_and_used() -> None:
    """A key leads to a reference, and most references are led to."""
    used = {key for source in sources().values() for key in source.split("; ")}
    cited = REFERENCES.keys() - {"ASSUMED", "MODEL", "GENERAL"}
    assert all(len(REFERENCES[key]) > 40 for key in cited)
    assert used - REFERENCES.keys() <= {"definition"}
    assert len(cited & used) > 20


def test_every_number_has_a_status_and_a_sensible_range() -> None:
    """Bounds hold the value and are no wider than two decades either way, unless they touch 0."""
    for quantity in PARAMETERS:
        assert quantity.status in STATUSES, quantity.name
        assert quantity.bounds is not None
        assert quantity.value is not None
        low, high = quantity.bounds
        assert low <= quantity.value <= high, quantity.name
        assert all(math.isfinite(bound) for bound in quantity.bounds), quantity.name
        if low > 0:
            assert high / low <= 1e4 * (1 + 1e-9), quantity.name
    assumed = [quantity.name for quantity in PARAMETERS if quantity.status == "assumed"]
    assert all("ASSUMED" in str(q[name].source) for name in assumed)


def test_target_sources_are_references_and_rows_of_the_evidence() -> None:
    """A target says which work it is from, and which row of the evidence says so."""
    with (EVIDENCE / "clinical_evidence.csv").open(newline="", encoding="utf-8") as stream:
        rows = {row["id"]: row for row in csv.DictReader(stream)}
    for target in pdmodel.read_targets(find_data("response.csv")):
        for source in target.source.split("; "):
            found = re.fullmatch(r"(\w+) \((C\d+)\)", source)
            assert found is not None, (target.id, source)
            assert found[1] in REFERENCES, source
            assert found[2] in rows, source
            assert "unverified" not in rows[found[2]]["how_obtained"], source


def test_prior_sources_are_references() -> None:
    """Priors name works of the bibliography and parameters of the model, at its own values."""
    for prior in read_priors(find_data("priors.csv")):
        assert all(key in REFERENCES for key in prior.source.split("; ")), prior
        assert q[prior.parameter].value == pytest.approx(prior.median)
        assert q[prior.parameter].status == prior.status
