"""Responders and nonresponders: does one inflammatory tone explain both?

Run it as `pdmodel fit response`, `python -m fits.response`, or copy it and change the question.
"""

import sys

from pdmodel.inference import Panel, Question

response = Question(
    "response",
    "Which parameters make the model keep IL-6 in responders and raise it in nonresponders?",
    model="reference",
    targets="response.csv",
    regimen="10 mg daily",
    days=336,
    differ=("tone",),
    null="null",
    visit_interval=28,
    panels=(
        Panel("SPD", "Nodes (SPD)", relative=True),
        Panel("blood_cll", "CLL cells in blood", relative=True),
        Panel("activated_effectors", "Activated T and NK effectors"),
        Panel("t_cells", "T cells", relative=True),
        Panel("ANC", "Absolute neutrophil count"),
        Panel("il6", "IL-6 over baseline", relative=True, log=True, early=True),
        Panel("tnf", "TNF-α over baseline", relative=True, early=True),
        Panel("tnf", "TNF-α", early=True),
        Panel(
            "node_swelling", "Flare: swelling of a node", fine=True, early=True, groups="pair",
            unit="volume fraction",
        ),
        Panel(
            "node_swelling", "Flare by size of the node", fine=True, early=True, groups="others",
            unit="volume fraction",
        ),
    ),
)  # fmt: skip

if __name__ == "__main__":
    from pdmodel.cli import main

    main(["fit", "response", *sys.argv[1:]])
