"""Neutrophils: Friberg's transit chain with feedback, and the drug on division or maturation."""

from itertools import pairwise

from sympy import Expr, Integer, Symbol

from equations.quantities import (
    MTT,
    ANC_baseline,
    free_drug,
    marrow_feedback,
    marrow_IC50,
    marrow_Imax,
    marrow_inhibition,
    marrow_inhibition_cap,
    marrow_slope,
    marrow_transit,
    neutrophil_floor,
    neutrophils,
    progenitors,
    transit_1,
    transit_2,
    transit_3,
)
from pdmodel.model import Mechanism, at_least, at_most, hill

_feedback = (ANC_baseline / at_least(neutrophils, neutrophil_floor)) ** marrow_feedback

_matured = marrow_transit * progenitors


def _chain(divided: Expr, kept: Expr) -> dict[str, dict[Symbol, Expr]]:
    """Return the chain: what of the division, and of what matures, the drug leaves."""
    steps = (transit_1, transit_2, transit_3, neutrophils)
    names = ("maturation_1", "maturation_2", "release")
    moved = {
        name: {one: -marrow_transit * one, following: +marrow_transit * one}
        for name, (one, following) in zip(names, pairwise(steps), strict=True)
    }
    lost = {} if kept == 1 else {"arrest": {progenitors: -_matured * (1 - kept)}}
    return {
        "proliferation": {progenitors: +marrow_transit * progenitors * divided * _feedback},
        "maturation": {progenitors: -_matured * kept, transit_1: +_matured * kept},
        **lost,
        **moved,
        "loss": {neutrophils: -marrow_transit * neutrophils},
    }


friberg_chain = Mechanism(
    "friberg_chain",
    slot="marrow",
    claim="progenitors divide, mature in three steps and are called for by a low ANC",
    refuted_by="a nadir that does not come one transit time after the first dose",
    processes=_chain(divided=1 - marrow_inhibition, kept=Integer(1)),
    defines={marrow_transit: 4 / MTT},
    source="FRIBERG2002",
)

maturation_arrest = Mechanism(
    "maturation_arrest",
    slot="marrow",
    claim="the drug lowers PU.1: progenitors divide but part of them is lost before maturing",
    refuted_by="neutropenia that lasts as long as the drug, with few progenitors in the marrow",
    processes=_chain(divided=Integer(1), kept=1 - marrow_inhibition),
    defines={marrow_transit: 4 / MTT},
    source="PAL2010; FRIBERG2002",
)

marrow_inhibition_by_drug = Mechanism(
    "marrow_inhibition_by_drug",
    slot="marrow_inhibition",
    claim="free drug slows the division of progenitors in proportion, up to a cap",
    refuted_by="maturation arrest with progenitors in plenty",
    defines={marrow_inhibition: at_most(marrow_slope * free_drug, marrow_inhibition_cap)},
    source="FRIBERG2002; PAL2010; MODEL",
)

saturable_marrow_inhibition = Mechanism(
    "saturable_marrow_inhibition",
    slot="marrow_inhibition",
    claim="the drug's grip on progenitors saturates, so that high doses add little",
    refuted_by="neutropenia in proportion to dose up to 25 mg",
    defines={marrow_inhibition: marrow_Imax * hill(free_drug, marrow_IC50, 1)},
    source="PAL2010; MODEL",
)

no_marrow_inhibition = Mechanism(
    "no_marrow_inhibition",
    slot="marrow_inhibition",
    claim="the drug spares the marrow",
    refuted_by="neutropenia on drug",
    defines={marrow_inhibition: 0},
)
