"""The table of symbols, continued: those that only rivals of the reference model hold.

They are declared after all of `quantities.py`, so that a model without these rivals keeps the
order of its states and parameters. A number without a source is `ASSUMED`, and its bounds are how
far it is varied.
"""

from equations.quantities import ANC_baseline, marrow_transit, q
from pdmodel.model import ASSUMED

_p, _aux = q.parameter, q.auxiliary

# --- movement of CLL cells between tissue and blood
retention_Imax = _p(
    "retention_Imax", unit="1", value=0.58, bounds=(0, 1), source="ASSUMED; IBERDOMIDE2022",
    meaning="egress from tissue that the drug stops at full effect: B cells in blood fell by as "
    "much in lupus on the strongest dose of another cereblon modulator",
)  # fmt: skip
release_gain = _p("release_gain", unit="1", value=1, bounds=(0, 10), source=ASSUMED,
                  meaning="egress from tissue that the drug adds at full effect")  # fmt: skip
motility_Imax = _p("motility_Imax", unit="1", value=0.58, bounds=(0, 1),
                   source="ASSUMED; SCHULZ2013; IBERDOMIDE2022",
                   meaning="movement in both directions that the drug stops at full effect",
)  # fmt: skip

# --- the chain of the flare: CD80 comes up, drives, and is answered less and less
cd80_rise = _p(
    "cd80_rise", unit="1/day", value=0.7, bounds=(0.1, 10), source="ASSUMED; AUE2009",
    meaning="rate at which CLL cells come to show CD80: half of it after a day, as a doubling "
    "within 48 h in vitro allows",
)  # fmt: skip
cd80_shown = q.state("cd80_shown", unit="1", initial=0,
                     meaning="CD80 that the drug has made CLL cells show, 1 at full effect",
)  # fmt: skip

# --- steroids: drugs of their own, on the scale of methylprednisolone in plasma
prednisolone_absorption = _p(
    "prednisolone_absorption", unit="1/day", value=24, bounds=(5, 100), source=ASSUMED,
    meaning="absorption of oral prednisone, which arrives as prednisolone",
)  # fmt: skip
prednisone_available = _p(
    "prednisone_available", unit="1", value=0.62, bounds=(0.4, 1), status="reported",
    source="GARG1994", meaning="share of an oral prednisone dose that arrives as prednisolone",
)  # fmt: skip
prednisolone_elimination = _p(
    "prednisolone_elimination", unit="1/day", value=4.245, bounds=(2, 10), status="derived",
    source="ALHABET1980", meaning="prednisolone elimination, 0.104 L/h/kg over 0.588 L/kg",
)  # fmt: skip
prednisolone_volume = _p(
    "prednisolone_volume", unit="L", value=41.2, bounds=(20, 100), status="derived",
    source="ALHABET1980", meaning="prednisolone volume, 0.588 L/kg at 70 kg",
)  # fmt: skip
prednisolone_potency = _p(
    "prednisolone_potency", unit="1", value=0.38, bounds=(0.05, 1), source="ASSUMED; GENERAL",
    meaning="effect of prednisolone at the concentration of methylprednisolone, by affinity to "
    "the receptor (16 to 42, recalled; lymphocytes in vitro give a tenth)",
)  # fmt: skip
dexamethasone_elimination = _p(
    "dexamethasone_elimination", unit="1/day", value=5.8, bounds=(3, 12), status="derived",
    source="TSUEI1979", meaning="dexamethasone elimination, ln 2 / 172 min, mean of both sexes",
)  # fmt: skip
dexamethasone_volume = _p(
    "dexamethasone_volume", unit="L", value=60.9, bounds=(30, 150), status="derived",
    source="TSUEI1979", meaning="dexamethasone volume, 245 mL/min over its elimination",
)  # fmt: skip
dexamethasone_potency = _p(
    "dexamethasone_potency", unit="1", value=2.4, bounds=(1, 10), source="ASSUMED; GENERAL",
    meaning="effect of dexamethasone at the concentration of methylprednisolone, by affinity to "
    "the receptor (100 to 42, recalled)",
)  # fmt: skip
steroid_site_rate = _p(
    "steroid_site_rate", unit="1/day", value=6, bounds=(1, 50), status="derived",
    source="MAGEE2002", meaning="pace at which the effect of a steroid follows plasma: 1 / 4 h",
)  # fmt: skip
prednisolone_IC50 = _p(
    "prednisolone_IC50", unit="ng/mL", value=3.76, bounds=(1, 40), status="reported",
    source="MAGEE2002",
    meaning="prednisolone for half effect on lymphocytes, ex vivo (in vitro 38.8)",
)  # fmt: skip
steroid_equivalent = _aux("steroid_equivalent", unit="ng/mL",
                          meaning="all steroids in plasma, as methylprednisolone")  # fmt: skip
