"""Assembly only: the reference model and its named rivals, each with its claim.

A new hypothesis is one line at the end of this file.
"""

from equations import (
    blockade,
    blood_counts,
    flare,
    il6,
    immunity,
    lenalidomide,
    methylprednisolone,
    neutrophils,
    readouts,
    steroids,
    tnf as tnf_alpha,
    tumour,
)
from equations.quantities import q
from pdmodel.model import Model

_RIVALS = (
    il6.il6_from_tumour,
    tnf_alpha.no_tolerance,
    tnf_alpha.inducibility_by_tone,
    tnf_alpha.no_myeloid_inhibition,
    tumour.il6_as_survival_factor,
    tumour.il6_as_marker,
    tumour.birth_inhibited_by_drug,
    tumour.direct_kill,
    tumour.primed_effector_kill,
    tumour.no_effector_kill,
    tumour.homing_blocked_by_drug,
    tumour.turnover_by_birth,
    tumour.retained_in_tissue,
    tumour.released_to_blood,
    tumour.motility_impaired,
    immunity.tone_in_tnf_only,
    immunity.exhaustion_by_engagement,
    immunity.resistant_clone,
    immunity.no_exhaustion,
    flare.cd80_over_days,
    flare.drive_by_costimulation,
    flare.desensitisation_by_signal,
    flare.no_desensitisation,
    steroids.steroids_by_potency,
    steroids.steroids_through_delay,
    neutrophils.no_marrow_inhibition,
    neutrophils.saturable_marrow_inhibition,
    neutrophils.maturation_arrest,
    neutrophils.marrow_inhibition_by_ikaros,
    neutrophils.marrow_with_reserve,
    neutrophils.marrow_drained,
    blood_counts.platelets_and_haemoglobin,
    lenalidomide.steep_ikaros_loss,
    lenalidomide.no_drug_effect,
    blockade.il6_blocked,
    blockade.tnf_blocked,
)

reference = Model(
    "reference",
    q,
    [
        lenalidomide.oral_one_compartment,
        lenalidomide.ikaros_loss,
        methylprednisolone.steroid_block,
        flare.cd80_costimulation,
        flare.two_signal_drive,
        flare.desensitisation_by_drive,
        flare.node_oedema,
        immunity.tone_in_tnf_and_effectors,
        immunity.activation_by_costimulation,
        immunity.exhaustion_by_drug,
        blockade.il6_seen_in_full,
        blockade.tnf_seen_in_full,
        tumour.il6_as_brake,
        tumour.effector_kill,
        tumour.birth_unaffected,
        tumour.tissue_and_blood,
        tnf_alpha.tnf_homeostasis,
        tnf_alpha.tnf_from_myeloid_and_effectors,
        tnf_alpha.tnf_tolerance,
        il6.il6_from_stroma,
        neutrophils.marrow_inhibition_by_drug,
        neutrophils.friberg_chain,
        readouts.clinic,
    ],
    rivals=_RIVALS,
    claim="one inflammatory tone sets TNF-alpha, effectors and tolerance, and so response and IL-6",
    refuted_by="responders and nonresponders alike in baseline TNF-alpha and effectors",
)

no_drug = reference.swap("no_drug_effect").swap(
    "no_marrow_inhibition",
    name="null",
    claim="the null model: the drug does nothing",
    refuted_by="any response, IL-6 rise or neutropenia",
)

