"""Opens every page of the built site in Chromium and looks for what a reader would stumble over.

Dead links, requests to other machines, errors of scripts, pages wider than the window, equations
wider than their column, mathematics that could not be drawn, and a search that finds nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlparse

from playwright.sync_api import sync_playwright

SITE = Path(__file__).parents[1] / "_build" / "html"
WIDTH, LARGEST = 1280, 60e6
_LOOK = """() => {
  const faults = [];
  const page = document.documentElement;
  if (page.scrollWidth > window.innerWidth + 1)
    faults.push(`is ${page.scrollWidth} pixels wide`);
  for (const math of document.querySelectorAll("math")) {
    const box = math.getBoundingClientRect();
    if (!box.width) continue;
    const column = math.closest("td, div.math, li, dd, p").getBoundingClientRect();
    if (box.right > column.right + 1)
      faults.push(`equation ${Math.round(box.right - column.right)} pixels too wide: ` +
        `${math.getAttribute("aria-label").slice(0, 60)}`);
  }
  for (const box of document.querySelectorAll(".pst-scrollable-table-container"))
    if (box.scrollWidth > box.clientWidth + 1)
      faults.push(`table ${box.scrollWidth - box.clientWidth} pixels too wide: ` +
        `${box.textContent.trim().slice(0, 40)}`);
  for (const node of document.querySelectorAll("merror, .math-error, .system-message"))
    faults.push(`an error is drawn: ${node.textContent.slice(0, 80)}`);
  return faults;
}"""


class _Page(HTMLParser):
    """The names and the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note `id`, `href` and `src`."""
        given = dict(attrs)
        self.names |= {given[key] for key in ("id", "name") if given.get(key)}  # type: ignore[misc]
        self.links += [link for key in ("href", "src") if (link := given.get(key))]


def pages_of(site: Path) -> list[Path]:
    """Return the pages of a site; what the theme keeps for itself is none."""
    return sorted(set(site.rglob("*.html")) - {site / "_static" / "webpack-macros.html"})


def dead_links(site: Path) -> Iterator[str]:
    """Yield each link that leads nowhere, with the page that has it."""
    pages = {}
    for path in pages_of(site):
        pages[path] = _Page()
        pages[path].feed(path.read_text("utf-8"))
    for path, page in pages.items():
        for link in page.links:
            address, name = urldefrag(link)
            if urlparse(address).scheme:
                continue
            target = (path.parent / unquote(address.partition("?")[0])).resolve()
            target = path if not address else target
            if not target.exists():
                yield f"{path.relative_to(site)}: dead link {link}"
            elif name and target in pages and unquote(name) not in pages[target].names:
                yield f"{path.relative_to(site)}: no such place {link}"


def faults_in_browser(site: Path) -> Iterator[str]:
    """Yield what is wrong with each page as a browser shows it."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as play:
        own = {"executable_path": chromium} if Path(chromium).exists() else {}
        browser = play.chromium.launch(**own)  # type: ignore[arg-type]
        tab = browser.new_page(viewport={"width": WIDTH, "height": 800})
        heard: list[str] = []
        tab.on("request", lambda asked: _note_foreign(asked.url, heard))
        tab.on("requestfailed", lambda asked: heard.append(f"cannot be loaded: {asked.url}"))
        tab.on("pageerror", lambda error: heard.append(f"error of a script: {error}"))
        for path in pages_of(site):
            tab.goto(path.as_uri(), wait_until="load")
            for fault in [*tab.evaluate(_LOOK), *heard]:
                yield f"{path.relative_to(site)}: {fault}"
            heard.clear()
        yield from _search(tab, site)
        browser.close()


def _note_foreign(address: str, heard: list[str]) -> None:
    if urlparse(address).scheme not in ("file", "data", "blob"):
        heard.append(f"asks another machine: {address}")


def _search(tab: Any, site: Path) -> Iterator[str]:
    """Yield a fault where the search of the site finds nothing."""
    tab.goto((site / "search.html").as_uri() + "?q=regimen", wait_until="load")
    try:
        tab.wait_for_selector("#search-results li a", timeout=10_000)
    except Exception:
        yield "search.html: finds nothing"


def main() -> int:
    """Print all faults; return how many there are."""
    pages = pages_of(SITE)
    if len(pages) < 2:
        raise SystemExit(f"there is no site in {SITE}: run make docs")
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    lines = [*dead_links(SITE), *faults_in_browser(SITE)]
    if size > LARGEST:
        lines.append(f"the site has {size / 1e6:.0f} MB, may have {LARGEST / 1e6:.0f}")
    print("\n".join(lines))
    print(f"{len(pages)} pages, {size / 1e6:.1f} MB: {len(lines)} faults")
    return len(lines)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
