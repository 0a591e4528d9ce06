"""What notebooks show of a model, a mechanism and a patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy

from pdmodel.markup import card, card_of, folded, paragraph, preformatted, table
from pdmodel.model.equations import Process
from pdmodel.model.mechanism import Mechanism
from pdmodel.model.model import Model
from pdmodel.model.patient import Patient
from pdmodel.model.printing.text import (
    equations_text,
    expression_text,
    parameter_rows,
    split_sign,
)
from pdmodel.text import rounded


@card_of.register
def model_card(model: Model) -> str:
    """Return the claim of a model, its slots with their rivals, its equations and parameters.

    Parameters
    ----------
    model
        Its equations and parameters are folded; `pdmodel show` prints them whole.

    Returns
    -------
    str
        HTML of at most `markup.LARGEST` bytes.
    """
    numbers = [
        (row.name, rounded(row.value), row.unit, row.status, row.source, row.meaning)
        for row in parameter_rows(model)
    ]
    return card(
        f"Model {model.name}",
        f"{len(model.states)} states, {model.counted}, {model.hash[:8]}",
        *_claims(model.claim, model.refuted_by),
        folded(
            f"Slots ({len(model.mechanisms)})",
            table(("slot", "mechanism", "rivals", "claim"), _slots(model), largest=6_300),
        ),
        folded("Equations", preformatted(equations_text(model, width=88), largest=12_000)),
        folded(
            f"Parameters and constants ({len(numbers)})",
            table(
                ("name", "value", "unit", "status", "source", "meaning"), numbers, {1},
                largest=11_800,
            ),
        ),
    )  # fmt: skip


def _slots(model: Model) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row a slot: who fills it, and who could; slots that stand empty come last."""
    rivals: dict[str, list[str]] = {}
    for rival in model.rivals:
        rivals.setdefault(rival.slot, []).append(rival.name)
    for mechanism in model.mechanisms:
        others = [name for name in rivals.pop(mechanism.slot, []) if name != mechanism.name]
        yield mechanism.slot, mechanism.name, ", ".join(others) or "-", mechanism.claim
    for slot, names in rivals.items():
        yield slot, "-", ", ".join(names), ""


@card_of.register
def mechanism_card(mechanism: Mechanism) -> str:
    """Return the claim of a mechanism, its signed processes and what it defines.

    Parameters
    ----------
    mechanism
        Long expressions are cut.

    Returns
    -------
    str
        HTML of at most `markup.LARGEST` bytes.
    """
    doses = mechanism.doses.items()
    return card(
        f"Mechanism {mechanism.name}",
        f"fills slot {mechanism.slot}; source {mechanism.source}",
        *_claims(mechanism.claim, mechanism.refuted_by),
        table(("process", "state", "", "rate"), _processes(mechanism)),
        table(("defines", "as"), _written(mechanism.defines), largest=7_000),
        table(("drug", "goes into"), [(drug, state) for drug, state in doses], largest=3_000),
        table(
            ("parameter", "starts at"), [(s, f"{v:g}") for s, v in mechanism.values.items()], {1},
            largest=3_000,
        ),
    )  # fmt: skip


def _processes(mechanism: Mechanism) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row a process and state: what is gained or lost."""
    for process, rates in mechanism.processes.items():
        for state, rate in rates.items():
            sign, size = split_sign(Process(process, state, rate, mechanism.name))
            yield process.replace("_", " "), str(state), sign, expression_text(size)


def _written(expressions: Mapping[sympy.Symbol, sympy.Expr]) -> Iterator[tuple[str, str]]:
    for symbol, expression in expressions.items():
        yield str(symbol), expression_text(expression)


@card_of.register
def patient_card(patient: Patient) -> str:
    """Return what a patient stands for, and the values that differ from those of a model.

    Parameters
    ----------
    patient
        Values are in the units of the parameters.

    Returns
    -------
    str
        HTML of at most `markup.LARGEST` bytes.
    """
    values = [(name, rounded(value)) for name, value in patient.values.items()]
    return card(
        f"Patient {patient.name}",
        f"{patient.status}, source {patient.source}",
        paragraph(patient.meaning),
        table(("parameter", "value"), values, {1})
        or paragraph("Nothing differs from the model.", aside=True),
    )


def _claims(claim: str, refuted_by: str) -> Iterator[str]:
    yield paragraph(claim and f"Claims that {claim}" if claim[:1].islower() else claim)
    yield paragraph(refuted_by and f"Refuted by: {refuted_by}", aside=True)
