"""A small laboratory with all that a page shows, served in a process of its own, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.explore.soak.asking import served

CHROMIUM = Path("/usr/bin/chromium")
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
LABORATORY = """\
from pdmodel.inference import Question, Target
from pdmodel.model import ASSUMED, Mechanism, Model, Patient, Vocabulary

q = Vocabulary()


def rate(name, value, high, meaning):
    return q.parameter(
        name, unit="1/day", value=value, bounds=(0.01, high), meaning=meaning, source=ASSUMED,
        vary=True,
    )


ka, k, fast = rate("ka", 5, 50, "in"), rate("k", 0.7, 50, "out"), rate("fast", 2, 9, "outer")
volume = q.parameter("volume", unit="L", value=20, bounds=(1, 99), meaning="V", source=ASSUMED)
gut = q.state("gut", unit="mg", initial=0, meaning="drug in the gut")
plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
concentration = q.observable("concentration", unit="mg/L", meaning="plasma concentration")
q.slot("exposure", meaning="how the drug goes", states=(gut, plasma), defines=(concentration,))


def exposure(name, gone):
    return Mechanism(
        name, slot="exposure", claim=f"it goes by {name}", refuted_by="a drug that stays",
        processes={
            "absorption": {gut: -ka * gut, plasma: +ka * gut}, "elimination": {plasma: -gone},
        },
        defines={concentration: plasma / volume}, doses={"oral": gut, "iv": plasma},
    )


slow, quick = exposure("slow", k * plasma), exposure("quick", fast * plasma)
model = Model("lab", q, [slow], rivals=[quick])
rows = [
    Target("low", "thin", "plasma", "level", day=7, low=1.0, high=30.0),
    Target("high", "thin", "concentration", "peak", day=7, low=5.0),
    Target("both", "thin/thick", "plasma", "ratio", day=7, value=0.5, sigma=0.2),
]
thin, thick = Patient("thin"), Patient("thick")
asked = Question("asked", "t", model, rows, "10 mg iv daily", days=14, differ=("k",))
"""
DATA = """\
ID,TIME,AMT,EVID,DV,CENS
thin,0,10,1,.,0
thin,1,.,0,0.3,0
thin,3,.,0,0.5,0
stranger,0,10,1,.,0
stranger,2,.,0,0.2,1
"""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a small model with targets, a rival and measured values, as the command does."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "lab.py").write_text(LABORATORY)
    (folder / "levels.csv").write_text(DATA)
    words = ("--data", "levels.csv", "--observe", "concentration")
    with served("lab.py", *words, folder=folder) as (there, _):
        yield there


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a browser that knows no host but this machine."""
    playwright = pytest.importorskip("playwright.sync_api")
    pytest.importorskip("uvicorn")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", ALONE]
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """Return the page with its first answer; nothing it asks may go elsewhere or fail."""
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda r: faults.append(r.url) if not r.url.startswith(address) else None)
    open_view(opened, address)
    yield opened
    opened.close()
    assert [fault for fault in faults if not fault.startswith(("data:", "blob:"))] == []


def open_view(page: Any, address: str) -> None:
    """Load an address and wait for the first answer."""
    page.goto(address)
    page.wait_for_selector("#lag:not(:empty)", timeout=120_000)


def settled(page: Any) -> list[str]:
    """Return what stands over the plots when the last question is answered."""
    page.wait_for_timeout(50)
    page.wait_for_selector("#middle[aria-busy=false]", timeout=120_000)
    page.wait_for_timeout(50)
    keys: list[str] = page.locator(".card .key").all_inner_texts()
    return keys
