"""Equations in writing say what the model computes."""

from __future__ import annotations

import re
from functools import cache

import pytest
import sympy

import pdmodel
from pdmodel.model import (
    ASSUMED,
    Mechanism,
    Model,
    Vocabulary,
    at_least,
    at_most,
    positive_part,
    safe_power,
)  # fmt: skip
from pdmodel.model.printing.latex import equations_latex, expression_latex
from pdmodel.model.printing.text import (  # fmt: skip
    equations_text,
    expression_text,
    parameter_rows,
    references,
)
from tests.equations.published import ALL_VOCABULARIES

x, y, n = sympy.symbols("x y n")
MODELS = ALL_VOCABULARIES


@pytest.mark.parametrize(
    ("expression", "text", "latex"),
    [
        (safe_power(x, n), "x^n", r"\mathrm{x}^{\mathrm{n}}"),
        (
            safe_power(x / y, n),
            "(x/y)^n",
            r"\left(\frac{\mathrm{x}}{\mathrm{y}}\right)^{\mathrm{n}}",
        ),
        (safe_power(x, n) ** 2, "(x^n)^2", r"\left(\mathrm{x}^{\mathrm{n}}\right)^{2}"),
        (1 / safe_power(x, n + 1), "1/x^(n + 1)", r"\frac{1}{\mathrm{x}^{\mathrm{n} + 1}}"),
        (x**2, "x^2", r"\mathrm{x}^{2}"),
        (positive_part(x - 1), "max(x - 1, 0)", r"\max\left(\mathrm{x} - 1, 0\right)"),
        (at_least(x, y), "max(x, y)", r"\max\left(\mathrm{x}, \mathrm{y}\right)"),
        (at_most(x, y), "min(x, y)", r"\min\left(\mathrm{x}, \mathrm{y}\right)"),
        (positive_part(x) ** 2, "max(x, 0)^2", r"\max^{2}\left(\mathrm{x}, 0\right)"),
        (1 - x * y, "1 - x*y", r"1 - \mathrm{x}\,\mathrm{y}"),
        (sympy.Symbol("il6_fold"), "il6_fold", r"\mathrm{il6\_fold}"),
    ],
)
def test_expressions_read_as_mathematics(expression, text: str, latex: str) -> None:
    """Named functions print as what they stand for; gains stand before losses."""
    assert expression_text(expression) == text
    assert expression_latex(expression) == latex


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_text_says_what_is_computed(model: Model) -> None:
    """Read back as mathematics, every printed rate has the value of the model's own."""
    values = {s: sympy.Rational(k + 2, k + 3) for k, s in enumerate(_symbols(model))}
    lines = iter(re.sub(r"\n {6,}(?=[-+*/])", "", equations_text(model, 80)).splitlines())
    for state in model.states:
        found = []
        for line in lines:
            if line == f"  d {state}/dt =":
                break
        for line in lines:
            if not line:
                break
            sign, name, text = line.split(None, 2)
            found.append((name, (-1 if sign == "-" else 1) * _read(text)))
        wanted = [p for p in model.processes if p.state == state]
        assert [name for name, _ in found] == [p.name for p in wanted]
        for (_, printed), process in zip(found, wanted, strict=True):
            true = _plain(process.rate).subs(values).evalf()
            assert float(printed.subs(values).evalf()) == pytest.approx(float(true), rel=1e-9)


def _symbols(model: Model) -> list[sympy.Symbol]:
    return [quantity.symbol for quantity in model.vocabulary]


def _read(text: str) -> sympy.Expr:
    names = {name: sympy.Symbol(name) for name in re.findall(r"[A-Za-z_]\w*", text)}
    names |= {"max": sympy.Max, "min": sympy.Min}
    return sympy.parse_expr(text.replace("^", "**"), local_dict=names)


