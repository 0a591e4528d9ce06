"""Two browsers that drag at once: each asks state after state, and every answer is checked."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pdmodel.model import Model
from tests.explore.soak.checking import faults_of
from tests.explore.soak.states import dragged_states

Ask = Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]
ROOT = Path(__file__).parents[3]


class Soaked(NamedTuple):
    """What came of it.

    Parameters
    ----------
    states
        How many were asked.
    refused, failed
        How many the server refused in words, and how many patients could not be simulated.
    faults
        What was wrong, each with the state that repeats it.
    """

    states: int
    refused: int
    failed: int
    faults: list[str]


def soak(
    model: Model, facts: dict[str, Any], browsers: list[Ask], states: int, seed: int
) -> Soaked:
    """Ask so many states in all, from each browser at once.

    Parameters
    ----------
    model, facts
        The model of the page, and what the server told of it.
    browsers
        What asks, one a browser.
    states, seed
        How many, and which.
    """
    asked: list[tuple[dict[str, Any], int, dict[str, Any]]] = []

    def drag(browser: Ask, number: int) -> None:
        drawn = dragged_states(facts, 1_000 * seed + number)
        for view in itertools.islice(drawn, -(-states // len(browsers))):
            asked.append((view, *browser(view)))

    with ThreadPoolExecutor(len(browsers)) as hands:  # a hand that falls is an error here
        list(hands.map(drag, browsers, range(len(browsers))))
    faults = [
        f"{fault}: {json.dumps(view)}"
        for view, status, answer in asked
        for fault in faults_of(model, view, status, answer)
    ]
    refused = sum(status == 422 for _, status, _ in asked)
    patients = [p for _, status, answer in asked if status == 200 for p in answer["patients"]]
    return Soaked(len(asked), refused, sum(bool(p["failure"]) for p in patients), faults)


@contextmanager
def served(model: str, *words: str, folder: Path = ROOT) -> Iterator[tuple[str, int]]:
    """Serve a model in a process of its own, as the command does: its address and its process."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pdmodel.cli import main; main()"
    command = [sys.executable, "-c", code, "explore", model, "--no-browser", *words]
    with (
        TemporaryFile("w+") as said,
        subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=said, text=True
        ) as server,
    ):
        assert server.stdout is not None
        match = re.search(r"http://\S+", server.stdout.readline())
        assert match is not None, f"{model} is not served"
        try:
            yield match[0], server.pid
        finally:
            server.terminate()
            server.wait()
            said.seek(0)
            # That it was terminated is as it should be; whatever else it said is shown.
            sys.stderr.writelines(line for line in said if line != "error: terminated\n")


class Browser:
    """Keeps one connection, as a browser does.

    Parameters
    ----------
    address
        Of the page.
    """

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=900)

    def facts(self) -> dict[str, Any]:
        """Return what the page is told at first."""
        self._connection.request("GET", "/facts")
        told: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return told

    def ask(self, view: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and answer of a state."""
        body = json.dumps(view)
        try:
            return self._asked(body)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            self._connection.close()  # a server ends a connection that has been idle
            return self._asked(body)

    def _asked(self, body: str) -> tuple[int, dict[str, Any]]:
        self._connection.request("POST", "/answer", body)
        reply = self._connection.getresponse()
        return reply.status, json.loads(reply.read())
