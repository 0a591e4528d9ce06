"""Platelets and haemoglobin: two of the iwCLL's three blood criteria, beside ANC."""

from sympy import Expr, Symbol

from equations.quantities import drug_effect, tumour_tissue, tumour_tissue_baseline
from equations.rival_quantities import (
    crowding,
    haemoglobin,
    haemoglobin_baseline,
    haemoglobin_feedback,
    haemoglobin_half,
    marrow_crowding,
    megakaryocytes,
    platelet_feedback,
    platelet_half,
    platelet_maturing,
    platelet_stay,
    platelets,
    platelets_baseline,
    red_cell_life,
)
from pdmodel.model import Mechanism, at_least, hill_fall

# Both counts stay far above this share of their start; it keeps the feedback finite.
_LEAST = 1e-3


def _shortage(count: Symbol, baseline: Symbol) -> Expr:
    """Return by how much a count is below its start, 1 at the start."""
    return 1 / at_least(count / baseline, _LEAST)


platelets_and_haemoglobin = Mechanism(
    "platelets_and_haemoglobin",
    slot="blood_counts",
    claim="the drug slows blood formation, CLL cells crowd it out: responders win, others lose",
    refuted_by="platelets and haemoglobin that do not recover while the marrow clears",
    processes={
        "budding": {
            megakaryocytes: +platelets_baseline / platelet_stay * crowding
            * hill_fall(drug_effect, platelet_half, 2)
            * _shortage(platelets, platelets_baseline) ** platelet_feedback,
        },
        "shedding": {
            megakaryocytes: -megakaryocytes / platelet_maturing,
            platelets: +megakaryocytes / platelet_maturing,
        },
        "clearance": {platelets: -platelets / platelet_stay},
        "red_cell_formation": {
            haemoglobin: +haemoglobin_baseline / red_cell_life * crowding
            * hill_fall(drug_effect, haemoglobin_half, 1)
            * _shortage(haemoglobin, haemoglobin_baseline) ** haemoglobin_feedback,
        },
        "red_cell_loss": {haemoglobin: -haemoglobin / red_cell_life},
    },
    defines={
        crowding: (1 + marrow_crowding)
        / (1 + marrow_crowding * tumour_tissue / tumour_tissue_baseline),
    },
    source="HARKER1977; GENERAL; ASSUMED",
)  # fmt: skip
