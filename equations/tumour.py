"""CLL cells in lymphoid tissue and blood: birth, death, traffic, killing, the role of IL-6."""

from collections.abc import Mapping

from sympy import Expr, Integer, Symbol

from equations.quantities import (
    activated_effectors,
    acute_drive,
    birth_block,
    birth_Imax,
    birth_rate,
    blood_death,
    blood_death_natural,
    blood_kill,
    blood_to_tissue,
    direct_kill_max,
    drug_effect,
    effector_brake,
    effectors_at_unit_tone,
    egress_rate,
    exhausted_share,
    flare_egress,
    homing,
    homing_Imax,
    il6_brake,
    il6_brake_exponent,
    il6_seen,
    il6_survival,
    kill_max,
    kill_rate,
    kill_without_drug,
    q,
    tissue_death,
    tissue_death_natural,
    tumour_blood,
    tumour_growth,
    tumour_survival,
    tumour_tissue,
)
from equations.rival_quantities import (
    clone_birth,
    clone_birth_usual,
    motility_Imax,
    primed_share,
    priming_exponent,
    priming_half,
    priming_loss,
    priming_rate,
    release_gain,
    retention_Imax,
)
from pdmodel.model import Mechanism, hill, safe_power

_egress = egress_rate * (1 + flare_egress * acute_drive) * tumour_tissue

_homed = homing * tumour_blood


def _moved(rate: Expr) -> dict[Symbol, Expr]:
    """Return what leaves tissue and arrives in blood."""
    return {tumour_tissue: -rate, tumour_blood: +rate}


def _changed_egress(factor: Expr) -> dict[str, dict[Symbol, Expr]]:
    """Return egress that the drug changes by a factor, that of the acute reaction by itself.

    The drug may raise one and lower the other, which is seen only where they have two names.
    """
    return {
        "egress": _moved(egress_rate * factor * tumour_tissue),
        "acute_egress": _moved(egress_rate * flare_egress * acute_drive * factor * tumour_tissue),
    }


def _pools(
    homed: Expr = _homed, left: Mapping[str, dict[Symbol, Expr]] | None = None
) -> dict[str, dict[Symbol, Expr]]:
    """Return birth, death and traffic: what goes back from blood, and what leaves tissue."""
    return {
        "birth": {tumour_tissue: +birth_rate * (1 - birth_block) * tumour_tissue},
        "natural_death": {
            tumour_tissue: -tissue_death_natural * tumour_survival * tumour_tissue,
            tumour_blood: -blood_death_natural * tumour_survival * tumour_blood,
        },
        "kill": {
            tumour_tissue: -kill_rate * tumour_tissue,
            tumour_blood: -blood_kill * kill_rate * tumour_blood,
        },
        **(left or {"egress": _moved(_egress)}),
        "homing": {tumour_tissue: +homed, tumour_blood: -homed},
    }


def _rates_at(pace: Expr) -> dict[Symbol, Expr]:
    """Return the rates of a tumour whose growth and death are faster by a factor.

    Measured total death and growth stay what they are; the rates follow from them.
    """
    growth, tissue, blood = (pace * rate for rate in (tumour_growth, tissue_death, blood_death))
    return {
        tissue_death_natural: tissue - q.at_baseline(kill_rate),
        blood_death_natural: blood - blood_kill * q.at_baseline(kill_rate),
        birth_rate: (1 + blood_to_tissue) * growth + tissue + blood_to_tissue * blood,
        egress_rate: blood_to_tissue * (growth + homing + blood),
    }


_rates = _rates_at(Integer(1))

tissue_and_blood = Mechanism(
    "tissue_and_blood",
    slot="tumour",
    claim="CLL is born in tissue, dies in both pools and moves between them",
    refuted_by="CLL cells that divide in blood",
    processes=_pools(),
    defines=_rates,
    source="WODARZ2014; MESSMER2005; BURGER2017",
)

homing_blocked_by_drug = Mechanism(
    "homing_blocked_by_drug",
    slot="tumour",
    claim="the drug keeps CLL cells in blood from going home, so that nodes empty into blood",
    refuted_by="nodes that shrink without a rise of CLL cells in blood",
    processes=_pools(_homed * (1 - homing_Imax * drug_effect)),
    defines=_rates,
)

turnover_by_birth = Mechanism(
    "turnover_by_birth",
    slot="tumour",
    claim="CLL cells that are born faster also die faster: one rate spreads growth and turnover",
    refuted_by="patients whose tumours grow faster at the same birth rate because fewer cells die",
    processes=_pools(),
    defines=_rates_at(clone_birth / clone_birth_usual),
    source="MURPHY2017; MESSMER2005",
)

