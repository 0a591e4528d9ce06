"""Which schedule? A grid of doses, cycles, ramps and steroids, in the patients of the trials.

Run it as `pdmodel trial schedule lenalidomide`, or copy it and change the grid. Best means: most
responses with at most half of the patients in neutropenia of grade 3-4; that limit is a choice of
ours. What comes out is a hypothesis about a model, not advice for a patient.
"""

from equations.regimens import steroid_pack
from fits.trials import phase2
from pdmodel.dosing import Regimen
from pdmodel.trial import Cycle, PatientType, Search

lenalidomide = Search(
    "lenalidomide",
    "Which dose, cycle, ramp and steroid bring most responses for the neutropenia they cost?",
    phase2,
    doses=(5, 10, 15, 25),
    cycles=(Cycle(), Cycle(21, 28), Cycle(14, 28)),
    ramps=(0, 28),
    steroids={"": Regimen(), "steroid pack first": steroid_pack(0, times_a_day=2)},
    step=5,
    benefit="responder",
    harm="neutropenia_3_4",
    also=("flare", "progressed"),
    words={"responder": "responses", "neutropenia_3_4": "neutropenia 3-4"},
    types=(
        PatientType("node above 5 cm", "node_diameter_baseline", low=5),
        PatientType("low tone (below 1)", "tone", high=1),
        PatientType("high tone (above 1.5)", "tone", low=1.5),
        PatientType("creatinine clearance below 60 mL/min", "creatinine_clearance", high=60),
    ),
)
