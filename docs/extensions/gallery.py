"""The examples as a gallery: each with a title, and the figure that it saves."""

from __future__ import annotations

import ast
import builtins
import shutil
from pathlib import Path
from typing import Any

from sphinx_gallery.scrapers import figure_rst

import pdmodel.plots

_DRAWN: list[Any] = []
_SAVE = pdmodel.plots.save
_HEADER = """Gallery
=======

Each example is one short script that draws one figure. What stands here was run when the site was
built; every page has the script to copy.
"""


def write_examples(source: Path, target: Path) -> None:
    """Copy the examples, the first words of each as its title.

    Parameters
    ----------
    source, target
        Folders; the target is made anew.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source / "data", target / "data")
    (target / "GALLERY_HEADER.rst").write_text(_HEADER, "utf-8")
    for path in sorted(source.glob("*.py")):
        (target / path.name).write_text(titled(path.read_text("utf-8")), "utf-8")


def titled(text: str) -> str:
    """Return a script whose docstring has a title, a line below it, and the rest as a paragraph."""
    told = ast.get_docstring(ast.parse(text)) or ""
    title, _, rest = told.partition(": ")
    title = title.rstrip(".")
    rest = rest[:1].upper() + rest[1:]
    paragraph = f"\n{rest}\n" if rest else ""
    return text.replace(f'"""{told}"""', f'"""{title}\n{"=" * len(title)}\n{paragraph}"""', 1)


def watch_figures(gallery_conf: Any, fname: str, when: str) -> None:
    """Note every figure that an example saves; the file itself is not written.

    The gallery runs a script without its `__file__`; ours find their data beside it. After the
    script all is as before, for the pages of the interface look at the same modules.
    """
    _DRAWN.clear()
    if when == "after":
        vars(builtins).pop("__file__", None)
        pdmodel.plots.save = _SAVE
        return
    vars(builtins)["__file__"] = fname

    def save(drawn: Any, path: str | Path, *, size: str = "page") -> Path:
        _DRAWN.append(drawn)
        return Path(path)

    pdmodel.plots.save = save


def saved_figures(block: Any, block_vars: Any, gallery_conf: Any) -> str:
    """Write the figures that a block has saved, and return what shows them."""
    paths = []
    while _DRAWN:
        path = Path(next(block_vars["image_path_iterator"]))
        path.write_bytes(pdmodel.plots.image(_DRAWN.pop(0)))
        paths.append(str(path))
    return str(figure_rst(paths, gallery_conf["src_dir"]))
