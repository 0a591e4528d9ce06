"""Changed markup: what another program, a bad export or bad will may put into a file of XML."""

from __future__ import annotations

import random
from collections.abc import Callable
from xml.etree import ElementTree

from tests.fuzz.mutation import ODD, mutated

_OPERATORS = (
    "plus", "minus", "times", "divide", "power", "root", "exp", "ln", "log", "abs", "floor",
    "factorial", "piecewise", "piece", "otherwise", "and", "or", "not", "xor", "implies", "gt",
    "eq", "neq", "delay", "rem", "quotient", "min", "max", "rateOf", "arccosh", "csymbol", "apply",
    "true", "infinity", "notanumber", "exponentiale", "sep", "lambda", "bogus",
)  # fmt: skip
Element = ElementTree.Element


def mutated_markup(chance: random.Random, text: str) -> str:
    """Return XML after one to three changes of its elements, or of its letters."""
    if chance.random() < 0.15:
        return mutated(chance, text)
    root = ElementTree.fromstring(text)
    for _ in range(chance.randint(1, 3)):
        pairs = [(parent, child) for parent in root.iter() for child in parent]
        if pairs:
            chance.choice(_CHANGES)(chance, root, *chance.choice(pairs))
    return ElementTree.tostring(root, encoding="unicode")


def _remove(chance: random.Random, root: Element, parent: Element, child: Element) -> None:
    parent.remove(child)


def _twice(chance: random.Random, root: Element, parent: Element, child: Element) -> None:
    parent.append(child)


def _move(chance: random.Random, root: Element, parent: Element, child: Element) -> None:
    home = chance.choice(list(root.iter()))
    if home not in list(child.iter()):
        parent.remove(child)
        home.insert(0, child)


def _text(chance: random.Random, root: Element, parent: Element, child: Element) -> None:
    child.text = chance.choice(ODD)


def _rename(chance: random.Random, root: Element, parent: Element, child: Element) -> None:
    space, closed, _ = child.tag.rpartition("}")
    used = [element.tag.rpartition("}")[2] for element in root.iter()]
    names = _OPERATORS if "MathML" in space else used
    child.tag = f"{space}{closed}{chance.choice(names)}"


def _attribute(chance: random.Random, root: Element, parent: Element, child: Element) -> None:
    if not child.attrib:
        return
    key = chance.choice(sorted(child.attrib))
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    if chance.random() < 0.25:
        del child.attrib[key]
    else:
        child.attrib[key] = chance.choice((*ODD, *ids, "true", "3.5", "1e-320", "999"))


_CHANGES: tuple[Callable[[random.Random, Element, Element, Element], None], ...] = (
    _remove, _twice, _move, _text, _rename, _rename, _attribute, _attribute, _attribute,
)  # fmt: skip
