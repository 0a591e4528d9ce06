"""The notebooks as pages: what they say, what they run, and what they have stored of it."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_INTRODUCTION = """# Notebooks

Three ways through pdmodel, cell by cell, with what each cell shows. They lie in
`examples/notebooks`; open them in Jupyter and change what you like.

```{toctree}
:maxdepth: 1

"""


def write_notebooks(source: Path, target: Path) -> None:
    """Write a page a notebook, its figures beside it, and a page that lists them.

    Parameters
    ----------
    source
        The folder of the notebooks.
    target
        A folder that is made anew.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    paths = sorted(source.glob("*.ipynb"))
    for path in paths:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        lines = [
            line for number, cell in enumerate(cells) for line in _cell(cell, path, number, target)
        ]
        (target / f"{path.stem}.md").write_text("\n".join(lines), "utf-8")
    index = _INTRODUCTION + "\n".join([*(path.stem for path in paths), "```", ""])
    (target / "index.md").write_text(index, "utf-8")


def _cell(cell: dict[str, Any], path: Path, number: int, target: Path) -> Iterator[str]:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield from (text, "")
        return
    yield from ("```python", text, "```", "")
    for place, output in enumerate(cell.get("outputs", [])):
        yield from _output(output, target / f"{path.stem}_{number}_{place}.png")


def _output(output: dict[str, Any], picture: Path) -> Iterator[str]:
    data = output.get("data", {"text/plain": output.get("text", "")})
    if "image/png" in data:
        picture.write_bytes(base64.b64decode("".join(data["image/png"])))
        size = output.get("metadata", {}).get("image/png", {}).get("width")
        yield from (f"```{{image}} {picture.name}", ":alt: what the cell draws", ":class: drawn")
        yield from ([f":width: {size}px"] if size else [])
        yield from ("```", "")
    elif "text/html" in data:
        yield from (":::{raw} html", '<div class="shown">', "".join(data["text/html"]), "</div>")
        yield from (":::", "")
    else:
        yield from ("```text", "".join(data["text/plain"]).rstrip(), "```", "")
