"""What happens to many subjects when, one after another in the same arrays, at their parameters.

Most schedules are the same whatever the parameters are, and stand in arrays that are made once. Two
things move: doses that follow parameters, and marks of models whose equations hold the time. Both
are made anew for those subjects whose parameters have changed since they were last asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Flags, Integers
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.rosenbrock.memory import Timeline
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.moving import MovingSchedule
from pdmodel.engine.schedule.timeline import join_timelines, make_timeline, n_kinds, with_edges
from pdmodel.engine.time_marks.marks import marker_of
from pdmodel.errors import PdmodelError

Failures = dict[int, PdmodelError]


class Happening(NamedTuple):
    """What happens at some parameters.

    Parameters
    ----------
    schedules
        Of each subject.
    joined, edges
        Their timelines one after another, and which edges are whose: (n_subjects, 2).
    expected
        What arrives in each state of each subject, shape (n_subjects, n_states).
    kinds
        How many kinds of edges there are.
    """

    schedules: Sequence[RunSchedule]
    joined: Timeline
    edges: Integers
    expected: Array
    kinds: int


class _Subject(NamedTuple):
    """What happens to one subject, at parameters whose bytes are the key."""

    key: bytes
    schedule: RunSchedule
    timeline: Timeline
    expected: Array


class SubjectTimelines:
    """The schedules and rows of many subjects.

    Parameters
    ----------
    machine
        The model.
    schedules
        What happens when, a subject each; one that follows parameters at their defaults.
    rows
        Times and sides (1 after an edge) of each subject, sorted by time and within a time by side.
    moving
        Schedules that follow parameters, by subject.
    """

    def __init__(
        self,
        machine: Machine,
        schedules: Sequence[RunSchedule],
        rows: Sequence[tuple[Array, Integers]],
        moving: dict[int, MovingSchedule],
    ) -> None:
        self.machine, self.moving = machine, moving
        self.marker = marker_of(machine.model)
        none = np.zeros((1, len(machine.states)))
        self.own = [
            self._subject(b"", schedule, make_timeline(schedule, times, after, none))
            for schedule, (times, after) in zip(schedules, rows, strict=True)
        ]
        names = () if self.marker is None else self.marker.names
        marks = np.array([machine.parameters.index(name) for name in names], dtype=np.int64)
        self._places = [
            np.concatenate([marks, moving[number].places]) if number in moving else marks
            for number in range(len(self.own))
        ]
        self.still = self._joined(self.own)
        self._last = self.own, self.still

    def _subject(self, key: bytes, schedule: RunSchedule, timeline: Timeline) -> _Subject:
        return _Subject(key, schedule, timeline, schedule.delivered(len(self.machine.states)))

    def at(self, given: Array, asked: Flags, failures: Failures) -> Happening:
        """Return what happens to each subject at its parameters.

        Parameters
        ----------
        given
            Parameters, shape (n_subjects, n_parameters).
        asked
            Which subjects matter, shape (n_subjects,).
        failures
            Takes those whose parameters no dose can have.
        """
        if self.marker is None and not self.moving:
            return self.still
        last, happening = self._last
        subjects = list(last)
        for number in np.flatnonzero(asked).tolist():
            key = given[number, self._places[number]].tobytes()
            if key != subjects[number].key:
                try:
                    subjects[number] = self._at(number, key, given[number])
                except PdmodelError as error:
                    failures[number] = error
        if any(now is not before for now, before in zip(subjects, last, strict=True)):
            happening = self._joined(subjects)
            # One assignment of subjects and what happens: threads may share this memory.
            self._last = subjects, happening
        return happening

    def _at(self, number: int, key: bytes, values: Array) -> _Subject:
        subject = self.own[number]  # its rows are the same at all parameters
        schedule, timeline = subject.schedule, subject.timeline
        if number in self.moving:
            schedule = self.moving[number].at(values)
        marked = schedule
        if self.marker is not None:
            names = self.machine.parameters
            marked = self.marker.schedule(schedule, dict(zip(names, values.tolist(), strict=True)))
        return self._subject(key, schedule, with_edges(timeline, marked))

    def _joined(self, subjects: Sequence[_Subject]) -> Happening:
        joined, edges = join_timelines([subject.timeline for subject in subjects])
        expected = np.array([subject.expected for subject in subjects])
        schedules = [subject.schedule for subject in subjects]
        return Happening(schedules, joined, edges, expected, n_kinds(joined))
