"""Adalimumab, antibodies against it, what it does to TNF-alpha; and tocilizumab."""

from arthritis.quantities import (
    CL,
    V,
    antidrug,
    antidrug_clearance,
    antidrug_gain,
    antidrug_half,
    antidrug_rate,
    depot,
    il6,
    il6_baseline,
    il6_seen,
    immunogenicity,
    ka,
    level,
    neutralisation,
    neutralising_level,
    plasma,
    tnf_clearance,
    tocilizumab,
    tocilizumab_elimination,
    tocilizumab_half,
)
from pdmodel.model import Mechanism, hill, hill_fall

subcutaneous = Mechanism(
    "subcutaneous",
    slot="exposure",
    claim="absorbed from under the skin over days, cleared from one compartment over weeks",
    refuted_by="a second phase of decline, or a clearance that depends on the dose",
    processes={
        "absorption": {depot: -ka * depot, plasma: +ka * depot},
        "elimination": {plasma: -CL / V * (1 + antidrug_clearance) * plasma},
    },
    defines={level: plasma / V},
    doses={"adalimumab": depot},
    source="TERNANT2015; LABEL",
)

no_antidrug_antibodies = Mechanism(
    "no_antidrug_antibodies",
    slot="immunogenicity",
    claim="the immune system takes the antibody for one of its own",
    refuted_by="troughs that fall from month to month",
    defines={antidrug_clearance: 0},
)

antidrug_antibodies = Mechanism(
    "antidrug_antibodies",
    slot="immunogenicity",
    claim="antibodies against the antibody come up over weeks and clear it",
    refuted_by="troughs of patients who do not improve as high as those of the others",
    processes={
        "formation": {antidrug: +antidrug_rate * immunogenicity * hill(level, antidrug_half)},
        "decay": {antidrug: -antidrug_rate * antidrug},
    },
    defines={antidrug_clearance: antidrug_gain * antidrug},
    source="BARTELDS2007",
)

antibody_neutralises_tnf = Mechanism(
    "antibody_neutralises_tnf",
    slot="neutralisation",
    claim="adalimumab removes free TNF-alpha in proportion to its level",
    refuted_by="free TNF-alpha that does not fall on the antibody",
    defines={neutralisation: tnf_clearance * level / neutralising_level},
    source="CHARLES1999",
)

no_neutralisation = Mechanism(
    "no_neutralisation",
    slot="neutralisation",
    claim="the null hypothesis: adalimumab reaches the plasma and does nothing",
    refuted_by="any change on the antibody that the drug-free course does not show",
    defines={neutralisation: 0},
)

il6_seen_in_full = Mechanism(
    "il6_seen_in_full",
    slot="il6_signal",
    claim="cells see the IL-6 that is there",
    refuted_by="an antibody or a lost receptor between IL-6 and its targets",
    defines={il6_seen: il6 / il6_baseline},
)

il6_receptor_blocked = Mechanism(
    "il6_receptor_blocked",
    slot="il6_signal",
    claim="tocilizumab keeps IL-6 from its receptor",
    refuted_by="CRP that stays high on tocilizumab",
    processes={"elimination": {tocilizumab: -tocilizumab_elimination * tocilizumab}},
    defines={il6_seen: il6 / il6_baseline * hill_fall(tocilizumab, tocilizumab_half)},
    doses={"tocilizumab": tocilizumab},
    source="ADACTA2013",
)
