"""Every shared state, parameter, auxiliary and observable: one table.

Values are those of the calibrated set; `evidence` is the symbol of each in the evidence tables
(tests hold the two together). Bounds are our choice: two decades around the value unless physics
or measurement is tighter.
"""

from equations.bibliography import REFERENCES
from equations.symbols import SYMBOLS
from pdmodel.model import ASSUMED, Vocabulary

q = Vocabulary(
    time="day",
    references=REFERENCES,
    words={"il6": "IL-6", "tnf": "TNF-α", "TNF-alpha": "TNF-α", "t": "T", "cll": "CLL"},
    main=("SPD", "ALC", "activated_effectors", "ANC", "il6", "tnf", "t_cells", "node_swelling"),
    latex=SYMBOLS,
)
_p, _aux = q.parameter, q.auxiliary

# --- lenalidomide: pharmacokinetics (Ferrajoli's patients were not sampled; MDS and mixed patients)
ka = _p("ka", unit="1/day", value=157.2, bounds=(20, 1000), status="reported", evidence="ka",
        meaning="absorption rate constant", source="LIANG2024")  # fmt: skip
CL = _p("CL", unit="L/day", value=280.8, bounds=(50, 1000), status="derived", evidence="CL",
        meaning="apparent clearance CL/F at normal renal function", source="MDS2006")  # fmt: skip
V = _p("V", unit="L", value=62.8, bounds=(20, 200), status="derived", evidence="V",
       meaning="apparent volume V/F", source="MDS2006")  # fmt: skip
fu = _p("fu", unit="1", value=0.7, bounds=(0.4, 0.9), status="reported", evidence="fu",
        meaning="fraction unbound", source="RENAL2007")  # fmt: skip
creatinine_clearance = _p(
    "creatinine_clearance", unit="mL/min", value=95, bounds=(5, 150), source=ASSUMED,
    meaning="creatinine clearance of the patient (covariate)",
)  # fmt: skip
renal_share = _p(
    "renal_share", unit="1", value=0.106 * 95 / (1.3 + 0.106 * 95), bounds=(0, 1), status="derived",
    meaning="share of clearance that follows creatinine clearance, of CL/F = 1.3 + 0.106 CrCl L/h",
    source="RENAL2007; MDS2006",
)  # fmt: skip
creatinine_clearance_normal = q.constant(
    "creatinine_clearance_normal", unit="mL/min", value=95, source=ASSUMED,
    meaning="creatinine clearance at which CL holds",
)  # fmt: skip
molar_mass = q.constant("molar_mass", unit="g/mol", value=259.26, meaning="of lenalidomide")
nmol_per_mmol = q.constant("nmol_per_mmol", unit="nmol/mmol", value=1e6, meaning="conversion")
ng_per_ug = q.constant("ng_per_ug", unit="ng/ug", value=1e3, meaning="conversion")

# --- cereblon and the Ikaros/Aiolos effect state
EC50 = _p("EC50", unit="nmol/L", value=600, bounds=(60, 6000), status="calibrated", evidence="EC50",
          meaning="free drug for half gain of Ikaros/Aiolos loss", source="MODEL")  # fmt: skip
Smax = _p("Smax", unit="1", value=8, bounds=(0.8, 80), status="calibrated", evidence="Smax",
          meaning="maximal gain of Ikaros/Aiolos loss", source="MODEL")  # fmt: skip
ikaros_turnover = _p("ikaros_turnover", unit="1/day", value=1, bounds=(0.1, 10), evidence="kK",
                     meaning="turnover of Ikaros/Aiolos", source=ASSUMED)  # fmt: skip

# --- methylprednisolone
steroid_elimination = _p(
    "steroid_elimination", unit="1/day", value=7.811320755, bounds=(2, 30), status="derived",
    evidence="kM", meaning="methylprednisolone elimination, CL/V", source="UHL",
)  # fmt: skip
steroid_volume = _p("steroid_volume", unit="L", value=106, bounds=(50, 250), status="reported",
                    evidence="VM", meaning="methylprednisolone volume", source="UHL")  # fmt: skip
