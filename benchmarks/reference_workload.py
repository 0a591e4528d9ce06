"""The reference workload: 14 states, 47 parameters, 25 mg a day for 168 days, 336 daily outputs.

A model of the size and stiffness of those that pdmodel is for, with no claim to be right: its
numbers are ours, made for timing, and never fitted to anything. Only the drug has units;
the rest is relative.
"""

from __future__ import annotations

import sympy

from pdmodel.dosing import daily
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

q = Vocabulary()


def _p(name: str, unit: str, value: float, meaning: str) -> sympy.Symbol:
    """Declare a parameter; virtual patients may be far from its value."""
    bounds = (value / 1000, value * 1000)
    return q.parameter(
        name, unit=unit, value=value, bounds=bounds, meaning=meaning, source=ASSUMED
    )  # fmt: skip


ka = _p("ka", "1/day", 36, "absorption")
CL = _p("CL", "L/day", 288, "clearance")
V = _p("V", "L", 60, "volume")
Emax = _p("Emax", "1", 1, "largest effect")
EC50 = _p("EC50", "1", 80, "concentration of half the effect")
effect_exponent = _p("effect_exponent", "1", 1.3, "steepness of the effect")
growth = _p("growth", "1/day", 0.03, "growth of the tumour")
capacity = _p("capacity", "1", 10, "largest tumour")
il6_growth = _p("il6_growth", "1", 0.5, "growth that IL-6 adds")
il6_growth_half = _p("il6_growth_half", "1", 2, "IL-6 that adds half of it")
tissue_death = _p("tissue_death", "1/day", 0.004, "death of tumour in tissue")
kill = _p("kill", "1/day", 0.06, "killing in tissue")
kill_half = _p("kill_half", "1", 1, "tumour that keeps killers half busy")
egress = _p("egress", "1/day", 0.01, "tumour leaving tissue")
homing = _p("homing", "1/day", 0.03, "tumour coming back")
flare_homing = _p("flare_homing", "1", 2, "homing that a flare adds")
blood_death = _p("blood_death", "1/day", 0.01, "death of tumour in blood")
blood_kill = _p("blood_kill", "1/day", 0.03, "killing in blood")
resting_supply = _p("resting_supply", "1/day", 0.05, "supply of resting cells")
resting_loss = _p("resting_loss", "1/day", 0.05, "loss of resting cells")
activation = _p("activation", "1/day", 0.05, "activation of resting cells")
activation_gain = _p("activation_gain", "1", 3, "activation that the drug adds")
antigen_half = _p("antigen_half", "1", 1, "tumour that presents half the antigen")
tnf_half = _p("tnf_half", "1", 2, "TNF that doubles activation")
expansion = _p("expansion", "1", 4, "effectors of one resting cell")
division = _p("division", "1/day", 0.3, "division of effectors on drug")
division_cap = _p("division_cap", "1", 1, "effectors that halve their division")
effector_loss = _p("effector_loss", "1/day", 0.2, "loss of effectors")
exhaustion = _p("exhaustion", "1/day", 0.05, "exhaustion by antigen")
flare_gain = _p("flare_gain", "1/day", 1, "flare on drug")
flare_loss = _p("flare_loss", "1/day", 0.5, "end of the flare")
flare_tolerance = _p("flare_tolerance", "1/day", 0.5, "flare that tolerance ends")
tolerance_rate = _p("tolerance_rate", "1/day", 0.1, "tolerance following the effect")
il6_production = _p("il6_production", "1/day", 16.6, "production of IL-6")
il6_effector_gain = _p("il6_effector_gain", "1", 3, "IL-6 of effectors on drug")
effector_half = _p("effector_half", "1", 1, "effectors that make half the cytokines")
il6_antigen_gain = _p("il6_antigen_gain", "1", 0.5, "IL-6 of the tumour")
il6_clearance = _p("il6_clearance", "1/day", 16.6, "loss of IL-6")
tnf_production = _p("tnf_production", "1/day", 33, "production of TNF")
tnf_effector_gain = _p("tnf_effector_gain", "1", 2, "TNF of effectors")
tnf_Imax = _p("tnf_Imax", "1", 0.8, "largest inhibition of TNF by the drug")
tnf_IC50 = _p("tnf_IC50", "1", 100, "concentration of half the inhibition")
tnf_clearance = _p("tnf_clearance", "1/day", 33, "loss of TNF")
MTT = _p("MTT", "day", 4, "transit time of the marrow")
ANC_baseline = _p("ANC_baseline", "1", 5, "neutrophils before treatment")
feedback = _p("feedback", "1", 0.17, "feedback of the marrow")
slope = _p("slope", "1", 0.0008, "inhibition of the marrow by the drug")

