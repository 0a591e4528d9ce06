"""The only door to Starlette and uvicorn: a page on this machine, and answers to its questions.

State in, answer out: no session, no cookie, nothing of a visitor is kept. Other web pages cannot
ask through a visitor's browser: a request whose Host or Origin is not this server is refused.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError, PdmodelError, RegimenError
from pdmodel.explore.facts import facts_of
from pdmodel.explore.laboratory import Laboratory
from pdmodel.explore.one_file.write import one_file
from pdmodel.explore.python_lines import python_lines, table_of
from pdmodel.explore.view import View, read_view
from pdmodel.storage.files.shapes import check_shape

Answer = Callable[[View, Any], tuple[str, str]]
"""What makes a reply, and its kind, of a view and of all that was asked with it."""

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

MOST_BYTES = 65_536
"""Of a question: a view with every parameter changed has a tenth of this."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_POLICY = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_KINDS = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip
_LACKING = (
    "the explorer needs Starlette and uvicorn, which are not installed: "
    "pip install 'pdmodel[explore]'"
)
_PAGE = resources.files("pdmodel.explore") / "page"


def application(
    laboratory: Laboratory, reference: str, hosts: tuple[str, ...] = LOOPBACK
) -> Starlette:
    """Return the web application of a model.

    Parameters
    ----------
    laboratory
        What answers.
    reference
        The model as it was named, for the lines of Python.
    hosts
        Names under which the server may be asked, without the port.

    Returns
    -------
    Starlette
        `GET /` is the page, `GET /facts` what it shows at first; `POST /answer`, `/margins`,
        `/python`, `/table` and `/file` take a view. What cannot be asked is answered by 422 and
        one line.

    Raises
    ------
    InputError
        If Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
        from starlette.routing import Route
    except ImportError as error:
        raise InputError(_LACKING) from error

    facts = _facts(laboratory)

    async def first(request: Request) -> Response:
        return _response(facts, "application/json")

    def asks(answer: Answer) -> Any:
        return Route(f"/{answer.__name__}", _asked(laboratory, answer), methods=["POST"])

    def answer(view: View, _: Any) -> tuple[str, str]:
        return json.dumps(laboratory.answer(view), allow_nan=False), "application/json"

    def python(view: View, _: Any) -> tuple[str, str]:
        return python_lines(view, reference), "text/plain; charset=utf-8"

    def table(view: View, _: Any) -> tuple[str, str]:
        return table_of(view, laboratory.swapped(view)).to_csv(), "text/csv; charset=utf-8"

    def margins(view: View, data: Any) -> tuple[str, str]:
        rows = laboratory.margins(
            view, check_shape(data, {"target": str}, "the question")["target"]
        )
        return json.dumps(rows, allow_nan=False), "application/json"

    def file(view: View, data: Any) -> tuple[str, str]:
        page = one_file(laboratory.swapped(view), laboratory.question, data, laboratory.measured)
        return page, "text/html; charset=utf-8"

    trial = Route("/trial", _streamed(laboratory), methods=["POST"])
    routes = [
        trial, Route("/", _file), Route("/page/{name:path}", _file), Route("/facts", first),
        *map(asks, (answer, margins, python, table, file)),
    ]  # fmt: skip
    return Starlette(routes=routes, middleware=[Middleware(_Guard, hosts=hosts)])


def _facts(laboratory: Laboratory) -> str:
    facts = facts_of(laboratory.model, laboratory.question, laboratory.measured)
    return json.dumps(facts, allow_nan=False)


class _Guard:
    """Refuses who is not this page: another Host or Origin, and bodies that are too large."""

    def __init__(self, app: Any, hosts: tuple[str, ...]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request through, or answer 403 or 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refused({name: value.decode("latin-1") for name, value in scope["headers"]})
        if refused is not None:
            status, words = refused
            await _response(json.dumps({"error": words}), "application/json", status)(
                scope, receive, send
            )
            return
        await self._app(scope, receive, send)

    def _refused(self, headers: dict[bytes, str]) -> tuple[int, str] | None:
        origin = headers.get(b"origin", "")
        asked = [headers.get(b"host", ""), *([origin.partition("://")[2]] if origin else [])]
        if any(_name_of(host) not in self._hosts for host in asked):
            return 403, "this server answers its own page only"
        size = headers.get(b"content-length", "0")
        if not size.isdigit() or int(size) > MOST_BYTES:
            return 413, f"a question has at most {MOST_BYTES} bytes"
        return None


def _name_of(host: str) -> str:
    """Return a host without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


def _response(content: str | bytes, kind: str, status: int = 200) -> Response:
    from starlette.responses import Response

    return Response(content, status, headers={**_HEADERS, "Content-Type": kind})


async def _file(request: Request) -> Response:
    """Return a file of the page; nothing outside its folder has a name here."""
    name = request.path_params.get("name", "index.html")
    parts = name.split("/")
    file = _PAGE.joinpath(*parts)
    kind = _KINDS.get("." + name.rpartition(".")[2])
    if kind is None or any(part in ("", "..") for part in parts) or not file.is_file():
        return _response("no such file", "text/plain; charset=utf-8", 404)
    return _response(file.read_bytes(), kind)