steroid_IC50 = _p("steroid_IC50", unit="ng/mL", value=15, bounds=(1.5, 150), evidence="IC50s",
                  meaning="methylprednisolone for half effect", source=ASSUMED)  # fmt: skip
steroid_Imax = _p("steroid_Imax", unit="1", value=0.95, bounds=(0, 1), status="calibrated",
                  evidence="Imax_s", meaning="maximal steroid effect", source="MODEL")  # fmt: skip

# --- tumour
tumour_tissue_baseline = _p(
    "tumour_tissue_baseline", unit="1e9 cells", value=1000, bounds=(10, 10000), status="reported",
    evidence="TL0", meaning="CLL cells in lymphoid tissue before treatment", source="LABELLING",
)  # fmt: skip
blood_to_tissue = _p("blood_to_tissue", unit="1", value=0.25, bounds=(0.0025, 25), evidence="rho",
                     meaning="blood to tissue ratio of CLL cells", source=ASSUMED)  # fmt: skip
tumour_growth = _p("tumour_growth", unit="1/day", value=0.0022, bounds=(0.00022, 0.022),
                   status="calibrated", evidence="g", source="MODEL; MESSMER2005",
                   meaning="net tumour growth before treatment")  # fmt: skip
tissue_death = _p("tissue_death", unit="1/day", value=0.0054, bounds=(0.00054, 0.027),
                  status="derived", evidence="dL", source="WODARZ2014",
                  meaning="total death of tissue CLL cells without drug")  # fmt: skip
blood_death = _p("blood_death", unit="1/day", value=0.0057, bounds=(0.00057, 0.027),
                 status="derived", evidence="dB", source="WODARZ2014; BURGER2017",
                 meaning="total death of blood CLL cells without drug")  # fmt: skip
homing = _p("homing", unit="1/day", value=0.15, bounds=(0.015, 1.5), evidence="r",
            meaning="homing of blood CLL cells to tissue", source=ASSUMED)  # fmt: skip
flare_egress = _p("flare_egress", unit="1", value=0.6, bounds=(0, 6), status="calibrated",
                  evidence="em", meaning="acute drive on egress from tissue", source="MODEL",
)  # fmt: skip
homing_Imax = _p("homing_Imax", unit="1", value=0.5, bounds=(0, 1), source=ASSUMED,
                 meaning="maximal inhibition of homing by the drug")  # fmt: skip
direct_kill_max = _p("direct_kill_max", unit="1/day", value=0.0075, bounds=(0.00075, 0.075),
                     vary=True, source=ASSUMED,
                     meaning="killing of CLL cells by the drug itself at full effect")  # fmt: skip
birth_Imax = _p("birth_Imax", unit="1", value=0, bounds=(0, 1), evidence="Ip", source=ASSUMED,
                meaning="maximal direct inhibition of CLL birth")  # fmt: skip

# --- killing, exhaustion, what IL-6 does to either side
kill_max = _p("kill_max", unit="1/day", value=0.0075, bounds=(0.00075, 0.075), vary=True,
              status="calibrated", evidence="kk", source="MODEL",
              meaning="maximal kill by the reference effector density")  # fmt: skip
kill_without_drug = _p("kill_without_drug", unit="1", value=0.04, bounds=(0, 0.4), evidence="eps0",
                       status="calibrated", source="MODEL",
                       meaning="share of the maximal kill that acts without drug")  # fmt: skip
blood_kill = _p("blood_kill", unit="1", value=1, bounds=(0, 10), status="calibrated", evidence="kb",
                meaning="kill in blood relative to tissue", source="MODEL")  # fmt: skip
