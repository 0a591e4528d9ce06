"""Responders and nonresponders: does one inflammatory tone explain both?

Run it as `pdmodel fit response`, `python -m fits.response`, or copy it and change the question.
"""

import sys

from pdmodel.inference import Question

response = Question(
    "response",
    "Which parameters make the model keep IL-6 in responders and raise it in nonresponders?",
    model="reference",
    targets="response.csv",
    regimen="10 mg daily",
    days=336,
    differ=("tone",),
    null="null",
)

if __name__ == "__main__":
    from pdmodel.cli import main

    main(["fit", "response", *sys.argv[1:]])
