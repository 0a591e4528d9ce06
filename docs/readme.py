"""Redraw the figures of the README with its own examples, and rewrite what it counts.

`make readme` runs it; tests/test_readme.py fails when the README is behind the code.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

from pdmodel import catalogue
from pdmodel.model import Mechanism

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
OWN_DATA = "own_data.png"


def python_blocks(text: str) -> list[str]:
    """Return the Python examples of a text."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def block_that_draws(text: str, figure: str) -> str:
    """Return the Python example that draws a figure."""
    return next(block for block in python_blocks(text) if figure in block)


def written(text: str) -> str:
    """Return a text with what stands between its marks written anew from the code."""
    for mark, content in {"mechanisms": mechanism_table(), "statuses": status_counts()}.items():
        pattern = rf"(?<=<!-- {mark}: written by docs/readme.py -->\n).*?(?=<!-- end -->)"
        marked = re.findall(pattern, text, re.DOTALL)
        if len(marked) != 1:
            raise SystemExit(f"README.md has {len(marked)} marks {mark!r}, must have one")
        before, after = re.split(pattern, text, flags=re.DOTALL)
        text = before + content + after
    return text


def mechanism_table() -> str:
    """Return every published mechanism by slot, that of the reference model first."""
    rows = ["| slot | what it is for | reference | rivals |", "|---|---|---|---|"]
    models = catalogue.models()
    reference = {m.slot: m.name for m in models["reference"].mechanisms}
    published = mechanisms()
    for slot in models["reference"].vocabulary.slots.values():
        usual = reference.get(slot.name, "")
        rivals = [m.name for m in published if m.slot == slot.name and m.name != usual]
        names = ", ".join(f"`{name}`" for name in rivals)
        held = f"`{usual}`" if usual else "none"
        rows.append(f"| {slot.name} | {slot.meaning} | {held} | {names} |")
    return "\n".join(rows) + "\n"


def mechanisms() -> list[Mechanism]:
    """Return every mechanism that a published model of the vocabulary holds or can swap in."""
    models = catalogue.models()
    ours = [m for m in models.values() if m.vocabulary is models["reference"].vocabulary]
    held = [mechanism for model in ours for mechanism in (*model.mechanisms, *model.rivals)]
    return list({mechanism.name: mechanism for mechanism in held}.values())


def status_counts() -> str:
    """Return the sentence that says where the numbers of the reference model come from."""
    parameters = catalogue.load("reference").parameters
    count = Counter(quantity.status for quantity in parameters if quantity.kind == "parameter")
    return (
        f"- **Most numbers are not measurements.** Of the reference model's {count.total()} "
        f"parameters {count['reported']} are reported\n  and {count['derived']} derived; "
        f"{count['calibrated']} were calibrated so that the patterns come out, and "
        f"{count['assumed']} are assumed.\n"
    )


def main() -> None:
    """Write figure and README."""
    text = README.read_text("utf-8")
    README.write_text(written(text), "utf-8")
    os.chdir(HERE)
    names: dict[str, object] = {}
    exec(compile(python_blocks(text)[0], README.name, "exec"), names)
    os.chdir(HERE.parent)  # where the data of the examples are
    exec(compile(block_that_draws(text, OWN_DATA), README.name, "exec"), names)
    os.replace(OWN_DATA, HERE / OWN_DATA)


if __name__ == "__main__":
    main()