exhaustion_gain = _p("exhaustion_gain", unit="1/day", value=0.011, bounds=(0.0011, 0.11),
                     vary=True, status="calibrated", evidence="kx", source="MODEL",
                     meaning="gain of exhaustion at full drug effect")  # fmt: skip
exhaustion_recovery = _p("exhaustion_recovery", unit="1/day", value=0.001, bounds=(0.0001, 0.01),
                         status="calibrated", evidence="krx", source="MODEL",
                         meaning="recovery from exhaustion")  # fmt: skip
il6_brake = _p("il6_brake", unit="1", value=0.3, bounds=(0, 3), status="calibrated", evidence="b6",
               meaning="IL-6 brake on effectors", source="MODEL; NEUBER2017")  # fmt: skip
il6_brake_exponent = _p("il6_brake_exponent", unit="1", value=1, bounds=(0.5, 4), evidence="h6",
                        meaning="exponent of the IL-6 brake", source=ASSUMED)  # fmt: skip
il6_survival = _p("il6_survival", unit="1", value=0, bounds=(0, 10), evidence="c6", source=ASSUMED,
                  meaning="IL-6 survival effect on CLL cells")  # fmt: skip

# --- costimulation and the acute reaction of the node
cd80 = _p("cd80", unit="1", value=1, bounds=(0, 1), evidence="cd80", source=ASSUMED,
          meaning="costimulation by tumour cells: 1 CLL, 0 myeloma-like")  # fmt: skip
antigen_half = _p("antigen_half", unit="1", value=0.4, bounds=(0.004, 40), status="calibrated",
                  evidence="KA", source="MODEL",
                  meaning="half saturation of antigen, relative to the burden before treatment",
)  # fmt: skip
acute_exponent = _p("acute_exponent", unit="1", value=1.8, bounds=(1, 4), status="calibrated",
                    evidence="nJ", source="MODEL",
                    meaning="two-signal exponent of the acute drive")  # fmt: skip
acute_reference = q.constant("acute_reference", unit="1", value=0.4, source=ASSUMED,
                             meaning="drug effect at which two signals equal one")  # fmt: skip
desensitisation_rate = _p("desensitisation_rate", unit="1/day", value=0.048, bounds=(0.0048, 0.48),
                          vary=True, status="calibrated", evidence="kZ", source="MODEL",
                          meaning="desensitisation rate of the acute drive")  # fmt: skip
desensitisation_half = _p("desensitisation_half", unit="1", value=0.13, bounds=(0.013, 1.3),
                          status="calibrated", evidence="Z50", source="MODEL",
                          meaning="desensitisation that halves the acute drive")  # fmt: skip
desensitisation_exponent = _p("desensitisation_exponent", unit="1", value=2, bounds=(1, 8),
                              status="calibrated", evidence="hZ", source="MODEL",
                              meaning="exponent of desensitisation")  # fmt: skip
swelling_rate = _p("swelling_rate", unit="1/day", value=3, bounds=(0.3, 30), status="calibrated",
                   evidence="kF", meaning="node swelling rate", source="MODEL")  # fmt: skip
swelling_max = _p("swelling_max", unit="1", value=1.7, bounds=(0.17, 17), vary=True,
                  status="calibrated", evidence="fmax", source="MODEL",
                  meaning="maximal node swelling, volume fraction")  # fmt: skip
node_diameter_baseline = _p("node_diameter_baseline", unit="cm", value=4.3, bounds=(1, 20),
                            evidence="D0", source=ASSUMED,
                            meaning="longest node diameter before treatment")  # fmt: skip
bulky_diameter = q.constant("bulky_diameter", unit="cm", value=5, source="FERRAJOLI2008",
                            meaning="node size above which flare is common")  # fmt: skip
SPD_baseline = _p("SPD_baseline", unit="cm^2", value=40, bounds=(2, 400), evidence="SPD0",
                  meaning="sum of products of node diameters before treatment",
                  source=ASSUMED)  # fmt: skip

