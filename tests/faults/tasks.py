"""Work for worker processes, in a file that imports next to nothing: a worker begins at once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(number: int) -> int:
    """Return the square of a number."""
    return number * number


def square_or_die(number: int, place: Path) -> int:
    """Square a number; the first worker that is given the seven is killed."""
    if number == 7 and not place.exists():
        place.write_text("killed")
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die(number: int) -> int:
    """Kill the worker, whoever it is."""
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number: int) -> int:
    """Fail as our own work does."""
    from pdmodel.errors import InputError

    raise InputError(f"{number} is not allowed")


def wait_for(place: Path) -> None:
    """Write a file beside the place and work until the end; leave nothing when interrupted."""
    begun = place.with_suffix(f".{os.getpid()}")
    try:
        begun.write_text("begun")
        while True:
            time.sleep(0.01)
    finally:
        begun.unlink()


def run_once(number: int) -> bytes:
    """Return the bits of a run."""
    from pdmodel.engine import simulate
    from tests.toys import one_compartment

    run = simulate(one_compartment(), f"{number} mg daily", days=3)
    return run["plasma"].values.tobytes()
