"""Writes docs/made before the pages are read: what the code itself can say of the code."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from docs.extensions.api_pages import write_api
from docs.extensions.command_pages import write_commands
from docs.extensions.gallery import write_examples
from docs.extensions.live_page import write_live_page
from docs.extensions.mathml import write_font
from docs.extensions.notebooks import write_notebooks
from docs.extensions.reference_page import write_references
from docs.extensions.sheets import write_sheets


def setup(app: Any) -> dict[str, bool]:
    """Write before anything is read; the gallery, which runs the examples, comes after."""
    app.connect("builder-inited", write_all, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_all(app: Any) -> None:
    """Write all pages anew, but leave what the gallery has kept of examples that did not change."""
    docs = Path(app.srcdir)
    made = docs / "made"
    for folder in ("api", "commands", "models", "static"):
        shutil.rmtree(made / folder, ignore_errors=True)
        (made / folder).mkdir(parents=True)
    write_api(made / "api")
    write_commands(made / "commands")
    write_sheets(made / "models", made / "static")
    write_references(made)
    write_live_page(made / "static")
    write_font(made / "static")
    write_notebooks(docs.parent / "examples" / "notebooks", made / "notebooks")
    write_examples(docs.parent / "examples", made / "examples")
