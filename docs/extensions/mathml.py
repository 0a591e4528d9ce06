"""Mathematics as MathML, which browsers draw by themselves: no script, no font from elsewhere."""

from __future__ import annotations

import html
import shutil
from pathlib import Path
from typing import Any

import ziamath
from docutils import nodes
from latex2mathml.converter import convert

FONT = "STIXTwoMath-Regular.ttf"


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append(f'<span class="math">{mathml(node.astext(), "inline")}</span>')
    raise nodes.SkipNode


def _block(self: Any, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def mathml(latex: str, display: str) -> str:
    """Return LaTeX as MathML, the LaTeX itself as what a reader without it gets.

    Raises
    ------
    ValueError
        If there is a command that the converter does not know.
    """
    written = convert(latex, display=display)
    if "\\" in html.unescape(written):
        raise ValueError(f"no MathML for {latex!r}")
    label = html.escape(latex, quote=True)
    return written.replace("<math ", f'<math aria-label="{label}" ', 1)


def write_font(folder: Path) -> None:
    """Copy a font of mathematics (STIX Two Math) to where the pages find it.

    Parameters
    ----------
    folder
        Of the static files that are made.
    """
    shutil.copy(Path(ziamath.__file__).parent / "fonts" / FONT, folder)


def setup(app: Any) -> dict[str, bool]:
    """Make it the renderer of mathematics in HTML."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
