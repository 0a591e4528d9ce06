"""Two typical patients on the antibody: one improves, the other does not."""

from pdmodel.model import Patient

sensitive = Patient(
    "sensitive",
    "typical patient who improves: TNF-alpha drives nearly all of the IL-6",
    {"autonomy": 0.1},
    status="calibrated",
    source="MODEL",
)
refractory = Patient(
    "refractory",
    "typical patient who does not improve: fibroblasts make most of the IL-6 on their own",
    {"autonomy": 0.85},
    status="calibrated",
    source="MODEL",
)
