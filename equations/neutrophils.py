"""Neutrophils: Friberg's transit chain with feedback, and the drug on its proliferation."""

from equations.quantities import (
    MTT,
    ANC_baseline,
    free_drug,
    marrow_feedback,
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
from pdmodel.model import Mechanism, at_least, at_most

_feedback = (ANC_baseline / at_least(neutrophils, neutrophil_floor)) ** marrow_feedback

friberg_chain = Mechanism(
    "friberg_chain",
    slot="marrow",
    claim="progenitors divide, mature in three steps and are called for by a low ANC",
    refuted_by="a nadir that does not come one transit time after the first dose",
    processes={
        "proliferation": {
            progenitors: +marrow_transit * progenitors * (1 - marrow_inhibition) * _feedback
        },
        "maturation": {
            progenitors: -marrow_transit * progenitors,
            transit_1: +marrow_transit * progenitors,
        },
        "maturation_1": {
            transit_1: -marrow_transit * transit_1,
            transit_2: +marrow_transit * transit_1,
        },
        "maturation_2": {
            transit_2: -marrow_transit * transit_2,
            transit_3: +marrow_transit * transit_2,
        },
        "release": {
            transit_3: -marrow_transit * transit_3,
            neutrophils: +marrow_transit * transit_3,
        },
        "loss": {neutrophils: -marrow_transit * neutrophils},
    },
    defines={marrow_transit: 4 / MTT},
    source="FRIBERG2002",
)

marrow_inhibition_by_drug = Mechanism(
    "marrow_inhibition_by_drug",
    slot="marrow_inhibition",
    claim="free drug slows the division of progenitors in proportion, up to a cap",
    refuted_by="maturation arrest with progenitors in plenty",
    defines={marrow_inhibition: at_most(marrow_slope * free_drug, marrow_inhibition_cap)},
    source="FRIBERG2002; PAL2010; MODEL",
)

no_marrow_inhibition = Mechanism(
    "no_marrow_inhibition",
    slot="marrow_inhibition",
    claim="the drug spares the marrow",
    refuted_by="neutropenia on drug",
    defines={marrow_inhibition: 0},
)
