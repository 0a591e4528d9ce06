"""The how-to page of models and problems of others is true: its Python runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pdmodel.interchange import PetabSelection
from pdmodel.model import Model

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "howto_interchange.md"


@pytest.mark.filterwarnings("ignore:The 'float_precision'", "ignore:The inplace")
def test_all_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, on our own files; they leave what the page says and are short."""
    for needed in ("libsbml", "petab", "petab_select"):
        pytest.importorskip(needed, reason=f"needs the package {needed}")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    names: dict[str, object] = {}
    for block in blocks:
        assert len(block.strip().splitlines()) <= 10
        exec(compile(block, PAGE.name, "exec"), names)
    assert len(blocks) == 6
    assert isinstance(names["model"], Model)
    assert isinstance(names["found"], PetabSelection)
    for file in ("tumour.png", "results/conversion_tables/simulations.tsv", "problem/problem.yaml"):
        assert (tmp_path / file).is_file()


def test_the_page_can_be_found() -> None:
    """From the README and from the page that lists what is read."""
    for page in (ROOT / "README.md", ROOT / "docs" / "interchange.md"):
        assert PAGE.name in page.read_text("utf-8")
