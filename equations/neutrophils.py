"""Neutrophils: Friberg's transit chain with feedback, and the drug on division or maturation."""

from itertools import pairwise

from sympy import Expr, Integer, Symbol

from equations.quantities import (
    MTT,
    ANC_baseline,
    drug_effect,
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
from equations.rival_quantities import (
    marrow_ikaros_exponent,
    marrow_ikaros_half,
    marrow_reserve,
    release_exponent,
    reserve_stay,
    stem_drain,
    stem_pool,
    stem_recovery,
)
from pdmodel.model import Mechanism, at_least, at_most, hill

_shortage = ANC_baseline / at_least(neutrophils, neutrophil_floor)
_feedback = _shortage**marrow_feedback

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


def _through_reserve(source: Expr) -> dict[str, dict[Symbol, Expr]]:
    """Return a chain that stem cells feed, blocked at its start, with a reserve at its end."""
    steps = (transit_1, transit_2, transit_3, marrow_reserve)
    names = ("maturation_1", "maturation_2", "storage")
    freed = marrow_reserve / reserve_stay * _shortage**release_exponent
    kept = 1 - marrow_inhibition
    return {
        "production": {progenitors: +marrow_transit * ANC_baseline * source * _feedback},
        "arrest": {progenitors: -_matured * marrow_inhibition},
        "maturation": {progenitors: -_matured * kept, transit_1: +_matured * kept},
        **{
            name: {one: -marrow_transit * one, following: +marrow_transit * one}
            for name, (one, following) in zip(names, pairwise(steps), strict=True)
        },
        "release": {marrow_reserve: -freed, neutrophils: +freed},
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

marrow_with_reserve = Mechanism(
    "marrow_with_reserve",
    slot="marrow",
    claim="neutrophils that fail to mature are missed only once the marrow's reserve is used up",
    refuted_by="an ANC that falls in the first days of the drug",
    processes=_through_reserve(source=Integer(1)),
    defines={marrow_transit: 4 / MTT},
    source="PAL2010; LI2018; AVADOMIDE2021; LAHOZ2016",
)

marrow_drained = Mechanism(
    "marrow_drained",
    slot="marrow",
    claim="a blocked marrow also wears out the pool it is fed from: neutropenia builds up",
    refuted_by="a first severe neutropenia in the first month of nearly all who will have one",
    processes={
        **_through_reserve(source=stem_pool),
        "stem_recovery": {stem_pool: +stem_recovery * (1 - stem_pool)},
        "stem_drain": {stem_pool: -stem_drain * marrow_inhibition * stem_pool},
    },
    defines={marrow_transit: 4 / MTT},
    values={marrow_ikaros_half: 0.75},
    source="PAL2010; LI2018; MYELOMA2016; ASSUMED",
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

marrow_inhibition_by_ikaros = Mechanism(
    "marrow_inhibition_by_ikaros",
    slot="marrow_inhibition",
    claim="the marrow follows the loss of Ikaros and with it PU.1, not the drug in plasma",
    refuted_by="neutrophils that mature as before where Ikaros is lost",
    defines={marrow_inhibition: hill(drug_effect, marrow_ikaros_half, marrow_ikaros_exponent)},
    source="LI2018; AVADOMIDE2021; MODEL",
)

no_marrow_inhibition = Mechanism(
    "no_marrow_inhibition",
    slot="marrow_inhibition",
    claim="the drug spares the marrow",
    refuted_by="neutropenia on drug",
    defines={marrow_inhibition: 0},
)
