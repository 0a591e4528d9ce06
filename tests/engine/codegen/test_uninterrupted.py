"""Compiling is not interrupted in the middle, nor slowed down by looking for garbage."""

from __future__ import annotations

import gc
import signal

import pytest

from pdmodel.engine.codegen.uninterrupted import uncollected, uninterrupted


def test_an_interruption_waits_for_the_compiler() -> None:
    """Ctrl-C in the middle is seen at the end; what was being made is made."""
    made: list[str] = []

    def work() -> None:
        signal.raise_signal(signal.SIGINT)
        made.append("whole")

    with pytest.raises(KeyboardInterrupt):
        uninterrupted(work)()
    assert made == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_garbage_is_looked_for_again_afterwards() -> None:
    """After an error too; where it was off it stays off."""

    def fail() -> None:
        with uncollected():
            assert not gc.isenabled()
            raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
