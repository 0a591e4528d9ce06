"""Commands run inside the process in one folder; what they print, write and draw is kept."""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text

from pdmodel.cli import run
from pdmodel.hypotheses import ComparisonSettings
from pdmodel.plots.base import figure

OF_LENALIDOMIDE = (
    "responders?", "nonresponders?", "SPD", "ALC", "ANC", "CLL", "lenalidomide", "nodes?", "nodal",
    "flare", "neutropenia", "neutrophils?", "myeloma", "tone", "leuka?emia", "tumour", "effectors?",
    "CD80", "Ferrajoli", "Chanan-Khan", "iwCLL", "methylprednisolone", "10 mg(?!/)", "phase2",
    "node_swelling", "il6_antibody",
)  # fmt: skip
"""Words of the first application that nothing of the second may show."""
OF_ARTHRITIS = (
    "DAS28", "adalimumab", "synovitis", "CRP", "C-reactive", "joints?", "arthritis", "rheumatoid",
    "EULAR", "tocilizumab", "fibroblasts?", "antidrug", "autonomy", "van de Putte", "40 mg",
)  # fmt: skip
"""Words of the second application that nothing of the first may show; both know TNF and IL-6."""


def words_in(text: str, words: Iterable[str]) -> list[str]:
    """Return which of some words (patterns) stand in a text as words of their own."""
    return [word for word in words if re.search(rf"(?<![A-Za-z]){word}(?![A-Za-z])", text, re.I)]


def page_text(page: Path) -> str:
    """Return what a page says, without its marks and images."""
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", page.read_text("utf-8"), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


@dataclass
class Laboratory:
    """A folder in which commands are run.

    Parameters
    ----------
    folder
        Working folder of the commands.
    said
        By folder that a command wrote to, what it printed.
    drawn
        Texts of figures, by the hash of their file.
    """

    folder: Path
    said: dict[str, str] = field(default_factory=dict)
    drawn: dict[str, list[str]] = field(default_factory=dict)

    def run(self, *words: str) -> str:
        """Run a command; it must end with 0."""
        out, err = io.StringIO(), io.StringIO()
        streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
        with contextlib.chdir(self.folder), streams[0], streams[1], self._recorded():
            code = run(words)
        assert code == 0, f"pdmodel {' '.join(words)} ended with {code}: {err.getvalue()}"
        self.said[" ".join(words)] = out.getvalue() + err.getvalue()
        return out.getvalue()

    @contextlib.contextmanager
    def _recorded(self) -> Iterator[None]:
        """Keep the texts of each figure that is made into a file; compare with little effort."""
        made = figure.image

        def image(drawn: figure.Drawn, *how: Any, **named: Any) -> bytes:
            content = made(drawn, *how, **named)
            whole = figure.figure_of(drawn)
            texts = [text.get_text() for text in whole.findobj(Text) if text.get_visible()]
            self.drawn[_hash(content)] = [text for text in texts if text.strip()]
            return content

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(figure, "image", image)
            patch.setattr(figure, "DPI", 60)  # what is drawn counts, not how sharply
            few = partial(ComparisonSettings, max_evaluations=3, refit_evaluations=1)
            patch.setattr("pdmodel.hypotheses.ComparisonSettings", few)
            yield

    def figures(self) -> dict[str, str]:
        """Return the texts of every figure that lies in the folder, by its path."""
        return {
            str(file.relative_to(self.folder)): " | ".join(self.drawn[_hash(file.read_bytes())])
            for file in sorted(self.folder.rglob("*.png"))
        }

    def pages(self) -> dict[str, str]:
        """Return what every page and report in the folder says, by its path."""
        texts = {
            str(file.relative_to(self.folder)): page_text(file)
            for file in sorted(self.folder.rglob("*.html"))
        }
        return texts | {
            str(file.relative_to(self.folder)): file.read_text("utf-8")
            for file in sorted(self.folder.rglob("report.txt"))
        }


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
