"""Uniform time courses of SED-ML: which model, with which changes, at which times."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element

import numpy as np
import xarray as xr

from pdmodel.engine import simulate
from pdmodel.errors import InputError, require_known, unknown
from pdmodel.interchange.markup import read_markup, word
from pdmodel.interchange.omex import SEDML, file_of
from pdmodel.interchange.sbml_reading.file_contents.document import read_document
from pdmodel.interchange.sbml_reading.file_contents.library import libsbml
from pdmodel.interchange.sbml_reading.reading import read_text
from pdmodel.model import Model

_MOST_TIMES = 1_000_000
# Gillespie's methods and their kin: random courses of whole molecules, which rates do not give.
_RANDOM = {f"KISAO:{number:07d}" for number in (15, 27, 29, 38, 39, 241)}
_ID = r"""\[@id=(?:'\w+'|"\w+")\]"""
_TARGET = re.compile(rf"(?:/(?:[\w.-]+:)?\w+(?:{_ID})?)+/@(\w+)")
_SETTERS = {
    ("compartment", "size"): "setSize", ("compartment", "volume"): "setSize",
    ("parameter", "value"): "setValue", ("localParameter", "value"): "setValue",
    ("species", "initialAmount"): "setInitialAmount",
    ("species", "initialConcentration"): "setInitialConcentration",
}  # fmt: skip


@dataclass(frozen=True)
class SedmlCourse:
    """A task of a file: a model, changed as the file says, and the times of its course.

    Parameters
    ----------
    name
        Id of the task.
    model
        The model; one unit of time of the file is a day.
    times
        Equally spaced, in the unit of time of the file.
    """

    name: str
    model: Model
    times: tuple[float, ...]

    def run(self, **settings: Any) -> xr.Dataset:
        """Simulate the course; `settings` are those of `simulate`, such as `rtol`."""
        return simulate(self.model, days=self.times[-1], times=self.times, **settings)


def read_sedml(
    path: str | os.PathLike[str], *, task: str | None = None
) -> Mapping[str, SedmlCourse]:
    """Read uniform time courses from a file of SED-ML, or from an archive that holds one.

    Parameters
    ----------
    path
        `study.sedml`, its models beside it or in folders there; `study.omex`, or a file in it,
        `study.omex/first.sedml`.
    task
        Id of the only task to read; all by default.

    Returns
    -------
    dict
        Courses by the ids of their tasks.

    Raises
    ------
    InputError
        If a file is missing, or a task needs what is not read; docs/interchange.md lists what is.

    Examples
    --------
    >>> courses = read_sedml("examples/data/tumour_effectors.sedml")
    >>> sorted(courses)
    ['killing_as_written', 'killing_slowly']
    """
    with file_of(path, SEDML) as file:
        sheet = _Sheet(read_markup(file), file)
        if task is not None and task not in sheet.tasks:
            raise unknown(f"task of {file.name}", task, sheet.tasks)
        names = [task] if task is not None else [*sheet.tasks]
        if not names:
            raise InputError(f"{file.name} holds no task")
        return {name: sheet.course(name) for name in names}


class _Sheet:
    """A file, looked up by the ids of what it lists."""

    def __init__(self, root: Element, file: Path) -> None:
        if word(root) != "sedML":
            raise InputError(f"{file.name} is no SED-ML: it begins with {word(root)!r}")
        self.file = file
        self.models = _listed(root, "listOfModels")
        self.simulations = _listed(root, "listOfSimulations")
        self.tasks = _listed(root, "listOfTasks")
        self._read: dict[tuple[Any, ...], Model] = {}

    def course(self, name: str) -> SedmlCourse:
        """Return what a task asks for."""
        task = self.tasks[name]
        if word(task) != "task":
            self._refuse(f"task {name!r} is a {word(task)}; tasks with one model and one run are")
        source, changes = self._changed(task.get("modelReference", ""), ())
        key = (source, tuple(changes))
        if key not in self._read:
            self._read[key] = self._model(source, changes)
        return SedmlCourse(name, self._read[key], self._times(task))

    def _changed(self, name: str, passed: tuple[str, ...]) -> tuple[str, list[tuple[str, str]]]:
        """Return the file of a model, and its changes; those of what it builds on come first."""
        require_known(f"model of {self.file.name}", self.models, name)
        if name in passed:
            raise InputError(f"{self.file.name}: model {name!r} builds on itself")
        model = self.models[name]
        language = model.get("language", "sbml")
        if "sbml" not in language:
            self._refuse(f"model {name!r} is in {language}; models in SBML are")
        source = model.get("source", "").strip()
        builds_on = source.removeprefix("#")
        if builds_on in self.models:
            source, before = self._changed(builds_on, (*passed, name))
        else:
            before = []
        return source, [*before, *self._changes(name, model)]

    def _changes(self, name: str, model: Element) -> Iterator[tuple[str, str]]:
        for change in _children(model, "listOfChanges"):
            if word(change) != "changeAttribute":
                self._refuse(f"model {name!r} has a {word(change)}; changeAttribute is")
            yield change.get("target", ""), change.get("newValue", "")

    def _model(self, source: str, changes: list[tuple[str, str]]) -> Model:
        home = self.file.resolve().parent
        file = (home / source).resolve()
        if not source or ":" in source or not file.is_relative_to(home):
            self._refuse(f"model source {source!r} lies elsewhere; files beside it are")
        document = read_document(file)
        for target, value in changes:
            self._set(document.getModel(), target, value)
        text = libsbml.writeSBMLToString(document)
        return read_text(text, file.name, time_unit="day").model

    def _set(self, model: Any, target: str, text: str) -> None:
        """Give an element of the model another number."""
        parts = _TARGET.fullmatch(target.strip())
        element = _element(model, [quoted[6:-2] for quoted in re.findall(_ID, target)])
        if parts is not None and element is not None:
            setter = _SETTERS.get((element.getElementName(), parts[1]))
            if setter is not None:
                getattr(element, setter)(self._number(text, f"new value of {target!r}"))
                return
        self._refuse(
            f"changed attribute {target!r} is no value of a parameter, size of a compartment or "
            "start of a species, found by id; those are"
        )

    def _times(self, task: Element) -> tuple[float, ...]:
        name = task.get("simulationReference", "")
        require_known(f"simulation of {self.file.name}", self.simulations, name)
        run = self.simulations[name]
        if word(run) != "uniformTimeCourse":
            self._refuse(f"simulation {name!r} is a {word(run)}; uniformTimeCourse is")
        for method in (
            element.get("kisaoID", "") for element in run if word(element) == "algorithm"
        ):
            if method.replace("_", ":") in _RANDOM:
                self._refuse(f"simulation {name!r} is random ({method}); courses of rates are")
        steps = run.get("numberOfSteps", run.get("numberOfPoints", ""))
        said = {
            key: self._number(run.get(key, ""), f"{key} of {name!r}")
            for key in ("initialTime", "outputStartTime", "outputEndTime")
        }
        begun, first, last = said.values()
        if begun != 0:
            self._refuse(f"simulation {name!r} begins at time {begun:g}; those that begin at 0 are")
        if not 0 <= first < last:
            raise InputError(f"{self.file.name}: simulation {name!r} ends before its first output")
        if not steps.isdecimal() or not 0 < int(steps[:9]) <= _MOST_TIMES:
            raise InputError(
                f"{self.file.name}: number of steps of {name!r} must be a whole number from 1 to "
                f"{_MOST_TIMES:,}, not {steps[:20]!r}"
            )
        return tuple(np.linspace(first, last, int(steps) + 1).tolist())

    def _number(self, text: str, what: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise InputError(f"{self.file.name}: {what} must be a number, not {text[:40]!r}")
        return number

    def _refuse(self, words: str) -> NoReturn:
        raise InputError(f"{self.file.name}: {words} read")


def _element(model: Any, ids: list[str]) -> Any:
    """Return an element by its id, or by that of its reaction and its own; None where none is."""
    if len(ids) == 1:
        return model.getElementBySId(ids[0])
    reaction = model.getReaction(ids[0]) if len(ids) == 2 else None
    law = reaction.getKineticLaw() if reaction is not None else None
    return None if law is None else law.getLocalParameter(ids[1]) or law.getParameter(ids[1])


def _children(parent: Element, name: str) -> Iterator[Element]:
    for element in parent:
        if word(element) == name:
            yield from element


def _listed(root: Element, name: str) -> dict[str, Element]:
    return {element.get("id", ""): element for element in _children(root, name)}
