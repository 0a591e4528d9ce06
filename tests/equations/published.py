"""The models and typical patients of the first application, whatever else is installed."""

from dataclasses import replace

import pdmodel
from equations import hypotheses, patients
from equations.hypotheses import reference
from pdmodel.model import Mechanism, Model, Patient

MODELS = {model.name: model for model in vars(hypotheses).values() if isinstance(model, Model)}
PATIENTS = {one.name: one for one in vars(patients).values() if isinstance(one, Patient)}
OFF = {"no_drug_effect", "no_effector_kill", "no_marrow_inhibition"}
"""What switches a chain off, so that nothing else of it can be looked at in the same model."""
APART = ("reference", "null", "antiproliferative_only", "myeloma_context")
"""Published models that hold what is off, or values that switch signals off."""


def together() -> dict[str, Model]:
    """Return few models that hold every mechanism: the n-th holds the n-th of each slot.

    What compiles, prints or differentiates in them does so in the published models too, each of
    which differs from the reference by one or two of the same mechanisms.
    """
    slots: dict[str, list[Mechanism]] = {}
    for mechanism in (*reference.mechanisms, *reference.rivals):
        if mechanism.name not in OFF:
            slots.setdefault(mechanism.slot, []).append(mechanism)
    models = {name: MODELS[name] for name in APART}
    for n in range(max(map(len, slots.values()))):
        chosen = [alike[n % len(alike)] for alike in slots.values()]
        # All slots at once: `swap` would check a model for each.
        models[f"together_{n}"] = replace(reference, name=f"together_{n}", mechanisms=chosen)
    return models


FEW = together()
ALL_VOCABULARIES = [
    *FEW.values(),
    *(m for m in pdmodel.models().values() if m.vocabulary is not reference.vocabulary),
]
"""The same, and every published model of other vocabularies."""