# --- effectors and tone
tone = _p("tone", unit="1", value=1, bounds=(0.1, 10), status="calibrated", evidence="tau",
          meaning="inflammatory tone: 2 typical responder, 1 typical nonresponder",
          source="MODEL")  # fmt: skip
tone_effector_exponent = _p("tone_effector_exponent", unit="1", value=1, bounds=(0, 2),
                            evidence="tone_eff", source=ASSUMED,
                            meaning="exponent with which tone acts on effectors")  # fmt: skip
resting_t_cells_baseline = _p("resting_t_cells_baseline", unit="1e9 cells/L", value=1.5,
                              bounds=(0.15, 15), evidence="R0", source=ASSUMED,
                              meaning="resting T cells before treatment")  # fmt: skip
effectors_at_unit_tone = _p("effectors_at_unit_tone", unit="1e9 cells/L", value=0.15,
                            bounds=(0.015, 1.5), evidence="Aref", source=ASSUMED,
                            meaning="activated effectors at tone 1")  # fmt: skip
resting_turnover = _p("resting_turnover", unit="1/day", value=0.003, bounds=(0.0003, 0.03),
                      status="derived", evidence="dR", source="VRISEKOOP2008",
                      meaning="turnover of resting T cells")  # fmt: skip
effector_loss = _p("effector_loss", unit="1/day", value=0.06, bounds=(0.006, 0.6),
                   status="calibrated", evidence="dA", source="MODEL; NK2007",
                   meaning="loss of activated effectors")  # fmt: skip
effector_expansion = _p("effector_expansion", unit="1", value=2, bounds=(1, 20), evidence="n",
                        status="calibrated", source="MODEL",
                        meaning="effectors made of one activated resting cell")  # fmt: skip
activation_gain = _p("activation_gain", unit="1", value=5.5, bounds=(0.55, 55), evidence="Amax",
                     status="calibrated", meaning="drug-induced extra activation",
                     source="MODEL")  # fmt: skip

resistant_share_baseline = _p(
    "resistant_share_baseline", unit="1", value=0.02, bounds=(1e-4, 0.5), source=ASSUMED,
    meaning="share of CLL cells that armed effectors do not see, before treatment",
)  # fmt: skip

# --- TNF-alpha
tnf_clearance = _p("tnf_clearance", unit="1/day", value=49.906597, bounds=(5, 500),
                   status="derived", evidence="kT", source="JPB1987",
                   meaning="loss of plasma TNF-alpha, ln 2 / 20 min")  # fmt: skip
tnf_at_unit_tone = _p("tnf_at_unit_tone", unit="pg/mL", value=12.4, bounds=(1.24, 124),
                      status="derived", evidence="TNFref", source="FERRAJOLI2002; FERRAJOLI2008",
                      meaning="plasma TNF-alpha at tone 1")  # fmt: skip
tnf_effector_share = _p("tnf_effector_share", unit="1", value=0.18, bounds=(0, 1), evidence="wA",
                        status="calibrated", source="MODEL",
                        meaning="effector share of plasma TNF-alpha")  # fmt: skip
tnf_myeloid_Imax = _p("tnf_myeloid_Imax", unit="1", value=0.6, bounds=(0, 1), status="reported",
                      evidence="ImT", source="MOLMED",
                      meaning="maximal drug inhibition of the myeloid share of TNF-alpha",
)  # fmt: skip
tnf_acute_gain = _p("tnf_acute_gain", unit="1", value=0.35, bounds=(0, 3.5), evidence="wJ",
                    status="calibrated", meaning="acute drive on plasma TNF-alpha",
                    source="MODEL")  # fmt: skip

# --- IL-6
il6_clearance = _p("il6_clearance", unit="1/day", value=3.696784963, bounds=(0.37, 37),
                   status="derived", evidence="k6", source="WEBER1993; BANKS2000",
                   meaning="loss of plasma IL-6, ln 2 / 4.5 h")  # fmt: skip