tumour_il6 = reference.swap(
    "il6_from_tumour",
    name="tumour_il6",
    claim="the tumour makes the IL-6 that rises on drug",
    refuted_by="responders whose IL-6 does not rise",
)
il6_survival = reference.swap(
    "il6_as_survival_factor",
    name="il6_survival",
    claim="IL-6 protects the tumour instead of braking effectors",
    refuted_by="IL-6 blockade that leaves the death of CLL cells as it is",
)
il6_marker = reference.swap(
    "il6_as_marker",
    name="il6_marker",
    claim="IL-6 marks failure but does not cause it",
    refuted_by="IL-6 blockade that improves response",
)
no_tolerance = reference.swap(
    "no_tolerance",
    name="no_tolerance",
    claim="IL-6 makers answer alike whatever TNF-alpha they have seen",
    refuted_by="IL-6 that rises in nonresponders only",
)
shallow_tolerance = reference.swap(
    "tnf_tolerance",
    name="shallow_tolerance",
    values={"tolerance_exponent": 1},
    claim="TNF-alpha blunts the makers of IL-6 in proportion, without a threshold",
    refuted_by="IL-6 that rises in nonresponders only",
)
inducibility = reference.swap(
    "inducibility_by_tone",
    name="inducibility",
    claim="a trait that goes with tone, not TNF-alpha itself, makes patients poor makers of IL-6",
    refuted_by="IL-6 makers of responders that answer like others once TNF-alpha is washed out",
)
no_homeostasis = reference.without(
    "tnf_homeostasis",
    name="no_homeostasis",
    claim="nothing balances the TNF-alpha of new effectors",
    refuted_by="TNF-alpha that does not rise although effectors do",
)
tnf_bystander = reference.swap(
    "tone_in_tnf_only",
    name="tnf_bystander",
    claim="high TNF-alpha makes IL-6 makers tolerant but does not mark effectors",
    refuted_by="more activated effectors before treatment where TNF-alpha is high",
)
tnf_bystander_no_tolerance = tnf_bystander.swap(
    "no_tolerance",
    name="tnf_bystander_no_tolerance",
    claim="TNF-alpha is a bystander altogether",
    refuted_by="responders with twice the baseline TNF-alpha",
)
antiproliferative_only = reference.swap("birth_inhibited_by_drug").swap(
    "no_effector_kill",
    name="antiproliferative_only",
    values={"birth_Imax": 0.9},
    claim="the drug only stops CLL cells from dividing",
    refuted_by="responders and nonresponders that differ in IL-6 and baseline TNF-alpha",
)
direct_kill_only = reference.swap(
    "direct_kill",
    name="direct_kill_only",
    claim="the drug kills CLL cells itself, without effectors",
    refuted_by="responders and nonresponders that differ in effectors or baseline TNF-alpha",
)
effectors_and_antiproliferative = reference.swap(
    "birth_inhibited_by_drug",
    name="effectors_and_antiproliferative",
    claim="effectors kill and the drug slows division as well",
    refuted_by="an unchanged birth rate on drug",
)
no_exhaustion = reference.swap(
    "no_exhaustion",
    name="no_exhaustion",
    claim="killing never tires",
    refuted_by="a best response as early as six to nine months",
)
exhaustion_by_engagement = reference.swap(
    "exhaustion_by_engagement",
    name="exhaustion_by_engagement",
    claim="killing tires where effectors are engaged, not by the clock",
    refuted_by="exhaustion alike in patients with little and much tumour",
)
resistant_clone = reference.swap(
    "resistant_clone",
    name="resistant_clone",
    claim="responses end because a resistant clone is selected, not because effectors tire",
    refuted_by="relapses that are as sensitive to effectors as the first tumour",
)
no_desensitisation = reference.swap(
    "no_desensitisation",
    name="no_desensitisation",
    claim="the acute reaction never wears off",
    refuted_by="a flare of two weeks on continued drug",
)
steep_ikaros_loss = reference.swap(
    "steep_ikaros_loss",
    name="steep_ikaros_loss",
    claim="the dose response is steep from the first step: half the dose has half the effect",
    refuted_by="as many responses and neutropenias on 5 mg as on 10 mg",
)
primed_kill = reference.swap(
    "primed_effector_kill",
    name="primed_kill",
    claim="responses need the acute reaction to have been strong once",
    refuted_by="responses of patients whose acute reaction a steroid kept away",
)
cd80_over_days = reference.swap("cd80_over_days").swap(
    "drive_by_costimulation",
    name="cd80_over_days",
    claim="the acute reaction waits for CD80, which comes up over days",
    refuted_by="nodes that swell within hours of the first dose",
)
desensitisation_by_signal = reference.swap(
    "desensitisation_by_signal",
    name="desensitisation_by_signal",
    claim="a steroid puts the flare off rather than preventing it",
    refuted_by="nodes that stay as they are once a steroid given from the first day is stopped",
)
steroids_by_potency = reference.swap(
    "steroids_by_potency",
    name="steroids_by_potency",
    claim="prednisone and dexamethasone are methylprednisolone in other doses",
    refuted_by="doses of equal potency after which flares differ",
)
steroids_through_delay = reference.swap(
    "steroids_through_delay",
    name="steroids_through_delay",
    claim="steroids act late and at low levels, so that one dose a day is enough",
    refuted_by="a steroid once a day that prevents less than the same dose divided",
)
homing_blocked = reference.swap(
    "homing_blocked_by_drug",
    name="homing_blocked",
    claim="the drug moves CLL cells from nodes to blood besides having them killed",
    refuted_by="CLL cells in blood that fall from the first week on",
)
retained_in_tissue = reference.swap(
    "retained_in_tissue",
    name="retained_in_tissue",
    claim="the drug holds CLL cells back in nodes, which empties blood besides what is killed",
    refuted_by="CLL cells in blood that stay low through a week without the drug",
)
released_to_blood = reference.swap(
    "released_to_blood",
    name="released_to_blood",
    claim="the drug lets CLL cells out of nodes, which shrink by it, into blood",
    refuted_by="CLL cells in blood that fall alike with and without flare in the first week",
)
motility_impaired = reference.swap(
    "motility_impaired",
    name="motility_impaired",
    claim="the drug slows movement both ways, so that blood is left to die by itself",
    refuted_by="nodes and blood that empty at one pace in the months of a response",
)
saturable_marrow = reference.swap(
    "saturable_marrow_inhibition",
    name="saturable_marrow",
    claim="neutropenia hardly grows from 10 to 25 mg",
    refuted_by="neutropenia twice as common at 25 mg as at 10 mg",
)
maturation_arrest = reference.swap(
    "maturation_arrest",
    name="maturation_arrest",
    claim="the drug stops neutrophils from maturing, not their progenitors from dividing",
    refuted_by="a marrow poor in progenitors on drug",
)
marrow_reserve = reference.swap("marrow_inhibition_by_ikaros").swap(
    "marrow_with_reserve",
    name="marrow_reserve",
    claim="neutropenia comes when the reserve of the marrow is used up, and stays with the drug",
    refuted_by="neutropenia that deepens from cycle to cycle",
)
marrow_drained = reference.swap("marrow_inhibition_by_ikaros").swap(
    "marrow_drained",
    name="marrow_drained",
    claim="neutropenia builds up over cycles, because the marrow wears out",
    refuted_by="neutropenia as deep in the first cycle as in the third",
)
steep_with_reserve = marrow_reserve.swap(
    "steep_ikaros_loss",
    name="steep_with_reserve",
    claim="response and neutropenia both follow a narrow range of doses, through Ikaros",
    refuted_by="neutropenia on 5 mg nearly as common as on 10 mg",
)
primed_with_reserve = marrow_reserve.swap(
    "primed_effector_kill",
    name="primed_with_reserve",
    values={"priming_loss": 0.001},
    claim="more dose brings more response, once: priming lasts, and the marrow bears the dose",
    refuted_by="responses on 25 mg no more common than on 10 mg in the same patients",
)
blood_counts_too = reference.with_(
    "platelets_and_haemoglobin",
    name="blood_counts",
    claim="platelets and haemoglobin fall with the drug and come back with the response",
    refuted_by="cytopenias that are the same whether the marrow clears or not",
)
turnover_by_birth = reference.swap(
    "turnover_by_birth",
    name="turnover_by_birth",
    claim="tumours of fast birth grow through the drug that holds those of slow birth",
    refuted_by="birth rates alike in patients who progress on the drug and in others",
)
selected_and_fast = turnover_by_birth.swap(
    "resistant_clone",
    name="selected_and_fast",
    claim="patients progress by a resistant clone, the sooner the faster its cells are born",
    refuted_by="progression on the drug whose time has nothing to do with the birth rate",
)

myeloma_context = reference.swap(
    "birth_inhibited_by_drug",
    name="myeloma_context",
    values={"birth_Imax": 0.9, "cd80": 0},
    claim="without CD80 on the tumour the same drug stops division and lowers IL-6, as in myeloma",
    refuted_by="IL-6 that rises on drug in tumours without costimulation",
)
