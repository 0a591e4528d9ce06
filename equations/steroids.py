"""Several steroids, each a drug of its own: by potency at once, or through a delay."""

from sympy import Expr

from equations.quantities import (
    ng_per_ug,
    steroid,
    steroid_effect,
    steroid_elimination,
    steroid_IC50,
    steroid_Imax,
    steroid_volume,
)
from equations.rival_quantities import (
    dexamethasone,
    dexamethasone_elimination,
    dexamethasone_potency,
    dexamethasone_volume,
    prednisolone,
    prednisolone_absorption,
    prednisolone_elimination,
    prednisolone_gut,
    prednisolone_IC50,
    prednisolone_potency,
    prednisolone_volume,
    prednisone_available,
    prednisone_gut,
    steroid_at_site,
    steroid_equivalent,
    steroid_site_rate,
)
from pdmodel.model import Mechanism, hill

_from_prednisone = prednisolone_absorption * prednisone_gut
_from_prednisolone = prednisolone_absorption * prednisolone_gut

_DRUGS = {
    "methylprednisolone": steroid,
    "prednisone": prednisone_gut,
    "prednisolone": prednisolone_gut,
    "dexamethasone": dexamethasone,
}
_KINETICS = {
    "elimination": {
        steroid: -steroid_elimination * steroid,
        prednisolone: -prednisolone_elimination * prednisolone,
        dexamethasone: -dexamethasone_elimination * dexamethasone,
    },
    "conversion": {
        prednisone_gut: -_from_prednisone,
        prednisolone: +prednisone_available * _from_prednisone,
    },
    "uptake": {prednisolone_gut: -_from_prednisolone, prednisolone: +_from_prednisolone},
}
_SOURCE = "UHL; ALHABET1980; GARG1994; TSUEI1979; ASSUMED"


def _concentration(amount: Expr, volume: Expr) -> Expr:
    """Return mg in L as ng/mL."""
    return ng_per_ug * amount / volume


_equivalent = (
    _concentration(steroid, steroid_volume)
    + prednisolone_potency * _concentration(prednisolone, prednisolone_volume)
    + dexamethasone_potency * _concentration(dexamethasone, dexamethasone_volume)
)

steroids_by_potency = Mechanism(
    "steroids_by_potency",
    slot="steroid",
    claim="steroids differ in how long they stay and how strongly they bind, in nothing else",
    refuted_by="a steroid whose effect ends before its plasma level does",
    processes=_KINETICS,
    defines={
        steroid_equivalent: _equivalent,
        steroid_effect: steroid_Imax * hill(steroid_equivalent, steroid_IC50),
    },
    doses=_DRUGS,
    source=_SOURCE,
)

steroids_through_delay = Mechanism(
    "steroids_through_delay",
    slot="steroid",
    claim="a steroid acts hours after it is in plasma, at concentrations as low as ex vivo",
    refuted_by="cytokines that fall within the first hour of an infusion of steroid",
    processes={
        **_KINETICS,
        "to_site": {steroid_at_site: +steroid_site_rate * steroid_equivalent},
        "from_site": {steroid_at_site: -steroid_site_rate * steroid_at_site},
    },
    defines={
        steroid_equivalent: _equivalent,
        steroid_effect: steroid_Imax
        * hill(steroid_at_site, prednisolone_IC50 * prednisolone_potency),
    },
    doses=_DRUGS,
    source=f"MAGEE2002; {_SOURCE}",
)
