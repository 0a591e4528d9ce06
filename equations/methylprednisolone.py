"""Methylprednisolone: one compartment, blocks inflammatory signals at once."""

from equations.quantities import (
    ng_per_ug,
    steroid,
    steroid_effect,
    steroid_elimination,
    steroid_IC50,
    steroid_Imax,
    steroid_volume,
)
from pdmodel.model import Mechanism, hill

steroid_block = Mechanism(
    "steroid_block",
    slot="steroid",
    claim="methylprednisolone blocks cytokine and activation signals while it is in plasma",
    refuted_by="a steroid given after the stimulus that no longer lowers TNF-alpha and IL-6",
    processes={"elimination": {steroid: -steroid_elimination * steroid}},
    defines={
        steroid_effect: steroid_Imax * hill(ng_per_ug * steroid / steroid_volume, steroid_IC50)
    },
    doses={"methylprednisolone": steroid},
    source="UHL; ASSUMED",
)
