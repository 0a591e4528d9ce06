"""Patients who improve on the antibody and patients who do not: what is the difference?

Run it as `pdmodel fit adalimumab`, or copy it and change the question.
"""

from pdmodel.inference import Question

adalimumab = Question(
    "adalimumab",
    "Which parameters make one patient improve on adalimumab and leave the other as he was?",
    model="arthritis",
    targets="arthritis_targets.csv",
    regimen="40 mg every 14 days",
    days=182,
    differ=("autonomy",),
    null="inert_antibody",
)