prednisone_gut = q.state("prednisone_gut", unit="mg", initial=0, meaning="prednisone in the gut")
prednisolone_gut = q.state("prednisolone_gut", unit="mg", initial=0,
                           meaning="prednisolone in the gut")  # fmt: skip
prednisolone = q.state("prednisolone", unit="mg", initial=0, meaning="prednisolone in the body")
dexamethasone = q.state("dexamethasone", unit="mg", initial=0,
                        meaning="dexamethasone in the body")  # fmt: skip
steroid_at_site = q.state("steroid_at_site", unit="ng/mL", initial=0,
                          meaning="steroid where it acts, as methylprednisolone")  # fmt: skip

# --- turnover of CLL cells by their birth rate
clone_birth = _p(
    "clone_birth", unit="1/day", value=0.00766, bounds=(0.0007, 0.0131), status="derived",
    source="MODEL; MURPHY2017",
    meaning="CLL cells born before treatment, share of the clone a day; 0.07 to 1.31 % in 97 "
    "patients",
)  # fmt: skip
clone_birth_usual = q.constant(
    "clone_birth_usual", unit="1/day", value=0.00766, source=ASSUMED,
    meaning="birth rate at which tumour_growth and the two death rates hold",
)  # fmt: skip

# --- dose response: steeper, or with a threshold
substrate_exponent = _p("substrate_exponent", unit="1", value=2, bounds=(1, 4), source=ASSUMED,
                        meaning="steepness of Ikaros/Aiolos loss in drug")  # fmt: skip
substrate_EC50 = _p(
    "substrate_EC50", unit="nmol/L", value=304, bounds=(30, 3000), status="derived",
    source="MODEL", meaning="free drug for half gain of Ikaros/Aiolos loss, steep form: 10 mg "
    "daily has the mean effect that it has in the reference model",
)  # fmt: skip
priming_rate = _p("priming_rate", unit="1/day", value=0.3, bounds=(0.03, 3), source=ASSUMED,
                  meaning="priming of effectors by the strongest acute drive")  # fmt: skip
priming_half = _p("priming_half", unit="1", value=0.4, bounds=(0.1, 2), source=ASSUMED,
                  meaning="acute drive of half priming")  # fmt: skip
priming_exponent = _p("priming_exponent", unit="1", value=4, bounds=(1, 8), source=ASSUMED,
                      meaning="steepness of priming in the acute drive")  # fmt: skip
priming_loss = _p(
    "priming_loss", unit="1/day", value=0.0047, bounds=(0.0005, 0.05), status="derived",
    source="VRISEKOOP2008", meaning="loss of primed effectors, that of memory CD4 T cells: "
    "ln 2 / 0.4 years",
)  # fmt: skip
primed_share = q.state("primed_share", unit="1", initial=0,
                       meaning="share of effectors that an acute reaction has primed")  # fmt: skip

# --- marrow: a block of maturation that follows Ikaros, and what is in reserve
marrow_ikaros_half = _p(
    "marrow_ikaros_half", unit="1", value=0.33, bounds=(0.05, 2), vary=True, status="calibrated",
    source="MODEL", meaning="drug effect that blocks half of maturation: severe neutropenia is as "
    "common in the 10 mg trial as reported",
)  # fmt: skip
marrow_ikaros_exponent = _p("marrow_ikaros_exponent", unit="1", value=2, bounds=(1, 6),
                            source=ASSUMED, meaning="steepness of the block of maturation",
)  # fmt: skip
reserve_stay = _p(
    "reserve_stay", unit="day", value=5.8, bounds=(2, 15), status="reported", source="LAHOZ2016",
    meaning="stay of neutrophils in marrow after their last division",
)  # fmt: skip
release_exponent = _p("release_exponent", unit="1", value=1, bounds=(0, 2), source=ASSUMED,
                      meaning="how strongly a low ANC calls for the reserve")  # fmt: skip
