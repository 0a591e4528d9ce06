"""The sides of all profiles: those that are stored read, the others followed, each committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pdmodel.executors import Work
from pdmodel.inference.profile.folder import ProfileFolder
from pdmodel.inference.profile.held import Side

Key = tuple[str, str]


def follow_all(
    follow: Callable[..., Side],
    tasks: Mapping[Key, tuple[Any, ...]],
    work: Work,
    folder: ProfileFolder | None,
) -> dict[Key, Side]:
    """Return all sides in order, those that are stored taken from the folder.

    Parameters
    ----------
    follow
        Follows one side; it is called in a worker.
    tasks
        What it is called with, by what is profiled and direction.
    work
        On how many workers, and who is told when a side ends.
    folder
        Where each side is committed when it ends, and is not made again.
    """
    stored = [] if folder is None else folder.read_sides()
    done = {(s.parameter, s.direction): s for s in stored}
    work.progress(len(done), len(tasks), "sides")
    remaining = [task for key, task in tasks.items() if key not in done]
    for side in work.results(follow, remaining):
        done[side.parameter, side.direction] = side
        if folder is not None:
            folder.write_side(side)
        work.progress(len(done), len(tasks), f"{side.parameter} {side.direction}: {side.end}")
    return {key: done[key] for key in tasks}
