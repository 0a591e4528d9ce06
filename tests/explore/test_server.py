"""The server answers its own page, and nobody else."""

from __future__ import annotations

import hashlib
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette")

import pdmodel.explore
from pdmodel.explore.server import MOST_BYTES, application, serve
from tests.explore.toy_pages import asked, decay_page, decay_view

PAGE = Path(pdmodel.explore.__file__).parent / "page"
VENDORED = {
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uPlot.LICENSE.txt": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}


@pytest.fixture(scope="module")
def app() -> Any:
    """Return the application of a small model."""
    return application(decay_page(), "decay")


def test_the_page_and_its_parts_are_served(app: Any) -> None:
    """With a policy that lets nothing in from elsewhere; below 200 kB in all."""
    sizes = 0
    for name in ("", *(f"page/{f.relative_to(PAGE)}" for f in PAGE.rglob("*.*") if f.is_file())):
        reply = asked(app, "GET", f"/{name}")
        assert reply.status == 200, name
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; img-src 'self' blob: data:")
        sizes += len(reply.body)
    assert sizes <= 200_000


def test_the_page_names_no_other_address() -> None:
    """Neither a script nor a style asks for anything of the network."""
    for file in PAGE.glob("*.*"):
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, file.name
        assert "innerHTML" not in text, file.name


def test_what_is_vendored_is_what_was_published() -> None:
    """uPlot 1.6.32, MIT, byte for byte."""
    for name, digest in VENDORED.items():
        content = (PAGE / "vendor" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name
    assert {file.name for file in (PAGE / "vendor").iterdir()} == set(VENDORED)


def test_a_view_is_answered(app: Any) -> None:
    """As plain JSON; Python, table and file of the same view too."""
    body = json.dumps(decay_view()).encode()
    answer = asked(app, "POST", "/answer", body)
    assert answer.status == 200
    assert set(answer.data["patients"][0]["curves"]) == {"x"}
    assert b"import pdmodel" in asked(app, "POST", "/python", body).body
    assert asked(app, "POST", "/table", body).body.startswith(b"patient,day,x\n")
    assert asked(app, "POST", "/file", body).body.startswith(b"<!doctype html>")
    assert asked(app, "GET", "/facts").data["model"]["name"] == "decay"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:80"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"content-length": str(MOST_BYTES + 1)}, 413),
        ({"content-length": "much"}, 413),
        ({"origin": "http://localhost:8000", "host": "localhost:8000"}, 200),
    ],
)
def test_others_are_refused(app: Any, headers: dict[str, str], status: int) -> None:
    """A foreign Host or Origin, and a body that is too large, before anything is read."""
    body = json.dumps(decay_view()).encode()
    assert asked(app, "POST", "/answer", body, headers).status == status


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1e999", b"[" * 60_000, b"\xff", b'{"version": 1}']
)
def test_what_is_no_view_ends_in_one_line(app: Any, body: bytes) -> None:
    """422 and words; the next question works."""
    reply = asked(app, "POST", "/answer", body)
    assert reply.status == 422
    assert "\n" not in reply.data["error"]
    assert asked(app, "POST", "/answer", json.dumps(decay_view()).encode()).status == 200


def test_a_body_that_says_less_than_it_holds_is_cut(app: Any) -> None:
    """The length that is announced is not trusted."""
    body = json.dumps(decay_view(schedule="1 d once")).encode() + b" " * MOST_BYTES
    assert asked(app, "POST", "/answer", body, {"content-length": "10"}).status == 413


@pytest.mark.parametrize(
    "path", ["page/../server.py", "page/..%2fserver.py", "page/vendor", "page/"]
)
def test_nothing_outside_the_page_has_an_address(app: Any, path: str) -> None:
    """Only files of the page."""
    assert asked(app, "GET", f"/{path}").status == 404


def test_a_fault_of_our_own_is_said_and_the_server_lives(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 and the kind of the error; the terminal has the rest."""
    laboratory = decay_page()
    app = application(laboratory, "decay")
    body = json.dumps(decay_view()).encode()
    with monkeypatch.context() as broken:
        broken.setattr(type(laboratory), "answer", lambda self, view: 1 / 0)
        reply = asked(app, "POST", "/answer", body)
    assert (reply.status, "ZeroDivisionError" in reply.data["error"]) == (500, True)
    assert "Traceback" in capsys.readouterr().err
    assert asked(app, "POST", "/answer", body).status == 200


def test_who_comes_when_the_address_is_said_is_not_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The browser that is opened then waits until the first question can be answered."""
    uvicorn = pytest.importorskip("uvicorn")
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: sockets[0].close())
    connected: list[str] = []

    def ready(address: str) -> None:
        place = urlsplit(address)
        assert place.port is not None
        socket.create_connection((place.hostname, place.port), timeout=5).close()
        connected.append(address)

    serve(decay_page(), "decay", host="127.0.0.1", port=0, ready=ready)
    assert len(connected) == 1