def _plain(rate: sympy.Expr) -> sympy.Expr:
    return (
        rate.replace(safe_power, sympy.Pow)
        .replace(positive_part, lambda z: sympy.Max(z, 0))
        .replace(at_least, sympy.Max)
        .replace(at_most, sympy.Min)
    )


@pytest.mark.parametrize("width", [80, 100])
def test_text_keeps_its_width(width: int) -> None:
    """Long expressions are broken, whole titles excepted, and no line ends in blanks."""
    lines = equations_text(pdmodel.load("reference"), width).splitlines()
    equations = [line for line in lines if line.startswith("  ")]
    assert len(equations) > 100
    assert max(map(len, equations)) <= width
    assert not any(line.endswith(" ") for line in lines)


def test_text_names_units_and_meanings() -> None:
    """Every state, auxiliary quantity and observable has its title."""
    model = pdmodel.load("reference")
    lines = equations_text(model).splitlines()
    for symbol in (*model.states, *model.definitions):
        quantity = model.vocabulary[symbol]
        assert f"{quantity.name} [{quantity.unit}]  {quantity.meaning}" in lines
    assert "  il6(0) = il6_baseline" in lines


@cache
def render(mathematics: str) -> None:
    """Let a renderer take mathematics; what several models share is taken once."""
    mathtext = pytest.importorskip("matplotlib.mathtext")
    mathtext.MathTextParser("path").parse(f"${mathematics}$")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_latex_is_well_formed(model: Model) -> None:
    """Environments, braces and brackets are closed; a renderer of mathematics accepts each part."""
    text = equations_latex(model)
    blocks = re.findall(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", text, re.DOTALL)
    assert text.count(r"\begin{align*}") == len(blocks)
    assert len(blocks) >= len(model.states) + 2
    rows = [row for block in blocks for row in block.split("\\\\\n")]
    assert len(rows) >= len(model.processes) + len(model.states) + len(model.definitions)
    for row in rows:
        assert row.count("{") == row.count("}")
        mathematics = re.sub(r"&& \\text\{.*?\}", "", row).replace("&", "").strip()
        render(mathematics)


def small_model(**values: float) -> Model:
    """Return one state with one process."""
    q = Vocabulary(references={"A2000": "A. A paper. 2000."})
    amount = q.state("amount", unit="mg", initial=0, meaning="amount")
    loss = q.parameter(
        "loss", unit="1/day", value=0.5, bounds=(0, 1), meaning="loss", source="A2000"
    )
    gain = q.constant("gain", unit="mg/day", value=2, meaning="gain", source=ASSUMED)
    q.slot("amount", meaning="what moves it", states=(amount,))
    turnover = Mechanism(
        "turnover", slot="amount", claim="", source="A2000",
        processes={"gain": {amount: gain}, "loss": {amount: -loss * amount}},
    )  # fmt: skip
    return Model("small", q, [turnover], values=values)


def test_parameter_rows_hold_everything() -> None:
    """In the order of the vocabulary; constants have no bounds."""
    loss, gain = parameter_rows(small_model())
    assert tuple(loss) == ("loss", "1/day", 0.5, 0, 1, "reported", "A2000", "loss")
    assert tuple(gain) == ("gain", "mg/day", 2.0, None, None, "assumed", "ASSUMED", "gain")


def test_replaced_values_are_assumed() -> None:
    """A number that a model puts in place of the declared one loses its evidence."""
    loss = parameter_rows(small_model(loss=0.25))[0]
    assert (loss.value, loss.status, loss.source) == (0.25, "assumed", "set by model small")
    same = parameter_rows(small_model(loss=0.5))[0]
    assert (same.status, same.source) == ("reported", "A2000")


def test_references_are_those_that_are_named() -> None:
    """By key, in full."""
    assert references(small_model()) == {"A2000": "A. A paper. 2000."}
    model = pdmodel.load("reference")
    found = references(model)
    assert set(found) <= set(model.vocabulary.references)
    assert {"WEBER1993", "FRIBERG2002", "BURGER2017"} <= set(found)