stem_recovery = _p("stem_recovery", unit="1/day", value=0.006, bounds=(0.0006, 0.06),
                   source=ASSUMED,
                   meaning="recovery of the pool that progenitors come from")  # fmt: skip
stem_drain = _p(
    "stem_drain", unit="1/day", value=0.018, bounds=(0.0018, 0.18), source="ASSUMED; MYELOMA2016",
    meaning="loss of that pool while maturation is blocked: on 25 mg the first severe neutropenia "
    "comes after weeks, as in myeloma",
)  # fmt: skip
marrow_reserve = q.state("marrow_reserve", unit="1e9 cells/L", label="Neutrophils in marrow",
                         initial=reserve_stay * marrow_transit * ANC_baseline,
                         meaning="mature neutrophils in marrow, per litre of blood")  # fmt: skip
stem_pool = q.state("stem_pool", unit="1", initial=1,
                    meaning="pool that progenitors come from, relative")  # fmt: skip

# --- platelets and haemoglobin
marrow_crowding = _p(
    "marrow_crowding", unit="1", value=0.3, bounds=(0, 3), source=ASSUMED,
    meaning="how much CLL cells crowd out of marrow: without them platelets and haemoglobin are "
    "made by this share faster",
)  # fmt: skip
platelets_baseline = _p("platelets_baseline", unit="1e9 cells/L", value=130, bounds=(20, 400),
                        source=ASSUMED, meaning="platelets before treatment")  # fmt: skip
platelet_stay = _p("platelet_stay", unit="day", value=9.5, bounds=(5, 15), status="reported",
                   source="HARKER1977", meaning="life of a platelet in blood, 9 to 10 days",
)  # fmt: skip
platelet_maturing = _p("platelet_maturing", unit="day", value=5, bounds=(2, 12),
                       source="ASSUMED; GENERAL", meaning="maturation of megakaryocytes",
)  # fmt: skip
platelet_half = _p("platelet_half", unit="1", value=0.7, bounds=(0.1, 5), source=ASSUMED,
                   meaning="drug effect that blocks half of platelet formation")  # fmt: skip
platelet_feedback = _p("platelet_feedback", unit="1", value=0.3, bounds=(0, 2), source=ASSUMED,
                       meaning="how strongly few platelets call for more")  # fmt: skip
haemoglobin_baseline = _p("haemoglobin_baseline", unit="g/L", value=115, bounds=(60, 170),
                          source=ASSUMED, meaning="haemoglobin before treatment")  # fmt: skip
red_cell_life = _p("red_cell_life", unit="day", value=120, bounds=(60, 140),
                   source="ASSUMED; GENERAL", meaning="life of a red cell")  # fmt: skip
haemoglobin_half = _p("haemoglobin_half", unit="1", value=2, bounds=(0.2, 20), source=ASSUMED,
                      meaning="drug effect that blocks half of red cell formation")  # fmt: skip
haemoglobin_feedback = _p("haemoglobin_feedback", unit="1", value=0.5, bounds=(0, 3),
                          source=ASSUMED,
                          meaning="how strongly anaemia calls for red cells")  # fmt: skip
crowding = _aux("crowding", unit="1", meaning="what room in marrow adds to blood formation")
megakaryocytes = q.state("megakaryocytes", unit="1e9 cells/L",
                         initial=platelets_baseline * platelet_maturing / platelet_stay,
                         meaning="platelets that maturing megakaryocytes will shed")  # fmt: skip
platelets = q.state("platelets", unit="1e9 cells/L", initial=platelets_baseline,
                    meaning="platelets in blood", label="Platelets")  # fmt: skip
haemoglobin = q.state("haemoglobin", unit="g/L", initial=haemoglobin_baseline,
                      meaning="haemoglobin in blood", label="Haemoglobin")  # fmt: skip
q.slot("blood_counts", meaning="platelets and haemoglobin; may stay empty")