il6_baseline = _p("il6_baseline", unit="pg/mL", value=3, bounds=(0.3, 100), evidence="I60",
                  meaning="plasma IL-6 before treatment", status="assumed",
                  source="ASSUMED; FAYAD2001; LAI2002")  # fmt: skip
il6_tumour_share = _p("il6_tumour_share", unit="1", value=0.15, bounds=(0, 1), evidence="wC",
                      status="calibrated", source="MODEL; BJH1998",
                      meaning="tumour share of plasma IL-6")  # fmt: skip
il6_tumour_gain = _p("il6_tumour_gain", unit="1", value=0, bounds=(0, 80), evidence="kC",
                     meaning="drug-induced IL-6 from tumour cells", source=ASSUMED)  # fmt: skip
il6_myeloid_Imax = _p("il6_myeloid_Imax", unit="1", value=0.5, bounds=(0, 1), evidence="ImI",
                      status="calibrated", source="MODEL; CORRAL1999",
                      meaning="maximal drug inhibition of basal myeloid IL-6")  # fmt: skip
il6_induction = _p("il6_induction", unit="1", value=3.3, bounds=(0.33, 33), evidence="k6ind",
                   status="calibrated", source="MODEL",
                   meaning="gain of effector-induced IL-6")  # fmt: skip
il6_acute_weight = _p("il6_acute_weight", unit="1", value=3, bounds=(0.3, 30), evidence="yJ",
                      status="calibrated", source="MODEL",
                      meaning="weight of the acute drive in the inducing signal")  # fmt: skip
tolerance_tnf = _p("tolerance_tnf", unit="pg/mL", value=14, bounds=(1.4, 140), vary=True,
                   evidence="th", status="calibrated", source="MODEL; GUNTHER2014",
                   meaning="TNF-alpha of half tolerance")  # fmt: skip
tolerance_exponent = _p("tolerance_exponent", unit="1", value=6, bounds=(1, 8), evidence="ht",
                        status="calibrated", source="MODEL",
                        meaning="steepness of TNF tolerance (no direct support)")  # fmt: skip
inducibility_exponent = _p("inducibility_exponent", unit="1", value=4, bounds=(0, 8),
                           meaning="fall of IL-6 inducibility with tone", source=ASSUMED,
)  # fmt: skip

# --- marrow and blood
MTT = _p("MTT", unit="day", value=5.166666667, bounds=(2, 10), status="reported", evidence="MTT",
         meaning="mean transit time of the marrow chain", source="FRIBERG2002")  # fmt: skip
marrow_feedback = _p("marrow_feedback", unit="1", value=0.2, bounds=(0.05, 0.5), evidence="gam",
                     meaning="feedback exponent of the marrow chain", source=ASSUMED)  # fmt: skip
ANC_baseline = _p("ANC_baseline", unit="1e9 cells/L", value=3, bounds=(0.5, 15), evidence="N0",
                  meaning="ANC before treatment", source=ASSUMED)  # fmt: skip
marrow_slope = _p("marrow_slope", unit="L/nmol", value=0.0014, bounds=(0.00014, 0.014), vary=True,
                  status="calibrated", evidence="slope", source="MODEL",
                  meaning="inhibition of marrow proliferation per free drug")  # fmt: skip
marrow_inhibition_cap = q.constant("marrow_inhibition_cap", unit="1", value=0.95, source=ASSUMED,
                                   meaning="largest inhibition of marrow proliferation",
)  # fmt: skip
marrow_Imax = _p("marrow_Imax", unit="1", value=0.95, bounds=(0.1, 1), source=ASSUMED,
                 meaning="largest inhibition of marrow proliferation, saturable form")  # fmt: skip
marrow_IC50 = _p("marrow_IC50", unit="nmol/L", value=485, bounds=(48.5, 4850), status="derived",
                 meaning="free drug of half of it: at 10 mg daily the mean inhibition is that of "
                 "marrow_slope", source="MODEL")  # fmt: skip
