"""Every symbol of the models: what it is, in which unit, its value, and where that comes from."""

from arthritis.bibliography import REFERENCES
from pdmodel.model import ASSUMED, Vocabulary

SYMBOLS = {
    "ka": "k_a", "CL": r"\mathrm{CL}", "V": "V", "depot": "A_d", "plasma": "A_c", "level": "C",
    "adalimumab": r"C_{\mathrm{serum}}", "neutralising_level": "C_{50}", "antidrug": "N",
    "antidrug_rate": "k_N",
    "antidrug_gain": "g_N", "antidrug_half": "C_{50,N}", "immunogenicity": r"\iota",
    "antidrug_clearance": "c_N", "neutralisation": r"\nu", "tocilizumab": "A_Z",
    "tocilizumab_half": "A_{50,Z}", "tnf": "T", "tnf_baseline": "T_0", "tnf_clearance": "k_T",
    "tnf_feedback": "f_T", "il6": "I", "il6_baseline": "I_0", "il6_clearance": "k_I",
    "il6_seen": "s_I", "autonomy": r"\alpha", "crp": r"\mathrm{CRP}",
    "crp_baseline": r"\mathrm{CRP}_0", "crp_clearance": r"k_{\mathrm{CRP}}",
    "crp_unit": r"\mathrm{CRP}_1", "synovitis": "S", "synovitis_rate": "k_S", "tnf_share": "w_T",
    "tender_joints": "J_t", "tender_baseline": "J_{t,0}", "swollen_joints": "J_s",
    "swollen_baseline": "J_{s,0}", "global_baseline": "G_0", "DAS28": r"\mathrm{DAS28}",
}  # fmt: skip
"""How quantities are written in equations on paper; no equation and no identity depends on it."""

q = Vocabulary(
    time="day",
    references=REFERENCES,
    latex=SYMBOLS,
    words={"il6": "IL-6", "tnf": "TNF-α", "TNF-alpha": "TNF-α", "crp": "CRP", "eular": "EULAR"},
    main=("DAS28", "synovitis", "crp", "il6", "tnf", "adalimumab"),
)
_p = q.parameter

# --- adalimumab: apparent values, for a dose under the skin
ka = _p("ka", unit="1/day", value=0.28, bounds=(0.05, 2), source="TERNANT2015",
        meaning="absorption rate constant")  # fmt: skip
CL = _p("CL", unit="L/day", value=0.45, bounds=(0.045, 4.5), status="derived", source="LABEL",
        meaning="apparent clearance CL/F: 12 mL/h over a bioavailability of 64 %")  # fmt: skip
V = _p("V", unit="L", value=8.4, bounds=(2, 40), status="derived", source="LABEL",
       meaning="apparent volume V/F: 5.35 L over a bioavailability of 64 %")  # fmt: skip
neutralising_level = _p(
    "neutralising_level", unit="mg/L", value=1.1, bounds=(0.11, 11), vary=True, status="derived",
    source="GRANNEMAN2003", meaning="adalimumab that removes TNF-alpha as fast as the body does",
)  # fmt: skip

# --- antibodies against the antibody
antidrug_rate = _p("antidrug_rate", unit="1/day", value=0.03, bounds=(0.003, 0.3), source=ASSUMED,
                   meaning="how fast antidrug antibodies come and go")  # fmt: skip
antidrug_gain = _p("antidrug_gain", unit="1", value=8, bounds=(0, 80), status="derived",
                   meaning="clearance that a full titre adds, in multiples of CL",
                   source="BARTELDS2007")  # fmt: skip
antidrug_half = _p("antidrug_half", unit="mg/L", value=0.5, bounds=(0.05, 5), source=ASSUMED,
                   meaning="adalimumab for half of the stimulus")  # fmt: skip
immunogenicity = _p("immunogenicity", unit="1", value=0.2, bounds=(0, 1), source=ASSUMED,
                    meaning="titre of antidrug antibodies that a patient comes to")  # fmt: skip

# --- tocilizumab, which an intervention adds
tocilizumab_elimination = _p(
    "tocilizumab_elimination", unit="1/day", value=0.06, bounds=(0.006, 0.6), source=ASSUMED,
    meaning="elimination of tocilizumab",
)  # fmt: skip
tocilizumab_half = _p("tocilizumab_half", unit="mg", value=20, bounds=(2, 200), source=ASSUMED,
                      meaning="tocilizumab in the body that keeps half of IL-6 from its receptor",
)  # fmt: skip

# --- cytokines and C-reactive protein
tnf_baseline = _p("tnf_baseline", unit="pg/mL", value=20, bounds=(2, 200), source=ASSUMED,
                  meaning="free TNF-alpha before treatment")  # fmt: skip
tnf_clearance = _p("tnf_clearance", unit="1/day", value=49.9, bounds=(5, 500), status="derived",
                   source="RHTNF1987", meaning="clearance of TNF-alpha: half-life of 20 minutes",
)  # fmt: skip
tnf_feedback = _p("tnf_feedback", unit="1", value=0.5, bounds=(0, 1), source=ASSUMED,
                  meaning="share of TNF-alpha secretion that follows the synovitis")  # fmt: skip
il6_baseline = _p("il6_baseline", unit="pg/mL", value=13.3, bounds=(1, 200), meaning="IL-6 before "
                  "treatment", source="IL6SERUM1995")  # fmt: skip
il6_clearance = _p("il6_clearance", unit="1/day", value=3.7, bounds=(0.37, 37), status="derived",
                   meaning="clearance of IL-6", source="WEBER1993; BANKS2000")  # fmt: skip
