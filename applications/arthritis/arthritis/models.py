"""Assembly only: the model of arthritis and its named rivals, each with its claim."""

from arthritis import antibodies, cytokines, joint
from arthritis.quantities import q
from pdmodel.model import Model

arthritis = Model(
    "arthritis",
    q,
    [
        antibodies.subcutaneous,
        antibodies.no_antidrug_antibodies,
        antibodies.antibody_neutralises_tnf,
        antibodies.il6_seen_in_full,
        cytokines.tnf_from_synovium,
        cytokines.il6_from_tnf_and_fibroblasts,
        cytokines.crp_from_il6,
        joint.joint_driven_by_il6,
        joint.clinic,
    ],
    rivals=(
        antibodies.antidrug_antibodies,
        antibodies.no_neutralisation,
        antibodies.il6_receptor_blocked,
        cytokines.il6_from_tnf_alone,
        joint.joint_driven_by_tnf,
        joint.joint_driven_by_both,
    ),
    claim="IL-6 drives the joint; the antibody helps as far as TNF-alpha drives IL-6",
    refuted_by="joints that improve although IL-6 stays high",
)

joint_on_tnf = arthritis.swap(
    "joint_driven_by_tnf",
    name="joint_on_tnf",
    claim="TNF-alpha drives the joint, IL-6 only the liver",
    refuted_by="joints that stay inflamed although free TNF-alpha is gone",
)
joint_on_both = arthritis.swap(
    "joint_driven_by_both",
    name="joint_on_both",
    claim="TNF-alpha and IL-6 each drive a part of the synovitis",
    refuted_by="patients who do not improve at all on the antibody",
)
tnf_alone = arthritis.swap(
    "il6_from_tnf_alone",
    name="tnf_alone",
    claim="TNF-alpha drives everything, so that what differs is how much antibody is there",
    refuted_by="patients with a full trough who do not improve",
)
antidrug = tnf_alone.swap(
    "antidrug_antibodies",
    name="antidrug",
    claim="the antibody fails where antibodies against it have cleared it",
    refuted_by="patients with a full trough who do not improve",
)
inert_antibody = arthritis.swap(
    "no_neutralisation",
    name="inert_antibody",
    claim="the null model: the antibody does nothing",
    refuted_by="any fall of TNF-alpha, IL-6, CRP or DAS28",
)
