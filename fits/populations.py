"""Who is treated: patients of the reported trials, with what is known of them and what is assumed.

Every quantity has random numbers of its own (`streams="each"`), so that one more spread redraws
nothing else. What no study reports is assumed; docs/credibility.md says what follows if it is
otherwise.
"""

from dataclasses import replace

from pdmodel.trial import (
    BetweenTrials,
    Correlation,
    Covariate,
    Effect,
    LogNormal,
    Population,
    Share,
)

SPREADS = {
    "CL": LogNormal(0.35, source="MDS2006", status="reported"),
    "V": LogNormal(0.40, source="MDS2006", status="derived"),
    "Smax": LogNormal(0.25),
    "tumour_growth": LogNormal(0.45),
    "tissue_death": LogNormal(0.25),
    "node_diameter_baseline": LogNormal(0.45, low=1.6, high=15.0),
    "kill_max": LogNormal(0.45),
    "swelling_max": LogNormal(0.45),
    "il6_induction": LogNormal(0.40),
    "ANC_baseline": LogNormal(0.40),
    "marrow_slope": LogNormal(0.40),
    "marrow_IC50": LogNormal(0.40),
    "resistant_share_baseline": LogNormal(1.0),
    "tone": LogNormal(0.60, 1.12),
}
COVARIATES = {
    "age": Covariate(
        "age", "year",
        LogNormal(0.15, 64, low=30, high=90, source="CHANAN_KHAN2006", status="reported"),
    ),
    "high_risk": Covariate(
        "deletion of 17p or 11q, yes or no", "1",
        Share(40 / 89, source="HIGH_RISK2007", status="reported"),
    ),
}  # fmt: skip
relapsed_cll = Population(
    "relapsed_cll",
    "relapsed or refractory CLL, as in the phase 2 trials",
    {
        **SPREADS,
        # The model's clearance follows that of creatinine; with this part CL varies by 0.35.
        "CL": LogNormal(0.235, source="MDS2006", status="derived"),
        "creatinine_clearance": LogNormal(0.30, 80, low=30, high=150, source="GENERAL"),
    },
    (Correlation("age", "creatinine_clearance", -0.4),),
    covariates=COVARIATES,
    effects=(Effect("tumour_growth", "high_risk", "factor", 1.25),),
)  # fmt: skip
starting_point = Population(
    "starting_point",
    "the same with the spreads of the first calibration, in which covariates move nothing",
    SPREADS, covariates=COVARIATES,
)  # fmt: skip
calibrated_cll = replace(
    relapsed_cll.with_spreads(
        kill_max=LogNormal(0.45, 0.00792),
        swelling_max=LogNormal(0.45, 1.147),
        marrow_slope=LogNormal(0.40, 0.001138),
        tone=LogNormal(0.58, 1.12),
    ),
    name="calibrated_cll",
    meaning="the same, calibrated to the 10 mg trial with the reference model (`make trial`)",
    values={"exhaustion_gain": 0.01155},
)

LINES = {
    "untreated": Covariate("never treated before, yes or no", "1", Share(0.0)),
    "fludarabine_refractory": Covariate(
        "refractory to fludarabine, yes or no", "1",
        Share(0.51, source="CHANAN_KHAN2006", status="reported"),
    ),
    "advanced": Covariate(
        "Rai stage III or IV, yes or no", "1",
        Share(0.64, source="CHANAN_KHAN2006", status="reported"),
    ),
}  # fmt: skip
relapsed_reported = replace(
    relapsed_cll,
    name="relapsed_reported",
    meaning="relapsed or refractory CLL, with all that is reported of such patients at baseline",
    spreads={
        **relapsed_cll.spreads,
        # CLL cells in blood over those in tissue: ALC is 52 before treatment, 14 to 205 in 90 %.
        "blood_to_tissue": LogNormal(0.85, low=0.01, high=4.0),
        # 37 % have a node above 5 cm (the spread of node diameters, which is assumed).
        "SPD_baseline": LogNormal(0.70, low=4.0, high=350.0),
        # Without deletions; with the effect of those below all patients have 1.12 and 0.60.
        "tone": LogNormal(0.50, 0.833),
        # Of rivals only; in the reference they move nothing and, drawn each by itself, redraw
        # nothing.
        "marrow_ikaros_half": LogNormal(0.40),
        "clone_birth": LogNormal(0.59, source="MURPHY2017", status="derived"),
        "platelets_baseline": LogNormal(0.50),
        "haemoglobin_baseline": LogNormal(0.15),
    },
    correlations=(
        *relapsed_cll.correlations,
        # A Share is yes where its deviate is low, so that a negative correlation makes it more
        # common in high tone. TNF-alpha above 14 pg/mL went with advanced stage (C205); how far
        # is assumed.
        Correlation("tone", "advanced", -0.3),
        Correlation("node_diameter_baseline", "SPD_baseline", 0.7),
    ),
    covariates={**COVARIATES, **LINES},
    effects=(
        *relapsed_cll.effects,
        # Mean TNF-alpha was 27.5 pg/mL with deletion of 11q or other high risk (+12 among them),
        # 14.2 in the others; it follows tone. An effect, and no correlation, so that patients who
        # all have a deletion have that tone as well.
        Effect(
            "tone", "high_risk", "factor", 27.5 / 14.2, source="FERRAJOLI2002", status="derived"
        ),
        # Chemotherapy thins effectors and marrow; both factors are assumed.
        Effect("kill_max", "fludarabine_refractory", "factor", 0.85),
        Effect("kill_max", "untreated", "factor", 1.2),
        Effect("ANC_baseline", "untreated", "factor", 1.2),
    ),
    streams="each",
    between=(
        BetweenTrials("tone", 0.20),
        BetweenTrials("kill_max", 0.20),
        BetweenTrials("swelling_max", 0.20),
        BetweenTrials("ANC_baseline", 0.15),
    ),
)  # fmt: skip


def _with_shares(population: Population, **shares: Share) -> dict[str, Covariate]:
    """Return the covariates of a population with other shares."""
    changed = {name: replace(population.covariates[name], spread=s) for name, s in shares.items()}
    return {**population.covariates, **changed}


high_risk_relapsed = replace(
    relapsed_reported,
    name="high_risk_relapsed",
    meaning="relapsed CLL, all with deletion of 17p or 11q",
    covariates=_with_shares(
        relapsed_reported, high_risk=Share(1.0, source="HIGH_RISK2007", status="reported")
    ),
)
elderly_untreated = replace(
    relapsed_reported,
    name="elderly_untreated",
    meaning="untreated CLL at 65 years or above",
    spreads={
        **relapsed_reported.spreads,
        "creatinine_clearance": LogNormal(0.30, 65, low=30, high=150),
    },
    covariates={
        **_with_shares(
            relapsed_reported,
            untreated=Share(1.0, source="ELDERLY2008; LEE2008", status="reported"),
            fludarabine_refractory=Share(0.0, source="ELDERLY2008; LEE2008", status="reported"),
            advanced=Share(0.5),
            high_risk=Share(0.25),
        ),
        # Only that they are 65 or older is reported.
        "age": Covariate("age", "year", LogNormal(0.07, 71, low=65, high=95)),
    },
)
