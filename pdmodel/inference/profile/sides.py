"""The sides of all profiles: those that are stored read, the others followed, each committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pdmodel.executors import run_tasks
from pdmodel.inference.profile.folder import ProfileFolder
from pdmodel.inference.profile.held import Side

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Progress

Key = tuple[str, str]


def follow_all(
    follow: Callable[..., Side],
    tasks: Mapping[Key, tuple[Any, ...]],
    jobs: int,
    folder: ProfileFolder | None,
    progress: Progress | None,
) -> dict[Key, Side]:
    """Return all sides in order, those that are stored taken from the folder.

    Parameters
    ----------
    follow
        Follows one side; it is called in a worker.
    tasks
        What it is called with, by what is profiled and direction.
    jobs
        Worker processes; the answer is the same for any number.
    folder
        Where each side is committed when it ends, and is not made again.
    progress
        Called with sides done, sides in all, and a text.
    """
    report = progress or (lambda done, total, text: None)
    stored = [] if folder is None else folder.read_sides()
    done = {(s.parameter, s.direction): s for s in stored}
    report(len(done), len(tasks), "sides")
    remaining = [task for key, task in tasks.items() if key not in done]
    for side in run_tasks(follow, remaining, jobs):
        done[side.parameter, side.direction] = side
        if folder is not None:
            folder.write_side(side)
        report(len(done), len(tasks), f"{side.parameter} {side.direction}: {side.end}")
    return {key: done[key] for key in tasks}