autonomy = _p("autonomy", unit="1", value=0.5, bounds=(0.01, 0.99), vary=True, status="calibrated",
              source="MODEL", meaning="share of IL-6 that fibroblasts make without TNF-alpha",
)  # fmt: skip
crp_baseline = _p("crp_baseline", unit="mg/L", value=25, bounds=(1, 250), status="derived",
                  meaning="CRP before treatment: 22 mg/L a day come and go",
                  source="TERNANT2015; WILKINS1998")  # fmt: skip
crp_clearance = _p("crp_clearance", unit="1/day", value=0.8755, bounds=(0.3, 3), status="derived",
                   source="WILKINS1998", meaning="clearance of CRP: half-life of 19 hours",
)  # fmt: skip

# --- the joint, and the score of its activity
synovitis_rate = _p("synovitis_rate", unit="1/day", value=0.1, bounds=(0.01, 1), vary=True,
                    status="calibrated", source="MODEL",
                    meaning="how fast synovitis follows what drives it")  # fmt: skip
tnf_share = _p("tnf_share", unit="1", value=0.5, bounds=(0, 1), source=ASSUMED,
               meaning="share of TNF-alpha itself in the drive of synovitis")  # fmt: skip
tender_baseline = _p("tender_baseline", unit="1", value=13.2, bounds=(1, 28),
                     meaning="tender joints of 28 before treatment", source="TAKEUCHI2014",
)  # fmt: skip
swollen_baseline = _p("swollen_baseline", unit="1", value=11.5, bounds=(1, 28),
                      meaning="swollen joints of 28 before treatment", source="TAKEUCHI2014",
)  # fmt: skip
global_baseline = _p("global_baseline", unit="1", value=64, bounds=(1, 100), source="TAKEUCHI2014",
                     meaning="global health before treatment, 0 best to 100 worst")  # fmt: skip
crp_unit = q.constant("crp_unit", unit="mg/L", value=1, meaning="unit of CRP in the score")

# --- auxiliaries: each is defined by the mechanism of one slot
level = q.auxiliary("level", unit="mg/L", meaning="adalimumab in plasma")
antidrug_clearance = q.auxiliary("antidrug_clearance", unit="1", neutral=0,
                                 meaning="clearance by antidrug antibodies, in multiples of CL",
)  # fmt: skip
neutralisation = q.auxiliary("neutralisation", unit="1/day", neutral=0,
                             meaning="removal of TNF-alpha by the antibody")  # fmt: skip
il6_seen = q.auxiliary("il6_seen", unit="1", meaning="IL-6 that cells see, over baseline")

# --- states: drug-free starting values are expressions
depot = q.state("depot", unit="mg", initial=0, meaning="adalimumab under the skin")
plasma = q.state("plasma", unit="mg", initial=0, meaning="adalimumab in the body")
antidrug = q.state("antidrug", unit="1", initial=0, meaning="antidrug antibodies, share of a full "
                   "titre", label="Antidrug antibodies")  # fmt: skip
tocilizumab = q.state("tocilizumab", unit="mg", initial=0, meaning="tocilizumab in the body")
tnf = q.state("tnf", unit="pg/mL", initial=tnf_baseline, meaning="free TNF-alpha in plasma",
              label="Free TNF-α", identifiers=["uniprot:P01375"])  # fmt: skip
il6 = q.state("il6", unit="pg/mL", initial=il6_baseline, meaning="IL-6 in plasma", label="IL-6",
              identifiers=["uniprot:P05231"])  # fmt: skip
crp = q.state("crp", unit="mg/L", initial=crp_baseline, meaning="C-reactive protein", label="CRP",
              identifiers=["uniprot:P02741"])  # fmt: skip
synovitis = q.state("synovitis", unit="1", initial=1, label="Synovitis", unit_label="of baseline",
                    meaning="inflammation of the joints, 1 before treatment")  # fmt: skip

# --- observables: what the clinic sees
adalimumab = q.observable("adalimumab", unit="mg/L", meaning="adalimumab in serum",
                          label="Adalimumab in serum")  # fmt: skip
tender_joints = q.observable("tender_joints", unit="1", meaning="tender joints of 28",
                             label="Tender joints of 28", unit_label="joints")  # fmt: skip
swollen_joints = q.observable("swollen_joints", unit="1", meaning="swollen joints of 28",
                              label="Swollen joints of 28", unit_label="joints")  # fmt: skip
DAS28 = q.observable("DAS28", unit="1", label="DAS28", unit_label="points",
                     meaning="disease activity score of 28 joints, with CRP")  # fmt: skip

# --- slots: roles with a contract
q.slot("exposure", meaning="how a dose becomes adalimumab in plasma", defines=(level,))
q.slot("immunogenicity", meaning="what the immune system does to the antibody",
       defines=(antidrug_clearance,))  # fmt: skip
q.slot("neutralisation", meaning="what the antibody does to TNF-alpha", defines=(neutralisation,))
q.slot("tnf", meaning="where TNF-alpha comes from", states=(tnf,))
q.slot("il6", meaning="where IL-6 comes from", states=(il6,))
q.slot("il6_signal", meaning="how much IL-6 cells see", defines=(il6_seen,))
q.slot("liver", meaning="what drives C-reactive protein", states=(crp,))
q.slot("joint", meaning="what drives synovitis", states=(synovitis,))
q.slot("readouts", meaning="what the clinic measures",
       defines=(adalimumab, tender_joints, swollen_joints, DAS28))  # fmt: skip