neutrophil_floor = q.constant("neutrophil_floor", unit="1e9 cells/L", value=1e-3, source=ASSUMED,
                              meaning="ANC below which feedback grows no further")  # fmt: skip
blood_volume = _p("blood_volume", unit="L", value=5, bounds=(3, 8), evidence="Vb", source=ASSUMED,
                  meaning="blood volume")  # fmt: skip
other_lymphocytes = _p("other_lymphocytes", unit="1e9 cells/L", value=0.3, bounds=(0.03, 3),
                       evidence="alc_n", source=ASSUMED,
                       meaning="lymphocytes other than CLL and T cells")  # fmt: skip

# --- antibodies: interventions that would tell hypotheses apart
antibody_elimination = _p("antibody_elimination", unit="1/day", value=0.035, bounds=(0.01, 0.2),
                          meaning="antibody elimination, ln 2 / 20 d", source=ASSUMED)  # fmt: skip
antibody_IC50 = _p("antibody_IC50", unit="mg", value=20, bounds=(2, 200), source=ASSUMED,
                   meaning="antibody in the body that neutralises half of a cytokine")  # fmt: skip

# --- auxiliaries: each is defined by the mechanism of one slot
free_drug = _aux("free_drug", unit="nmol/L", meaning="free lenalidomide in plasma")
drug_effect = _aux(
    "drug_effect", unit="1", neutral=0, meaning="cereblon-driven effect, Ikaros lost"
)
steroid_effect = _aux(
    "steroid_effect", unit="1", neutral=0, meaning="share of signals a steroid blocks"
)
antigen = _aux("antigen", unit="1", meaning="antigen presented, 1 before treatment")
costimulation = _aux(
    "costimulation", unit="1", meaning="drive on effectors by tumour cells with CD80"
)
acute_gate = _aux(
    "acute_gate", unit="1", neutral=1, meaning="share of the acute drive not desensitised"
)
acute_drive = _aux("acute_drive", unit="1", neutral=0, meaning="acute two-signal drive")
tnf_baseline = _aux("tnf_baseline", unit="pg/mL", meaning="plasma TNF-alpha before treatment")
effectors_baseline = _aux("effectors_baseline", unit="1e9 cells/L",
                          meaning="activated effectors before treatment")  # fmt: skip
activation_baseline = _aux("activation_baseline", unit="1/day",
                           meaning="activation of resting cells that holds the baseline",
)  # fmt: skip
activation_rate = _aux("activation_rate", unit="1/day", meaning="activation of resting cells")
exhausted_share = _aux("exhausted_share", unit="1", neutral=0, meaning="share of killing exhausted")
kill_rate = _aux("kill_rate", unit="1/day", meaning="killing of CLL cells in tissue")
effector_brake = _aux("effector_brake", unit="1", neutral=1, meaning="what IL-6 leaves of killing")
tumour_survival = _aux(
    "tumour_survival", unit="1", neutral=1, meaning="what IL-6 leaves of natural death"
)
birth_block = _aux("birth_block", unit="1", neutral=0, meaning="share of CLL birth the drug blocks")
birth_rate = _aux("birth_rate", unit="1/day", meaning="CLL birth that gives the measured growth")
egress_rate = _aux(
    "egress_rate", unit="1/day", meaning="egress that holds the blood to tissue ratio"
)
tissue_death_natural = _aux("tissue_death_natural", unit="1/day", minimum=0,
                            meaning="tissue death other than baseline killing")  # fmt: skip
blood_death_natural = _aux("blood_death_natural", unit="1/day", minimum=0,
                           meaning="blood death other than baseline killing")  # fmt: skip
tnf_myeloid_block = _aux("tnf_myeloid_block", unit="1", neutral=0,
                         meaning="share of myeloid TNF-alpha the drug blocks")  # fmt: skip
