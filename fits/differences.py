"""What may make a responder: one answer a line. The mechanisms are in equations/hypotheses.py.

A new answer is one more `Difference` here, or in a file of your own:
`pdmodel compare response reference@my_models.py:name`.
"""

from pdmodel.hypotheses import Difference

tone = Difference(
    "tone", ("tone",),
    "responders are inflamed: more TNF-alpha and more effectors before treatment",
    "responders and nonresponders with the same TNF-alpha before treatment",
    source="FERRAJOLI2008", status="derived",
)  # fmt: skip
effector_competence = Difference(
    "effector_competence",
    ("kill_max",),
    "responders have effectors that kill better",
    "effectors of responders and nonresponders that kill alike ex vivo",
)
il6_inducibility = Difference(
    "il6_inducibility",
    ("il6_induction",),
    "responders have few cells that can be induced to make IL-6",
    "IL-6 makers of responders and nonresponders that answer alike",
)
tnf_tolerance = Difference(
    "tnf_tolerance",
    ("tolerance_tnf",),
    "IL-6 makers of responders become tolerant at a lower TNF-alpha",
    "the same answer at the same TNF-alpha ex vivo",
)
drug_exposure = Difference(
    "drug_exposure",
    ("CL",),
    "responders clear the drug more slowly",
    "plasma levels alike in responders and nonresponders",
)
growth_rate = Difference(
    "growth_rate",
    ("tumour_growth",),
    "tumours of responders grow more slowly",
    "doubling times alike before treatment",
)
tumour_burden = Difference(
    "tumour_burden",
    ("tumour_tissue_baseline",),
    "responders have less tumour to begin with",
    "burden before treatment alike in responders and nonresponders",
)
tone_and_inducibility = Difference(
    "tone_and_inducibility",
    ("tone", "il6_induction"),
    "responders are inflamed, and besides have few cells that can be induced to make IL-6",
    "IL-6 makers of responders that answer like others",
    spreads={"il6_induction": 1.2},
    correlation=-0.8,
)
tone_and_competence = Difference(
    "tone_and_competence",
    ("tone", "kill_max"),
    "responders are inflamed, and their effectors kill better besides",
    "effectors of responders and nonresponders that kill alike, cell for cell",
)
tone_and_birth_rate = Difference(
    "tone_and_birth_rate",
    ("tone", "clone_birth"),
    "responders are inflamed, and the cells of those who progress are born faster",
    "birth rates alike in patients who respond, progress or neither",
    # 0.07 to 1.31 % a day in 97 patients is five standard deviations of the logarithm.
    spreads={"clone_birth": 0.59},
    source="MURPHY2017", status="derived",
)  # fmt: skip
