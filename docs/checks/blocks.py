"""Runs the Python of every page, a page after the other, each in an empty folder.

A page is one session: its blocks run one after the other, and later ones know the names of earlier
ones. `python -m docs.checks.blocks PAGE...` runs some pages; without a page it runs all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The tutorial goes through a terminal too; tests/test_tutorial.py runs all of it.
ELSEWHERE = {"docs/tutorial.md": "tests/test_tutorial.py"}
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages() -> Iterator[Path]:
    """Yield every page that is written by hand."""
    yield ROOT / "README.md"
    for path in sorted((ROOT / "docs").rglob("*.md")):
        if not {"made", "_build"} & set(path.relative_to(ROOT / "docs").parts):
            yield path


def blocks_of(page: Path) -> list[str]:
    """Return the Python blocks of a page, in their order."""
    return BLOCK.findall(page.read_text("utf-8"))


def session(page: Path) -> str:
    """Return the blocks of a page as one script that says which block stopped."""
    lines = [f"import os\nos.environ['MPLBACKEND'] = 'agg'\nnames = {{'__name__': {page.stem!r}}}"]
    for number, block in enumerate(blocks_of(page), start=1):
        where = f"{page.name}, block {number}"
        lines.append(f"exec(compile({block!r}, {where!r}, 'exec'), names)")
    return "\n".join(lines)


def run(page: Path) -> str:
    """Run the blocks of a page in an empty folder; return what went wrong, nothing if nothing."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "examples").symlink_to(ROOT / "examples")
        done = subprocess.run(
            [sys.executable, "-W", "error::DeprecationWarning:pdmodel", "-c", session(page)],
            cwd=place, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    return done.stderr if done.returncode else ""


def main(chosen: list[str]) -> int:
    """Run the pages and print a line each; return how many failed."""
    failed = 0
    for page in [Path(name).resolve() for name in chosen] or pages():
        name = str(page.relative_to(ROOT))
        if name in ELSEWHERE or not blocks_of(page):
            continue
        start = time.monotonic()
        fault = run(page)
        failed += bool(fault)
        print(
            f"{name}: {'FAILED' if fault else 'ok'}, {time.monotonic() - start:.1f} s", flush=True
        )
        if fault:
            print(fault)
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