def _asked(laboratory: Laboratory, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Return what reads a view, answers in a thread of its own, and says in words what is wrong."""

    async def handle(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        try:
            body = await _body(request)
            data = _read(body)
            content, kind = await run_in_threadpool(
                lambda: answer(read_view(data, laboratory.model), data)
            )
        except PdmodelError as error:
            status = 413 if isinstance(error, _TooLarge) else 422
            about = "schedule" if isinstance(error, RegimenError) else ""
            words = {"error": str(error), "about": about}
            return _response(json.dumps(words), "application/json", status)
        except Exception as error:  # the server lives, whatever a stranger's model does
            traceback.print_exc()
            fault = f"a fault of the explorer: {type(error).__name__}; the terminal says more"
            return _response(json.dumps({"error": fault}), "application/json", 500)
        return _response(content, kind)

    return handle


class _StoppedError(Exception):
    """The page does not wait for the answer any more."""


def _streamed(laboratory: Laboratory) -> Callable[[Request], Awaitable[Response]]:
    """Return what runs a trial: a line of JSON a step, the result last; a page that goes stops it.

    It runs in a thread of its own, so that questions of a drag are answered meanwhile.
    """

    async def handle(request: Request) -> Response:
        from starlette.responses import StreamingResponse

        try:
            data = _read(await _body(request))
            view = read_view(data, laboratory.model)
            asked = check_shape(data, {"trial": str, "virtual": int}, "the question")
        except PdmodelError as error:
            return _response(json.dumps({"error": str(error)}), "application/json", 422)

        def work(tell: Callable[[int, int, str], None]) -> dict[str, Any]:
            return laboratory.trial(view, asked["trial"], asked["virtual"], tell)

        headers = {**_HEADERS, "Content-Type": "application/x-ndjson"}
        return StreamingResponse(_lines(work), headers=headers)

    return handle


async def _lines(work: Callable[[Callable[[int, int, str], None]], Any]) -> AsyncIterator[str]:
    """Yield a line a step of some work in a thread, and its result or its fault at the end."""
    import anyio

    send, receive = anyio.create_memory_object_stream[str](1_000)
    stopped = False

    def offer(line: str) -> None:
        # who reads too slowly misses a step, and who has gone misses all
        with suppress(anyio.WouldBlock, anyio.BrokenResourceError):
            send.send_nowait(line)

    def tell(done: int, total: int, words: str) -> None:
        if stopped:
            raise _StoppedError
        anyio.from_thread.run_sync(offer, json.dumps({"done": done, "of": total}) + "\n")

    async def whole() -> None:
        with send, suppress(anyio.BrokenResourceError):
            await send.send(await anyio.to_thread.run_sync(_last_line, partial(work, tell)))

    async with anyio.create_task_group() as group:
        group.start_soon(whole)
        try:
            with receive:
                async for line in receive:
                    yield line
        finally:
            stopped = True


def _last_line(work: Callable[[], Any]) -> str:
    try:
        data = {"result": work()}
    except PdmodelError as error:
        data = {"error": str(error)}
    except _StoppedError:
        data = {}
    except Exception as error:  # the server lives, whatever a stranger's model does
        traceback.print_exc()
        data = {"error": f"a fault of the explorer: {type(error).__name__}"}
    return json.dumps(data, allow_nan=False) + "\n"


class _TooLarge(InputError):
    """A body that goes on after the limit."""


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise _TooLarge(f"a question has at most {MOST_BYTES} bytes")
    return bytes(body)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("the question is no JSON") from error


def serve(
    laboratory: Laboratory, reference: str, *, host: str, port: int, ready: Callable[[str], None]
) -> None:
    """Serve the page until the process is stopped.

    Parameters
    ----------
    laboratory, reference
        As of `application`.
    host, port
        Where it listens; port 0 takes a free one.
    ready
        Called with the address when the page can be opened.

    Raises
    ------
    InputError
        If the address cannot be had, or uvicorn is not installed.
    """
    import socket
    import threading

    try:
        import uvicorn
    except ImportError as error:
        raise InputError(_LACKING) from error

    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InputError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.listen()  # who comes as soon as the address is said waits and is not refused
    hosts = LOOPBACK if host in LOOPBACK else (*LOOPBACK, host)
    app = application(laboratory, reference, hosts)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    threading.Thread(target=_warm, args=(laboratory,), daemon=True).start()
    ready(f"http://{host}:{listening.getsockname()[1]}/")
    uvicorn.Server(config).run(sockets=[listening])


def _warm(laboratory: Laboratory) -> None:
    """Compile what the page asks first, and leave what stays out of the collector's rounds.

    A round over all equations takes longer than an answer, and would be felt in a drag.
    """
    import gc

    try:
        first = facts_of(laboratory.model, laboratory.question)["view"]
        laboratory.answer(read_view(first, laboratory.model))
    except PdmodelError:
        return  # the page asks again and shows what is wrong
    gc.collect()
    gc.freeze()