tnf_answer = _aux("tnf_answer", unit="1", meaning="answer of IL-6 makers left by TNF tolerance")
il6_seen = _aux("il6_seen", unit="1", meaning="IL-6 that cells see, over baseline")
tnf_seen = _aux("tnf_seen", unit="pg/mL", meaning="TNF-alpha that cells see")
marrow_inhibition = _aux("marrow_inhibition", unit="1", neutral=0,
                         meaning="inhibition of marrow proliferation")  # fmt: skip
marrow_transit = _aux("marrow_transit", unit="1/day", meaning="transit rate, 4/MTT")

# --- states: drug-free starting values are expressions
drug_gut = q.state("drug_gut", unit="mg", initial=0, meaning="lenalidomide in the gut",
                   identifiers=["CHEBI:63791"])  # fmt: skip
drug_plasma = q.state("drug_plasma", unit="mg", initial=0, meaning="lenalidomide in plasma",
                      identifiers=["CHEBI:63791"])  # fmt: skip
steroid = q.state("steroid", unit="mg", initial=0, meaning="methylprednisolone in the body",
                  identifiers=["CHEBI:6888"])  # fmt: skip
ikaros = q.state("ikaros", unit="1", initial=1, meaning="Ikaros/Aiolos level, relative")
tumour_tissue = q.state("tumour_tissue", unit="1e9 cells", initial=tumour_tissue_baseline,
                        meaning="CLL cells in lymphoid tissue", label="CLL cells in tissue",
)  # fmt: skip
tumour_blood = q.state("tumour_blood", unit="1e9 cells", meaning="CLL cells in blood",
                       initial=blood_to_tissue * tumour_tissue_baseline)  # fmt: skip
resting_t_cells = q.state("resting_t_cells", unit="1e9 cells/L", meaning="resting T cells",
                          initial=resting_t_cells_baseline)  # fmt: skip
activated_effectors = q.state("activated_effectors", unit="1e9 cells/L", initial=effectors_baseline,
                              meaning="activated T and NK effectors",
                              label="Activated effectors")  # fmt: skip
exhaustion = q.state("exhaustion", unit="1", initial=0, meaning="exhausted share of killing")
resistant_share = q.state("resistant_share", unit="1", initial=resistant_share_baseline,
                          meaning="share of CLL cells that armed effectors do not see")  # fmt: skip
desensitisation = q.state(
    "desensitisation", unit="1", initial=0, meaning="memory of the acute drive"
)
node_swelling = q.state("node_swelling", unit="1", initial=0, label="Node swelling",
                        unit_label="volume fraction",
                        meaning="node swelling by oedema, volume fraction")  # fmt: skip
tnf = q.state("tnf", unit="pg/mL", initial=tnf_baseline, meaning="TNF-alpha in plasma",
              label="TNF-α", identifiers=["uniprot:P01375"])  # fmt: skip
il6 = q.state("il6", unit="pg/mL", initial=il6_baseline, meaning="IL-6 in plasma", label="IL-6",
              identifiers=["uniprot:P05231"])  # fmt: skip
il6_antibody = q.state("il6_antibody", unit="mg", initial=0, meaning="anti-IL-6 in the body")
tnf_antibody = q.state("tnf_antibody", unit="mg", initial=0, meaning="anti-TNF-alpha in the body",
                       label="anti-TNF-α in the body")  # fmt: skip
progenitors = q.state("progenitors", unit="1e9 cells/L", initial=ANC_baseline,
                      meaning="neutrophil progenitors")  # fmt: skip
transit_1 = q.state("transit_1", unit="1e9 cells/L", initial=ANC_baseline,
                    meaning="maturing neutrophils, stage 1")  # fmt: skip
transit_2 = q.state("transit_2", unit="1e9 cells/L", initial=ANC_baseline,
                    meaning="maturing neutrophils, stage 2")  # fmt: skip
transit_3 = q.state("transit_3", unit="1e9 cells/L", initial=ANC_baseline,
                    meaning="maturing neutrophils, stage 3")  # fmt: skip
