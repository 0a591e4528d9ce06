"""The explorer in a browser, from the pointer to the paint: the reference with its targets.

The server and Chromium share the cores of the machine, as they do on a desk. The figures are read
in the page: from the time stamp of the last event of the hand to the first task after the frame in
which the answer was painted.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.problem import Result
from benchmarks.workloads.cold_start import ROOT

CHROMIUM = Path("/usr/bin/chromium")
_STEPS, _SECONDS = 20, 4.0
_NUMBER = ".field[title^='EC50:'] input[type=range]"
_DOSE = ".field[data-dose='0'] input[type=range]"
_SLOT, _RIVAL = "#slot-il6", "il6_from_tumour"
_WATCH = """() => {
  window.timed = { hand: 0, paints: [] };
  const hand = (event) => { timed.hand = event.timeStamp; };
  for (const kind of ["pointermove", "input", "change"]) addEventListener(kind, hand, true);
  new MutationObserver(() => {
    const { hand } = timed;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => timed.paints.push([hand, performance.now()]);
    port2.postMessage(0);
  }).observe(document.getElementById("lag"), { childList: true });
  window.asked = () => performance.getEntriesByType("resource")
    .filter((each) => each.name.endsWith("/answer")).map((each) => each.duration);
  window.painted = async (count) => {
    while (timed.paints.length <= count) await new Promise((done) => setTimeout(done, 3));
  };
}"""


def explorer(bench: Bench) -> dict[str, Result]:
    """Return the times of steps, of a drag, and of a swap, in ms; nothing without a browser."""
    if missing := _missing():
        bench.say(f"the explorer is left out: {missing}")
        return {}
    from playwright.sync_api import sync_playwright

    quick = bench.settings.rounds == 1
    with served("reference") as address, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(address)
        page.wait_for_selector("#lag:not(:empty)", timeout=120_000)
        page.wait_for_timeout(3_000)  # the server leaves its memory in order
        page.evaluate(_WATCH)
        bench.say("steps, a drag and a swap of the explorer")
        steps = 3 if quick else _STEPS
        rows = {
            "step of a number": _stepped(page, _NUMBER, steps),
            "step of the dose": _stepped(page, _DOSE, steps),
            "drag of a number": _dragged(page, _NUMBER, 0.5 if quick else _SECONDS),
            **_swapped(page),
        }
        browser.close()
    return rows


def _missing() -> str:
    """Return what the page cannot be measured without, in words; empty where all is here."""
    absent = [name for name in ("playwright", "starlette", "uvicorn") if find_spec(name) is None]
    if absent:
        return f"{', '.join(absent)} not installed"
    return "" if CHROMIUM.exists() else f"there is no {CHROMIUM}"


@contextmanager
def served(model: str) -> Iterator[str]:
    """Serve a model in a process of its own, and give its address."""
    command = [sys.executable, "-m", "pdmodel", "explore", model, "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        match = re.search(r"http://\S+", server.stdout.readline())
        if match is None:
            raise RuntimeError(f"{model} is not served")
        try:
            yield match[0]
        finally:
            server.terminate()


def _grasped(page: Any, slider: str) -> tuple[float, float]:
    """Lay the pointer on the middle of a slider, and press."""
    page.fill("#search", "EC50" if slider == _NUMBER else "")
    page.locator(slider).first.scroll_into_view_if_needed()
    box = page.locator(slider).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(500)
    page.evaluate("() => { timed.paints = []; performance.clearResourceTimings(); }")
    return x, y


def _stepped(page: Any, slider: str, steps: int) -> Result:
    """Move a slider step by step, each after the last was painted."""
    x, y = _grasped(page, slider)
    for step in range(steps):
        page.mouse.move(x + 1.0 + step * 2.0, y)
        page.evaluate("count => painted(count)", step)
        page.wait_for_timeout(60)
    paints = page.evaluate("timed.paints")
    asked = page.evaluate("asked()")
    page.mouse.up()
    page.keyboard.press("Control+z")
    page.wait_for_timeout(500)
    return _row([after - hand for hand, after in paints], ask=statistics.median(asked))


def _dragged(page: Any, slider: str, seconds: float) -> Result:
    """Move a slider back and forth without waiting; then see when the last answer is painted."""
    x, y = _grasped(page, slider)
    began, step = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        step += 1
        page.mouse.move(x + abs(step % 120 - 60) - 30, y)
        time.sleep(0.008)
    took = time.perf_counter() - began
    page.wait_for_timeout(1_000)
    paints = page.evaluate("timed.paints")
    last = page.evaluate("timed.hand")
    page.mouse.up()
    gaps = [b[1] - a[1] for a, b in pairwise(paints)]
    return _row(gaps, paints_a_second=len(paints) / took, last=paints[-1][1] - last)


def _swapped(page: Any) -> dict[str, Result]:
    """Swap a mechanism into its slot, back, and in again."""
    held = page.eval_on_selector(_SLOT, "each => each.value")
    times = []
    for name in (_RIVAL, held, _RIVAL):
        page.evaluate("() => { timed.paints = []; }")
        page.select_option(_SLOT, name)
        page.evaluate("count => painted(count)", 0)
        hand, after = page.evaluate("timed.paints.at(-1)")
        times.append(after - hand)
        page.wait_for_timeout(500)
    return {"first swap": _row(times[:1]), "swap again": _row(times[1:])}


def _row(times: Sequence[float], **more: float) -> Result:
    ordered = sorted(times)
    ninth = ordered[min(len(ordered) - 1, round(0.9 * len(ordered)))]
    return {"ms": statistics.median(ordered), "p90": ninth, "rounds": len(ordered), **more}
