"""Patients who improve on the antibody and patients who do not: what is the difference?

Run it as `pdmodel fit adalimumab`, or copy it and change the question.
"""

from pdmodel.inference import Question

EVERY_OTHER_WEEK = "40 mg days 1-1 of 14"

adalimumab = Question(
    "adalimumab",
    "Which parameters make one patient improve on adalimumab and leave the other as he was?",
    model="arthritis",
    targets="arthritis_targets.csv",
    regimen=EVERY_OTHER_WEEK,
    days=182,
    differ=("autonomy",),
    null="inert_antibody",
)
