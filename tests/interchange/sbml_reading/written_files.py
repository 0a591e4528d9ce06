"""Small files of SBML of our own."""

from __future__ import annotations

from pathlib import Path

_HEAD = {
    "3.2": "http://www.sbml.org/sbml/level3/version2/core",
    "3.1": "http://www.sbml.org/sbml/level3/version1/core",
    "2.4": "http://www.sbml.org/sbml/level2/version4",
    "2.1": "http://www.sbml.org/sbml/level2",
}
MATHS = 'xmlns="http://www.w3.org/1998/Math/MathML"'
CSYMBOL = (
    '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/{}">{}</csymbol>'
)
TIME = CSYMBOL.format("time", "t")


def document(body: str, level: str = "3.2", attributes: str = "") -> str:
    """Return a file whose model is called `toy` and holds what stands in `body`."""
    of, version = level.split(".")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="{_HEAD[level]}" level="{of}" '
        f'version="{version}"><model id="toy" {attributes}>{body}</model></sbml>'
    )


def written(folder: Path, body: str, level: str = "3.2", attributes: str = "") -> Path:
    """Write such a file and return its path."""
    path = folder / "toy.xml"
    path.write_text(document(body, level, attributes), encoding="utf-8")
    return path


def maths(inner: str) -> str:
    """Return a formula of MathML."""
    return f"<math {MATHS}>{inner}</math>"


def apply(operator: str, *arguments: str) -> str:
    """Return an operator applied to names, numbers and formulas."""
    words = "".join(one if one.startswith("<") else _leaf(one) for one in arguments)
    return f"<apply><{operator}/>{words}</apply>"


def _leaf(word: str) -> str:
    number = word.replace(".", "", 1).replace("-", "", 1).isdigit()
    return f"<cn>{word}</cn>" if number else f"<ci>{word}</ci>"


def parameter(name: str, value: str = "", constant: bool = True) -> str:
    """Return a parameter of Level 3."""
    given = f'value="{value}" ' if value else ""
    return f'<parameter id="{name}" {given}constant="{str(constant).lower()}"/>'


def species(name: str, amount: float = 0, more: str = 'hasOnlySubstanceUnits="false"') -> str:
    """Return a species of compartment `c`."""
    return (
        f'<species id="{name}" compartment="c" initialAmount="{amount:g}" '
        f'boundaryCondition="false" constant="false" {more}/>'
    )


def compartment(size: float = 1, constant: bool = True) -> str:
    """Return the list of the compartment `c`."""
    return (
        f'<listOfCompartments><compartment id="c" spatialDimensions="3" size="{size:g}" '
        f'constant="{str(constant).lower()}"/></listOfCompartments>'
    )


def reaction(name: str, consumed: str, produced: str, rate: str, more: str = "") -> str:
    """Return a reaction of Level 3; empty names are left out."""
    sides = [("Reactants", consumed), ("Products", produced)]
    lists = "".join(
        f'<listOf{kind}><speciesReference species="{one}" stoichiometry="1" constant="true"/>'
        f"</listOf{kind}>"
        for kind, one in sides
        if one
    )
    return (
        f'<reaction id="{name}" reversible="false" {more}>{lists}'
        f"<kineticLaw>{maths(rate)}</kineticLaw></reaction>"
    )


DECAY = (
    compartment(2)
    + f"<listOfSpecies>{species('A', 6)}{species('B', 0)}</listOfSpecies>"
    + f"<listOfParameters>{parameter('k', '0.5')}</listOfParameters>"
    + f"<listOfReactions>{reaction('turn', 'A', 'B', apply('times', 'c', 'k', 'A'))}"
    + "</listOfReactions>"
)
"""A of concentration 3 in a volume of 2 turns to B at rate 0.5."""

GROWING_VOLUME = (
    compartment(2, constant=False)
    + f"<listOfSpecies>{species('A', 6)}{species('B', 1)}</listOfSpecies>"
    + f"<listOfParameters>{parameter('k', '0.5')}{parameter('g', '0.3')}</listOfParameters>"
    + f'<listOfRules><rateRule variable="c">{maths(apply("times", "g", "c"))}</rateRule>'
    + "</listOfRules><listOfReactions>"
    + reaction("turn", "A", "B", apply("times", "c", "k", "A"))
    + "</listOfReactions>"
)
"""The same while the volume grows at rate 0.3."""

OSCILLATOR = (
    compartment(1)
    + "<listOfSpecies>"
    + species("prey", 1.5)
    + species("hunter", 0.7, 'hasOnlySubstanceUnits="true"')
    + "</listOfSpecies><listOfParameters>"
    + parameter("birth", "1.1")
    + parameter("catch", "0.8")
    + parameter("death", "0.9")
    + parameter("sum", constant=False)
    + "</listOfParameters><listOfRules>"
    + f'<assignmentRule variable="sum">{maths(apply("plus", "prey", "hunter", TIME))}'
    + "</assignmentRule></listOfRules><listOfReactions>"
    + reaction("grow", "", "prey", apply("times", "birth", "prey"))
    + reaction("hunt", "prey", "hunter", apply("times", "catch", "prey", "hunter"))
    + reaction("starve", "hunter", "", apply("times", "death", "hunter"))
    + "</listOfReactions>"
)
"""Lotka and Volterra, with a rule that holds the time."""

_FALL = apply("minus", apply("power", apply("divide", "x", "half"), "n"))
_BACK = f"<piece>{apply('minus', '1', 'x')}{apply('gt', TIME, '2.2')}</piece>"
_SWITCH = maths(f"<piecewise>{_BACK}<otherwise>{_FALL}</otherwise></piecewise>")
SWITCHED = (
    "<listOfParameters>"
    + parameter("x", "1", constant=False)
    + parameter("n", "2.5")
    + parameter("half", "0.6")
    + f'</listOfParameters><listOfRules><rateRule variable="x">{_SWITCH}</rateRule></listOfRules>'
)
"""A power of x takes it away up to 2.2, then it comes back."""

OWN_MODELS = {
    "decay": DECAY, "growing volume": GROWING_VOLUME, "oscillator": OSCILLATOR,
    "switched": SWITCHED,
}  # fmt: skip
