"""Names of symbols that results, or other symbols, need for themselves."""

from __future__ import annotations

import math
from typing import Any

import pytest

import pdmodel
from pdmodel.errors import InputError
from pdmodel.inference import FitProblem, Target
from pdmodel.interchange import to_antimony
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.model.printing.influence import influences
from pdmodel.model.printing.latex import equations_latex
from pdmodel.model.printing.text import equations_text
from pdmodel.model.symbol_names import RESERVED


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_names_that_results_keep_are_refused_where_they_are_declared(name: str) -> None:
    """For every kind of symbol, with the reason; nothing is declared."""
    q = Vocabulary()
    with pytest.raises(InputError, match=f"state '{name}': results keep this name for "):
        q.state(name, unit="1", initial=1, meaning="")
    with pytest.raises(InputError, match=f"parameter '{name}': results keep this name for "):
        q.parameter(name, unit="1", value=1, bounds=(0, 2), meaning="", source=ASSUMED)
    with pytest.raises(InputError, match=f"observable '{name}': results keep this name for "):
        q.observable(name, unit="1", meaning="")
    assert name not in q


def test_the_ending_of_baselines_is_kept_for_them() -> None:
    """A symbol of one's own would be taken for the value before treatment of another."""
    q = Vocabulary()
    x = q.state("x", unit="1", initial=1, meaning="")
    with pytest.raises(InputError, match=r"auxiliary 'x_at_baseline'.*at_baseline\(x\) returns"):
        q.auxiliary("x_at_baseline", unit="1", meaning="")
    assert str(q.at_baseline(x)) == "x_at_baseline"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lambda", "is a word of Python"), ("None", "is a word of Python"),
        ("E", "is a number in mathematics"), ("I", "is a number in mathematics"),
        ("exp", "is a function in mathematics"), ("min", "is a function in mathematics"),
        ("il-6", "is not a plain name"), ("6il", "is not a plain name"),
        ("_y0", "is not a plain name"), ("two words", "is not a plain name"),
        ("", "is not a plain name"),
    ],
)  # fmt: skip
def test_what_equations_as_text_could_not_tell_is_refused_where_declared(
    name: str, why: str
) -> None:
    """For every kind of symbol, at the line that declares it; nothing is declared."""
    q = Vocabulary()
    with pytest.raises(InputError, match=f"^state '{name}' {why}.*; choose another name$"):
        q.state(name, unit="1", initial=1, meaning="")
    with pytest.raises(InputError, match=f"^auxiliary '{name}' {why}"):
        q.auxiliary(name, unit="1", meaning="", neutral=1)
    with pytest.raises(InputError, match=f"^constant '{name}' {why}"):
        q.constant(name, unit="1", value=1, meaning="")
    assert [quantity.name for quantity in q] == ["time"]


PLAIN = ("rate", "hill", "level", "other", "shown")
WORDS = [
    ("beta", "gamma", "S", "N", "Q"), ("lambda_", "zeta", "input", "sum", "id"),
    ("match", "type", "case", "print", "C"), ("O", "range", "hash", "float", "list"),
    ("infusion_into_level", "dose_1", "species", "at", "body"),
]  # fmt: skip


def growing(rate: str, power: str, level: str, other: str, seen: str) -> Model:
    """Return a model of two states under these names, drug `d` into the first."""
    q = Vocabulary()
    k = q.parameter(rate, unit="1/day", value=0.4, bounds=(0.1, 2), meaning="a", source=ASSUMED)
    n = q.parameter(power, unit="1", value=1.5, bounds=(0.5, 3), meaning="b", source=ASSUMED)
    full = q.constant("full", unit="mg", value=2, meaning="f")
    x = q.state(level, unit="mg", initial=full, meaning="c")
    y = q.state(other, unit="mg", initial=full / 2, meaning="d")
    z = q.observable(seen, unit="mg", meaning="e")
    q.slot("all", meaning="all", states=(x, y), defines=(z,))
    both = Mechanism(
        "both", "all", "it moves",
        processes={"loss": {x: -k * x}, "gain": {y: k * x - n * k * y}},
        defines={z: x + n * y}, doses={"d": x},
    )  # fmt: skip
    return Model("growing", q, [both])


def fitted(names: tuple[str, ...]) -> float:
    """Return the fitted first parameter, of a value that 0.8 gives."""
    target = Target("t", "all", names[2], "level", day=1, value=2 * math.exp(-0.8), sigma=0.01)
    problem = FitProblem(
        growing(*names), [target], "no drug", days=1, free=names[:1], differ=(), groups={"all": {}}
    )
    found = problem.run(starts=1, max_evaluations=40).values[names[0]]
    assert found == pytest.approx(0.8, rel=1e-3)
    return found


@pytest.mark.parametrize("names", WORDS, ids=" ".join)
def test_other_words_are_names_like_any_other(names: tuple[str, ...]) -> None:
    """Runs of both engines, a fit, influences and texts are those of plain names."""
    for engine in ("compiled", "scipy"):
        runs = [
            pdmodel.simulate(growing(*own), "1 mg daily", days=3, engine=engine)
            for own in (names, PLAIN)
        ]
        for own, plain in zip(names[2:], PLAIN[2:], strict=True):
            assert runs[0][own].values == pytest.approx(runs[1][plain].values, rel=1e-12)
    model = growing(*names)
    level, other = names[2:4]
    assert (level, other, 1) in influences(model)
    assert equations_text(model)
    assert equations_latex(model)
    assert to_antimony(model, "1 mg daily", days=3)
    fits = [fitted(own) for own in (names, PLAIN)]
    assert fits[0] == pytest.approx(fits[1], rel=1e-9)


@pytest.mark.parametrize("name", [None, 3, b"x"])
def test_a_name_is_text(name: Any) -> None:
    """Anything else is refused by name."""
    with pytest.raises(InputError, match="the name of a state is text, got"):
        Vocabulary().state(name, unit="1", initial=1, meaning="")


@pytest.mark.parametrize("bounds", [None, 5, ("0", "5"), "05", (0, 1, 2), (0, float("nan"))])
def test_bounds_are_two_numbers(bounds: Any) -> None:
    """The message names the parameter and shows what was given."""
    with pytest.raises(InputError, match=r"'k': bounds must be two numbers, \(low, high\)"):
        Vocabulary().parameter(
            "k", unit="1", value=1, bounds=bounds, meaning="", source=ASSUMED,
        )  # fmt: skip


@pytest.mark.parametrize("value", ["0.5", 1j, None, True, [1.0]])
def test_values_are_numbers(value: Any) -> None:
    """Of parameters, constants, starts and neutral values alike."""
    q = Vocabulary()
    with pytest.raises(InputError, match="the value of parameter 'k' must be a number"):
        q.parameter("k", unit="1", value=value, bounds=(0, 1), meaning="", source=ASSUMED)
    with pytest.raises(InputError, match="the value of constant 'c' must be a number"):
        q.constant("c", unit="1", value=value, meaning="")
    with pytest.raises(InputError, match="the initial value of state 'x' must be a number or an"):
        q.state("x", unit="1", initial=value, meaning="")