# So that a power of the concentration needs no guard, and is a plain number.
least_square = q.constant("least_square", unit="mg^2", value=1e-16, meaning="of next to nothing")
per_amount = q.constant("per_amount", unit="L/mg", value=1000, meaning="mg/L to a number of ug/L")

gut = q.state("gut", unit="mg", initial=0, meaning="drug in the gut")
plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
tissue = q.state("tissue", unit="1", initial=4, meaning="tumour in tissue")
blood = q.state("blood", unit="1", initial=1, meaning="tumour in blood")
resting = q.state("resting", unit="1", initial=0.5, meaning="resting cells")
effectors = q.state("effectors", unit="1", initial=0.3, meaning="effectors")
flare = q.state("flare", unit="1", initial=0, meaning="flare")
tolerance = q.state("tolerance", unit="1", initial=0, meaning="tolerance")
il6 = q.state("il6", unit="1", initial=1.5, meaning="IL-6")
tnf = q.state("tnf", unit="1", initial=1.5, meaning="TNF")
progenitors, transit_1, transit_2, neutrophils = (
    q.state(name, unit="1", initial=5, meaning=name.replace("_", " "))
    for name in ("progenitors", "transit_1", "transit_2", "neutrophils")
)

concentration = q.auxiliary("concentration", unit="1", meaning="drug in plasma")
effect = q.auxiliary("effect", unit="1", meaning="effect of the drug")
antigen = q.auxiliary("antigen", unit="1", meaning="antigen presented")
returning = q.auxiliary("returning", unit="1/day", meaning="tumour coming back to tissue")
activated = q.auxiliary("activated", unit="1/day", meaning="resting cells activated")
secretion = q.auxiliary("secretion", unit="1", meaning="secretion by effectors")
transit = q.auxiliary("transit", unit="1/day", meaning="transit rate, 4/MTT")

q.slot("exposure", meaning="drug", states=(gut, plasma), defines=(concentration, effect))
q.slot("tumour", meaning="tumour", states=(tissue, blood), defines=(antigen, returning))
q.slot("lymphocytes", meaning="killers", states=(resting, effectors), defines=(activated,))
q.slot("flare", meaning="flare", states=(flare, tolerance))
q.slot("cytokines", meaning="cytokines", states=(il6, tnf), defines=(secretion,))
q.slot("marrow", meaning="marrow", states=(progenitors, neutrophils), defines=(transit,))