retained_in_tissue = Mechanism(
    "retained_in_tissue",
    slot="tumour",
    claim="the drug keeps CLL cells in tissue: fewer leave for blood for as long as it is taken",
    refuted_by="CLL cells in blood that do not come back in the days after the drug is stopped",
    processes=_pools(left=_changed_egress(1 - retention_Imax * drug_effect)),
    defines=_rates,
    source="SCHULZ2013; IBERDOMIDE2018; IBERDOMIDE2022",
)

released_to_blood = Mechanism(
    "released_to_blood",
    slot="tumour",
    claim="the drug loosens CLL cells from tissue: more of them leave for blood while it is taken",
    refuted_by="CLL cells in blood that do not rise in the first week on the drug",
    processes=_pools(left=_changed_egress(1 + release_gain * drug_effect)),
    defines=_rates,
)

_still_moving = 1 - motility_Imax * drug_effect

motility_impaired = Mechanism(
    "motility_impaired",
    slot="tumour",
    claim="the drug slows CLL cells wherever they are: fewer leave tissue, and fewer go home",
    refuted_by="labelled CLL cells that leave blood as fast on the drug as before",
    processes=_pools(_homed * _still_moving, _changed_egress(_still_moving)),
    defines=_rates,
    source="SCHULZ2013",
)

birth_unaffected = Mechanism(
    "birth_unaffected",
    slot="birth",
    claim="the drug does not touch the division of CLL cells",
    refuted_by="fewer labelled new cells on drug",
    defines={birth_block: 0},
)

birth_inhibited_by_drug = Mechanism(
    "birth_inhibited_by_drug",
    slot="birth",
    claim="the drug blocks division of CLL cells directly, through cereblon and p21",
    refuted_by="an unchanged birth rate on drug",
    defines={birth_block: birth_Imax * drug_effect},
    values={birth_Imax: 0.3},
    source="FECTEAU2014",
)

effector_kill = Mechanism(
    "effector_kill",
    slot="kill",
    claim="activated effectors kill, armed by the drug, less when exhausted or braked",
    refuted_by="the same response without T and NK cells",
    defines={
        kill_rate: kill_max * activated_effectors / effectors_at_unit_tone
        * (kill_without_drug + (1 - kill_without_drug) * drug_effect)
        * (1 - exhausted_share) * effector_brake
    },
    source="AUE2018; BMRI2014; MODEL",
)  # fmt: skip

primed_effector_kill = Mechanism(
    "primed_effector_kill",
    slot="kill",
    claim="the drug arms only effectors that a strong acute reaction has primed: few below 10 mg",
    refuted_by="responses as common in patients whom a steroid spared the acute reaction",
    processes={
        "priming": {
            primed_share: +priming_rate * hill(acute_drive, priming_half, priming_exponent)
            * (1 - primed_share)
        },
        "forgetting": {primed_share: -priming_loss * primed_share},
    },
    defines={
        kill_rate: kill_max * activated_effectors / effectors_at_unit_tone
        * (kill_without_drug + (1 - kill_without_drug) * drug_effect * primed_share)
        * (1 - exhausted_share) * effector_brake
    },
    # At 10 mg two effectors in three are primed, so that each must kill more.
    values={kill_max: 0.012},
    source="AUE2018; ASSUMED",
)  # fmt: skip

direct_kill = Mechanism(
    "direct_kill",
    slot="kill",
    claim="the drug kills CLL cells itself; effectors are bystanders",
    refuted_by="CLL cells that live on with the drug where there are no effectors",
    defines={kill_rate: direct_kill_max * drug_effect},
)

no_effector_kill = Mechanism(
    "no_effector_kill",
    slot="kill",
    claim="effectors are bystanders: nothing kills CLL cells beyond their natural death",
    refuted_by="death of CLL cells above its untreated rate on drug",
    defines={kill_rate: 0},
)

il6_as_brake = Mechanism(
    "il6_as_brake",
    slot="il6_role",
    claim="IL-6 brakes the effectors",
    refuted_by="IL-6 blockade on drug that leaves killing as it is",
    defines={
        effector_brake: (1 + il6_brake)
        / (1 + il6_brake * safe_power(il6_seen, il6_brake_exponent)),
        tumour_survival: 1,
    },
    source="NEUBER2017; WANG2019",
)

il6_as_survival_factor = Mechanism(
    "il6_as_survival_factor",
    slot="il6_role",
    claim="IL-6 keeps CLL cells alive",
    refuted_by="IL-6 blockade that leaves untreated CLL cells as they are",
    defines={
        effector_brake: 1,
        tumour_survival: (1 + il6_survival) / (1 + il6_survival * il6_seen),
    },
    values={il6_survival: 1},
    source="WANG2019",
)

il6_as_marker = Mechanism(
    "il6_as_marker",
    slot="il6_role",
    claim="IL-6 is a marker only",
    refuted_by="any effect of IL-6 blockade on response",
    defines={effector_brake: 1, tumour_survival: 1},
)
