"""Typical patients: named sets of values with their sources."""

from pdmodel.model import Patient

responder = Patient(
    "responder",
    "typical responder: inflammatory tone 2, so twice the TNF-alpha at baseline",
    {"tone": 2.0},
    status="derived",
    source="FERRAJOLI2008",
)
nonresponder = Patient(
    "nonresponder",
    "typical nonresponder: inflammatory tone 1",
    {"tone": 1.0},
    status="derived",
    source="FERRAJOLI2008",
)
node_7cm = Patient(
    "node_7cm",
    "nonresponder with a 7 cm node, at risk of flare",
    {"tone": 1.0, "node_diameter_baseline": 7.0},
)
node_3cm = Patient(
    "node_3cm",
    "nonresponder with a 3 cm node",
    {"tone": 1.0, "node_diameter_baseline": 3.0},
)
myeloma_like = Patient(
    "myeloma_like",
    "context in which tumour cells show no CD80, as in myeloma",
    {"tone": 1.0, "cd80": 0.0},
)
