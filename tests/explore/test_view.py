"""What the page asks is checked when it arrives."""

from __future__ import annotations

from typing import Any

import pytest

from pdmodel.errors import InputError
from pdmodel.explore.view import MOST_PATIENTS, read_view
from tests.explore.toy_pages import decay_page, decay_view, first_view, reference_page

PATIENT = {"name": "a", "group": "", "values": {}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "version 2; this page reads 1"),
        ({"values": {"kk": 1.0}}, "unknown parameter 'kk'.*known: k"),
        ({"values": {"k": "1"}}, "values.k: not a number"),
        ({"values": {"k": float("nan")}}, "k"),
        ({"patients": []}, "1 to 6 patients"),
        ({"patients": [PATIENT, PATIENT]}, "of different names"),
        ({"patients": [{**PATIENT, "name": str(n)} for n in range(MOST_PATIENTS + 1)]}, "1 to 6"),
        ({"flux": {"state": "x", "patient": "b"}}, "unknown patient of the view 'b'"),
        ({"days": 0.0}, "days must be a number in"),
        ({"days": 1e300}, "days must be a number in"),
        ({"quantities": []}, "1 to 12 quantities"),
        ({"schedule": "x" * 501}, "at most 500 characters"),
        ({"swaps": {"change": "nothing"}}, "unknown mechanism 'nothing'"),
        ({"swaps": []}, "swaps: not an object"),
    ],
)
def test_a_view_that_cannot_be_asked_is_refused(changes: dict[str, Any], message: str) -> None:
    """One line says what is wrong and what is allowed."""
    with pytest.raises(InputError, match=message):
        read_view(decay_view(**changes), decay_page().model)


def test_a_mechanism_stands_in_its_own_slot() -> None:
    """A rival of another slot would leave two mechanisms for one thing."""
    data = {**first_view(), "swaps": {"kill": "il6_from_tumour"}}
    with pytest.raises(InputError, match="of slot 'il6', not of 'kill'"):
        read_view(data, reference_page().model)


def test_two_patients_are_not_of_one_group() -> None:
    """The targets of a group are those of one patient."""
    patients = [{"name": name, "group": "responder", "values": {}} for name in "ab"]
    data = {**first_view(), "patients": patients, "flux": {"state": "il6", "patient": "a"}}
    with pytest.raises(InputError, match="two patients of the view are of one group"):
        read_view(data, reference_page().model)
