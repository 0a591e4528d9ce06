"""What counts as CR, PR, SD, PD, flare and neutropenia: pure functions of what the clinic measures.

A simplification of the criteria of 2008: spleen, liver, marrow, platelets, haemoglobin and symptoms
are not modelled. Arrays hold one value a visit; numbers work too. What a tumour flare does to SPD
counts as growth, so judge response at visits after the flare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

VISIT_DAYS = 28.0
NOT_EVALUABLE = "NE"
NOT_GRADED = -1


@dataclass(frozen=True)
class Threshold:
    """A number that classifies, and where it comes from.

    Parameters
    ----------
    value, unit
        The number.
    meaning
        What it separates.
    status, source
        As of any quantity: `reported` or `assumed`, and a key of the bibliography.
    """

    value: float
    unit: str
    meaning: str
    status: str = "reported"
    source: str = "HALLEK2008"


PARTIAL = Threshold(0.5, "1", "SPD and blood CLL over baseline, at or below: partial response")
PROGRESSIVE = Threshold(1.5, "1", "SPD or blood CLL over baseline, at or above: progression")
COMPLETE_NODE = Threshold(1.5, "cm", "longest node, at or below: complete response")
COMPLETE_ALC = Threshold(4.0, "1e9 cells/L", "lymphocytes, below: complete response")
RECOVERED_ANC = Threshold(1.5, "1e9 cells/L", "ANC, above: the blood criterion of a response")
IMPROVED_ANC = Threshold(1.5, "1", "ANC over baseline, above: the same, where it began low")
CONFIRMED = Threshold(
    56.0, "day", "a response must last as long: about two months", source="GENERAL"
)
ANY_FLARE = Threshold(0.15, "1", "swelling, from: any flare", "assumed", "ASSUMED")
FLARE_GRADE_2 = Threshold(
    0.40, "1", "swelling, from: flare of grade 2 or more", "assumed", "ASSUMED"
)
NEAR_BEST = Threshold(1.1, "1", "SPD over its lowest, up to: best response", "assumed", "ASSUMED")
NEUTROPENIA = (
    Threshold(2.0, "1e9 cells/L", "ANC, below: neutropenia of grade 1"),
    Threshold(1.5, "1e9 cells/L", "ANC, below: grade 2"),
    Threshold(1.0, "1e9 cells/L", "ANC, below: grade 3"),
    Threshold(0.5, "1e9 cells/L", "ANC, below: grade 4"),
)
THRESHOLDS = (
    PARTIAL, PROGRESSIVE, COMPLETE_NODE, COMPLETE_ALC, RECOVERED_ANC, IMPROVED_ANC, CONFIRMED,
    ANY_FLARE, FLARE_GRADE_2, NEAR_BEST, *NEUTROPENIA,
)  # fmt: skip

Texts = NDArray[np.str_]
Grades = NDArray[np.int_]
Flags = NDArray[np.bool_]


def response(
    spd_fold: ArrayLike, blood_cll_fold: ArrayLike, node_diameter: ArrayLike, alc: ArrayLike
) -> Texts:
    """Classify every visit as CR, PR, SD or PD against the state before treatment.

    Parameters
    ----------
    spd_fold, blood_cll_fold
        SPD and CLL cells in blood over baseline, shape (n_visits,).
    node_diameter
        Longest node, cm.
    alc
        Absolute lymphocyte count, 1e9 cells/L.

    Returns
    -------
    ndarray of str, shape (n_visits,)
        `NE` where a value is missing (NaN).

    Examples
    --------
    >>> response([1.0, 0.6, 0.4, 0.1, 1.6], [1.0, 0.4, 0.4, 0.0, 1.0], [4, 3, 3, 1, 5], [50] * 5)
    array(['SD', 'SD', 'PR', 'PR', 'PD'], dtype='<U2')
    """
    spd, blood, node, count = _together(spd_fold, blood_cll_fold, node_diameter, alc)
    missing = np.isnan(spd + blood + node + count)
    progressive = (spd >= PROGRESSIVE.value) | (blood >= PROGRESSIVE.value)
    complete = (node <= COMPLETE_NODE.value) & (count < COMPLETE_ALC.value)
    partial = (spd <= PARTIAL.value) & (blood <= PARTIAL.value)
    choices = [NOT_EVALUABLE, "PD", "CR", "PR"]
    return np.select([missing, progressive, complete, partial], choices, default="SD")


def best_response(responses: ArrayLike) -> str:
    """Return the best class of any visit; progression counts only where nothing better was seen.

    Examples
    --------
    >>> best_response(["SD", "PR", "PD"])
    'PR'
    """
    seen = set(np.atleast_1d(np.asarray(responses)).tolist())
    return next((kind for kind in ("CR", "PR", "SD", "PD") if kind in seen), NOT_EVALUABLE)


def blood_recovered(anc: ArrayLike, anc_baseline: ArrayLike) -> Flags:
    """Whether ANC fulfils the blood criterion that a response needs besides its size.

    Parameters
    ----------
    anc, anc_baseline
        Absolute neutrophil count at the visits and before treatment, 1e9 cells/L.
    """
    now, before = _together(anc, anc_baseline)
    return np.asarray((now > RECOVERED_ANC.value) | (now > IMPROVED_ANC.value * before))


def confirmed(days: ArrayLike, responses: ArrayLike) -> Flags:
    """Whether each visit begins or continues a response (CR or PR) that lasts long enough.

    Parameters
    ----------
    days
        Days of the visits, increasing, shape (n_visits,).
    responses
        Classes from `response`.

    Examples
    --------
    >>> confirmed([28, 56, 84, 112], ["PR", "SD", "PR", "CR"]).tolist()
    [False, False, False, False]
    """
    times, answers = (
        np.atleast_1d(np.asarray(days, float)),
        np.isin(np.atleast_1d(responses), _ANSWERS),
    )
    result = np.zeros(times.size, dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], answers, [False]]).astype(int)))
    for first, after in edges.reshape(-1, 2):
        result[first:after] = times[after - 1] - times[first] >= CONFIRMED.value
    return result


def progressed_from_nadir(spd: ArrayLike, blood_cll: ArrayLike) -> Flags:
    """Whether SPD or CLL cells in blood have risen by half from their lowest value so far.

    Parameters
    ----------
    spd, blood_cll
        In any unit, in order of the visits, shape (n_visits,).
    """
    series = _together(spd, blood_cll)
    risen = [
        np.atleast_1d(s) >= PROGRESSIVE.value * np.fmin.accumulate(np.atleast_1d(s)) for s in series
    ]
    return np.asarray(risen[0] | risen[1])


def near_best(days: ArrayLike, spd: ArrayLike) -> float:
    """Return the day of the first visit within 10 % of the lowest SPD (NaN if none is known).

    The lowest value itself is a poor measure: it lies in a flat tail.

    Examples
    --------
    >>> near_best([0, 28, 56, 84], [40, 20, 10.5, 10])
    56.0
    """
    times, sizes = (np.atleast_1d(values) for values in _together(days, spd))
    if np.isnan(sizes).all():
        return float("nan")
    return float(times[np.flatnonzero(sizes <= NEAR_BEST.value * np.nanmin(sizes))[0]])


def flare_grade(swelling: ArrayLike) -> Grades:
    """Grade node swelling: 0 none, 1 some, 2 for grade 2 or more; -1 where it is missing.

    Parameters
    ----------
    swelling
        Largest swelling of a day, as a fraction of the volume of the nodes.

    Examples
    --------
    >>> flare_grade([0.1, 0.15, 0.4]).tolist()
    [0, 1, 2]
    """
    value = np.asarray(swelling, dtype=float)
    grade = (value >= ANY_FLARE.value).astype(int) + (value >= FLARE_GRADE_2.value)
    return np.where(np.isnan(value), NOT_GRADED, grade)


def neutropenia_grade(anc: ArrayLike) -> Grades:
    """Grade neutropenia, 0 to 4; -1 where the count is missing.

    Parameters
    ----------
    anc
        Absolute neutrophil count, 1e9 cells/L.

    Examples
    --------
    >>> neutropenia_grade([2.0, 1.9, 1.0, 0.5, 0.4]).tolist()
    [0, 1, 2, 3, 4]
    """
    value = np.asarray(anc, dtype=float)
    grade = sum((value < limit.value).astype(int) for limit in NEUTROPENIA)
    return np.where(np.isnan(value), NOT_GRADED, grade)


_ANSWERS = ("CR", "PR")


def _together(*values: ArrayLike) -> list[NDArray[Any]]:
    return list(np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values)))