_exposure = Mechanism(
    "exposure", slot="exposure", claim="one compartment, and an effect at once",
    processes={
        "absorption": {gut: -ka * gut, plasma: +ka * gut},
        "elimination": {plasma: -CL / V * plasma},
    },
    defines={
        concentration: per_amount * sympy.sqrt(plasma**2 + least_square) / V,
        effect: Emax * concentration**effect_exponent
        / (EC50**effect_exponent + concentration**effect_exponent),
    },
    doses={"drug": gut},
)  # fmt: skip
_tumour = Mechanism(
    "tumour", slot="tumour", claim="it grows, moves between tissue and blood, and is killed",
    processes={
        "growth": {
            tissue: growth * tissue * (1 - (tissue + blood) / capacity)
            * (1 + il6_growth * il6 / (il6 + il6_growth_half))
        },
        "death": {tissue: -tissue_death * tissue, blood: -blood_death * blood},
        "killing": {
            tissue: -kill * effectors * tissue / (kill_half + tissue),
            blood: -blood_kill * effectors * blood / (kill_half + blood),
        },
        "egress": {tissue: -egress * tissue, blood: +egress * tissue},
        "homing": {tissue: +returning, blood: -returning},
    },
    defines={
        antigen: tissue / (tissue + antigen_half),
        returning: homing * (1 + flare_homing * flare) * blood,
    },
)  # fmt: skip
_lymphocytes = Mechanism(
    "lymphocytes", slot="lymphocytes", claim="antigen and drug turn resting cells into effectors",
    processes={
        "supply": {resting: +resting_supply},
        "loss": {resting: -resting_loss * resting, effectors: -effector_loss * effectors},
        "activation": {resting: -activated, effectors: +expansion * activated},
        "division": {effectors: division * effect * effectors / (1 + effectors / division_cap)},
        "exhaustion": {effectors: -exhaustion * effectors * antigen},
    },
    defines={
        activated: activation * (1 + activation_gain * effect) * antigen * (1 + tnf / tnf_half)
        * resting
    },
)  # fmt: skip
_flare = Mechanism(
    "flare", slot="flare", claim="the drug stirs the node until it is tolerated",
    processes={
        "onset": {flare: +flare_gain * effect * antigen},
        "end": {flare: -flare_loss * flare - flare_tolerance * flare * tolerance},
        "following": {tolerance: tolerance_rate * (effect - tolerance)},
    },
)  # fmt: skip
_cytokines = Mechanism(
    "cytokines", slot="cytokines", claim="effectors and tumour secrete, the drug holds TNF back",
    processes={
        "il6_production": {
            il6: il6_production
            * (1 + il6_effector_gain * effect * secretion + il6_antigen_gain * antigen)
        },
        "tnf_production": {
            tnf: tnf_production * (1 + tnf_effector_gain * secretion)
            * (1 - tnf_Imax * concentration / (concentration + tnf_IC50))
        },
        "clearance": {il6: -il6_clearance * il6, tnf: -tnf_clearance * tnf},
    },
    defines={secretion: effectors / (effectors + effector_half)},
)  # fmt: skip
_marrow = Mechanism(
    "marrow", slot="marrow", claim="a chain with feedback that the drug slows",
    processes={
        "division": {
            progenitors: transit * progenitors
            * ((1 - slope * concentration) * (ANC_baseline / neutrophils) ** feedback - 1)
        },
        "maturation_1": {transit_1: transit * (progenitors - transit_1)},
        "maturation_2": {transit_2: transit * (transit_1 - transit_2)},
        "release": {neutrophils: transit * (transit_2 - neutrophils)},
    },
    defines={transit: 4 / MTT},
)  # fmt: skip

MODEL = Model(
    "reference_workload", q, [_exposure, _tumour, _lymphocytes, _flare, _cytokines, _marrow]
)
DAYS = 336
DOSES = 168
REGIMEN = daily(25, stop=DOSES)
# What 20 sensitivities are taken by, what a fit frees, and what is observed every week.
SENSITIVITIES = [
    "CL", "V", "EC50", "growth", "kill", "egress", "homing", "flare_homing", "blood_death",
    "blood_kill", "activation_gain", "expansion", "division", "effector_loss", "flare_gain",
    "flare_loss", "il6_effector_gain", "tnf_effector_gain", "slope", "MTT",
]  # fmt: skip
FITTED = [
    "CL", "EC50", "growth", "kill", "egress", "flare_homing", "blood_kill", "activation_gain",
    "division", "effector_loss", "slope", "MTT",
]  # fmt: skip
OBSERVED = ["plasma", "tissue", "blood", "effectors", "flare", "il6", "tnf", "neutrophils"]


def stiffer(times: float) -> Model:
    """Return the model with cytokines that turn over so many times faster."""
    names = ("il6_production", "il6_clearance", "tnf_production", "tnf_clearance")
    values = {name: MODEL.defaults[name] * times for name in names}
    return MODEL.with_values(f"turnover x{times:g}", **values)