neutrophils = q.state("neutrophils", unit="1e9 cells/L", initial=ANC_baseline,
                      meaning="neutrophils in blood")  # fmt: skip

# --- observables: what the clinic sees
ALC = q.observable("ALC", unit="1e9 cells/L", meaning="absolute lymphocyte count")
ANC = q.observable("ANC", unit="1e9 cells/L", meaning="absolute neutrophil count")
SPD = q.observable("SPD", unit="cm^2", label="SPD (with swelling)",
                   meaning="sum of products of node diameters, swelling included")  # fmt: skip
node_diameter = q.observable("node_diameter", unit="cm",
                             meaning="longest node diameter, without the swelling")  # fmt: skip
blood_cll = q.observable("blood_cll", unit="1e9 cells/L", meaning="CLL cells per litre of blood")
t_cells = q.observable("t_cells", unit="1e9 cells/L", meaning="resting and activated T cells")
il6_fold = q.observable("il6_fold", unit="1", meaning="IL-6 over baseline")
tnf_fold = q.observable("tnf_fold", unit="1", meaning="TNF-alpha over baseline",
                        label="TNF-α over baseline")  # fmt: skip

# --- slots: roles with a contract
q.slot("exposure", meaning="how a dose becomes free drug in plasma", defines=(free_drug,))
q.slot("cereblon", meaning="how free drug becomes drug effect", defines=(drug_effect,))
q.slot("steroid", meaning="what methylprednisolone does", defines=(steroid_effect,))
q.slot("costimulation", meaning="what drives effectors", defines=(antigen, costimulation))
q.slot("tone", meaning="what the inflammatory tone of a patient sets",
       defines=(tnf_baseline, effectors_baseline))  # fmt: skip
q.slot("effectors", meaning="T and NK cells", states=(resting_t_cells, activated_effectors),
       defines=(activation_baseline, activation_rate))  # fmt: skip
q.slot("exhaustion", meaning="how killing tires", defines=(exhausted_share,))
q.slot("il6_signal", meaning="how much IL-6 cells see", defines=(il6_seen,))
q.slot("tnf_signal", meaning="how much TNF-alpha cells see", defines=(tnf_seen,))
q.slot("il6_role", meaning="what IL-6 does to tumour and effectors",
       defines=(effector_brake, tumour_survival))  # fmt: skip
q.slot("kill", meaning="what kills CLL cells", defines=(kill_rate,))
q.slot("birth", meaning="what the drug does to CLL birth", defines=(birth_block,))
q.slot("tumour", meaning="CLL in tissue and blood", states=(tumour_tissue, tumour_blood),
       defines=(birth_rate, egress_rate, tissue_death_natural, blood_death_natural))  # fmt: skip
q.slot("desensitisation", meaning="how the acute reaction ends", defines=(acute_gate,))
q.slot("acute_drive", meaning="the acute reaction to the first doses", defines=(acute_drive,))
q.slot("swelling", meaning="tumour flare in the node", states=(node_swelling,))
q.slot("tnf_homeostasis", meaning="what the drug does to myeloid TNF", defines=(tnf_myeloid_block,))
q.slot("tnf", meaning="where plasma TNF-alpha comes from", states=(tnf,))
q.slot("tolerance", meaning="how TNF blunts the makers of IL-6", defines=(tnf_answer,))
q.slot("il6", meaning="where plasma IL-6 comes from", states=(il6,))
q.slot("marrow_inhibition", meaning="drug on marrow proliferation", defines=(marrow_inhibition,))
q.slot("marrow", meaning="from marrow progenitors to ANC", defines=(marrow_transit,),
       states=(progenitors, transit_1, transit_2, transit_3, neutrophils))  # fmt: skip
q.slot("readouts", meaning="what the clinic measures",
       defines=(ALC, ANC, SPD, node_diameter, blood_cll, t_cells, il6_fold, tnf_fold))  # fmt: skip
