"""Effector cells: what the tone of a patient sets, activation, exhaustion."""

from equations.quantities import (
    activated_effectors,
    activation_baseline,
    activation_gain,
    activation_rate,
    costimulation,
    drug_effect,
    effector_brake,
    effector_expansion,
    effector_loss,
    effectors_at_unit_tone,
    effectors_baseline,
    exhausted_share,
    exhaustion,
    exhaustion_gain,
    exhaustion_recovery,
    kill_max,
    kill_without_drug,
    resistant_share,
    resting_t_cells,
    resting_t_cells_baseline,
    resting_turnover,
    steroid_effect,
    tnf_at_unit_tone,
    tnf_baseline,
    tone,
    tone_effector_exponent,
)
from pdmodel.model import Mechanism, safe_power

tone_in_tnf_and_effectors = Mechanism(
    "tone_in_tnf_and_effectors",
    slot="tone",
    claim="an inflamed patient starts with more TNF-alpha and more activated effectors",
    refuted_by="effector counts that do not go with baseline TNF-alpha",
    defines={
        tnf_baseline: tnf_at_unit_tone * tone,
        effectors_baseline: effectors_at_unit_tone * safe_power(tone, tone_effector_exponent),
    },
    source="FERRAJOLI2008; MODEL",
)

tone_in_tnf_only = Mechanism(
    "tone_in_tnf_only",
    slot="tone",
    claim="baseline TNF-alpha is a bystander: it does not mark effectors",
    refuted_by="effector counts that rise with baseline TNF-alpha",
    defines={tnf_baseline: tnf_at_unit_tone * tone, effectors_baseline: effectors_at_unit_tone},
)

activation_by_costimulation = Mechanism(
    "activation_by_costimulation",
    slot="effectors",
    claim="costimulation on drug turns resting T cells into effectors",
    refuted_by="effectors that expand without contact to tumour cells",
    processes={
        "renewal": {resting_t_cells: +resting_turnover * resting_t_cells_baseline},
        "turnover": {resting_t_cells: -resting_turnover * resting_t_cells},
        "activation": {
            resting_t_cells: -activation_rate * resting_t_cells,
            activated_effectors: +effector_expansion * activation_rate * resting_t_cells,
        },
        "return_to_rest": {
            resting_t_cells: +effector_loss / effector_expansion * activated_effectors
        },
        "loss": {activated_effectors: -effector_loss * activated_effectors},
    },
    defines={
        activation_baseline: effector_loss * effectors_baseline
        / (effector_expansion * resting_t_cells_baseline),
        activation_rate: activation_baseline
        * (1 + activation_gain * costimulation * (1 - steroid_effect)),
    },
    source="BMRI2014; NK2007; VRISEKOOP2008",
)  # fmt: skip

exhaustion_by_drug = Mechanism(
    "exhaustion_by_drug",
    slot="exhaustion",
    claim="killing tires with time on drug, alike in every patient",
    refuted_by="effectors of nonresponders that stay fresh on drug",
    processes={
        "gain": {exhaustion: +exhaustion_gain * drug_effect * (1 - exhaustion)},
        "recovery": {exhaustion: -exhaustion_recovery * exhaustion},
    },
    defines={exhausted_share: exhaustion},
    source="MODEL",
)

exhaustion_by_engagement = Mechanism(
    "exhaustion_by_engagement",
    slot="exhaustion",
    claim="killing tires by engagement: fastest where antigen and costimulation are strongest",
    refuted_by="exhaustion that goes on after the tumour has shrunk",
    processes={
        "gain": {exhaustion: +exhaustion_gain * costimulation * (1 - exhaustion)},
        "recovery": {exhaustion: -exhaustion_recovery * exhaustion},
    },
    defines={exhausted_share: exhaustion},
)

_selection = (
    kill_max * activated_effectors / effectors_at_unit_tone
    * (1 - kill_without_drug) * drug_effect * effector_brake
)  # fmt: skip

resistant_clone = Mechanism(
    "resistant_clone",
    slot="exhaustion",
    claim="killing does not tire, but cells that armed effectors do not see are selected",
    refuted_by="cells at relapse that are killed ex vivo as those before treatment",
    # Two clones that grow alike: the share that is spared rises by the drug's kill of the other.
    processes={
        "selection": {resistant_share: +_selection * resistant_share * (1 - resistant_share)}
    },
    defines={exhausted_share: resistant_share},
)

no_exhaustion = Mechanism(
    "no_exhaustion",
    slot="exhaustion",
    claim="killing does not tire",
    refuted_by="a best response before the tumour is gone or the drug is stopped",
    defines={exhausted_share: 0},
)
