"""Pages to ask: the reference with its targets, and a small model without."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

from pdmodel.explore.facts import facts_of, model_and_question
from pdmodel.explore.laboratory import Laboratory
from pdmodel.explore.view import View, read_view
from tests.toys import rate_of_change


@cache
def reference_page() -> Laboratory:
    """Return the laboratory of the reference and the targets of `response`."""
    return Laboratory(*model_and_question("reference"))


@cache
def first_view() -> dict[str, Any]:
    """Return the view with which the page of the reference begins."""
    laboratory = reference_page()
    view: dict[str, Any] = facts_of(laboratory.model, laboratory.question)["view"]
    return view


def viewed(**changes: Any) -> View:
    """Return the first view of the reference with changes."""
    return read_view({**first_view(), **changes}, reference_page().model)


@cache
def decay_page() -> Laboratory:
    """Return the laboratory of `dx/dt = -k x` from 1; drug `d` is given into x."""
    return Laboratory(rate_of_change(lambda x, k, t: -k * x, name="decay"))


def decay_view(**changes: Any) -> dict[str, Any]:
    """Return its first view with changes."""
    return {**facts_of(decay_page().model, None)["view"], **changes}


class Reply(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run what waits in a thread of its own: a browser of another test may hold this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def asked(
    app: Any, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Reply:
    """Ask a web application without a network."""
    given = {"host": "127.0.0.1:8000", "content-length": str(len(body)), **(headers or {})}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()],
    }  # fmt: skip
    messages: list[dict[str, Any]] = []

    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(3600)  # who asked stays until the answer is whole
        return waiting.pop()

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    run_apart(app(scope, receive, send))
    begun = messages[0]
    told = {k.decode().lower(): v.decode() for k, v in begun["headers"]}
    whole = b"".join(message.get("body", b"") for message in messages[1:])
    return Reply(begun["status"], told, whole)
