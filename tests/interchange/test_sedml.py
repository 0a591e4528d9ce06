"""Courses of SED-ML: models as the file changes them, at the times that it asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pdmodel
from pdmodel.errors import InputError
from pdmodel.interchange.omex import omex_bytes
from tests.interchange.sbml_reading.written_files import DECAY, document, written

pytest.importorskip("libsbml", reason="needs the package python-libsbml")

PLACE = "/sbml:sbml/sbml:model/sbml:listOf"
RATE = f"{PLACE}Parameters/sbml:parameter[@id='k']/@value"
START = f"{PLACE}Species/sbml:species[@id='A']/@initialConcentration"


def change(target: str, value: str, kind: str = "changeAttribute") -> str:
    """Return a change of a model."""
    return f'<{kind} target="{target}" newValue="{value}"/>'


MODELS = f"""
<model id="plain" language="urn:sedml:language:sbml" source="toy.xml"/>
<model id="fast" language="urn:sedml:language:sbml" source="plain"><listOfChanges>
{change(RATE, "2")}</listOfChanges></model>
<model id="more" language="urn:sedml:language:sbml.level-3.version-2" source="#fast">
<listOfChanges>{change(START, "5")}</listOfChanges></model>
"""
RUN = """<uniformTimeCourse id="run" initialTime="0" outputStartTime="1" outputEndTime="3"
numberOfPoints="4"><algorithm kisaoID="KISAO:0000019"/></uniformTimeCourse>"""
TASKS = """<task id="first" modelReference="plain" simulationReference="run"/>
<task id="second" modelReference="more" simulationReference="run"/>"""


def sheet(models: str = MODELS, runs: str = RUN, tasks: str = TASKS) -> str:
    """Return the text of a file."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<sedML xmlns="http://sed-ml.org/sed-ml/level1/version3"'
        ' xmlns:sbml="http://www.sbml.org/sbml/level3/version2/core" level="1" version="3">'
        f"<listOfModels>{models}</listOfModels><listOfSimulations>{runs}</listOfSimulations>"
        f"<listOfTasks>{tasks}</listOfTasks></sedML>"
    )


def saved(folder: Path, text: str) -> Path:
    """Write such a file beside its model."""
    written(folder, DECAY)
    (folder / "study.sedml").write_text(text, "utf-8")
    return folder / "study.sedml"


def test_courses_are_those_of_the_changed_models(tmp_path: Path) -> None:
    """Changes add up along models that build on others; four steps are five times."""
    courses = pdmodel.read_sedml(saved(tmp_path, sheet()))
    assert list(courses) == ["first", "second"]
    for name, start, rate in (("first", 3, 0.5), ("second", 5, 2)):
        run = courses[name].run(rtol=1e-9)
        assert run.time.values.tolist() == [1, 1.5, 2, 2.5, 3]
        expected = start * np.exp(-rate * run.time.values)
        np.testing.assert_allclose(run["A"].values, expected, rtol=1e-6)


def test_an_archive_holds_file_and_models(tmp_path: Path) -> None:
    """Read from there as from a folder; one task alone, when it is named."""
    files = {"study.sedml": sheet(), "toy.xml": document(DECAY)}
    (tmp_path / "a.omex").write_bytes(omex_bytes(files, "study.sedml"))
    beside = pdmodel.read_sedml(saved(tmp_path, sheet()))
    assert pdmodel.read_sedml(tmp_path / "a.omex") == beside
    one = pdmodel.read_sedml(tmp_path / "a.omex" / "study.sedml", task="second")
    assert one == {"second": beside["second"]}
    assert pdmodel.read_sbml(tmp_path / "a.omex") == pdmodel.read_sbml(tmp_path / "toy.xml")


FAULTS = {
    "task 'r' is a repeatedTask": (MODELS, RUN, '<repeatedTask id="r"/>'),
    "unknown model of study.sedml 'plan'": (MODELS, RUN, TASKS.replace("plain", "plan")),
    "unknown simulation of study.sedml 'ran'": (MODELS, RUN, TASKS.replace('"run"', '"ran"')),
    "'run' is random": (MODELS, RUN.replace("19", "29"), TASKS),
    "'run' is a steadyState": (MODELS, RUN.replace("uniformTimeCourse", "steadyState"), TASKS),
    "begins at time 1": (MODELS, RUN.replace('initialTime="0"', 'initialTime="1"'), TASKS),
    "ends before": (MODELS, RUN.replace('EndTime="3"', 'EndTime="1"'), TASKS),
    "must be a number, not 'soon'": (MODELS, RUN.replace('EndTime="3"', 'EndTime="soon"'), TASKS),
    "from 1 to 1,000,000": (MODELS, RUN.replace('"4"', '"99999999999"'), TASKS),
    "lies elsewhere": (MODELS.replace("toy.xml", "../toy.xml"), RUN, TASKS),
    "'urn:miriam:b' lies elsewhere": (MODELS.replace("toy.xml", "urn:miriam:b"), RUN, TASKS),
    "builds on itself": (MODELS.replace("toy.xml", "fast"), RUN, TASKS),
    "models in SBML are read": (MODELS.replace(":sbml", ":cellml"), RUN, TASKS),
    "has a computeChange": (MODELS.replace("changeAttribute", "computeChange"), RUN, TASKS),
    "found by id": (MODELS.replace("'k'", "'q'"), RUN, TASKS),
    "holds no task": (MODELS, RUN, ""),
}


@pytest.mark.parametrize("message", FAULTS)
def test_what_is_not_read_is_refused_by_name(tmp_path: Path, message: str) -> None:
    """In one line, with the id of what asks for it."""
    with pytest.raises(InputError) as refused:
        pdmodel.read_sedml(saved(tmp_path, sheet(*FAULTS[message])))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unread_task_hinders_no_other(tmp_path: Path) -> None:
    """Where the other is asked for by name; a name that is none is refused with all names."""
    path = saved(tmp_path, sheet(tasks=TASKS + '<repeatedTask id="r"/>'))
    assert list(pdmodel.read_sedml(path, task="first")) == ["first"]
    with pytest.raises(InputError, match=r"unknown task of study\.sedml"):
        pdmodel.read_sedml(path, task="third")
    with pytest.raises(InputError, match="no SED-ML"):
        pdmodel.read_sedml(tmp_path / "toy.xml")


def test_parameters_of_one_reaction_can_be_changed(tmp_path: Path) -> None:
    """Found by the id of the reaction and their own."""
    local = DECAY.replace(
        "</kineticLaw>",
        '<listOfLocalParameters><localParameter id="k" value="7"/></listOfLocalParameters>'
        "</kineticLaw>",
    )
    target = (
        f"{PLACE}Reactions/sbml:reaction[@id='turn']/sbml:kineticLaw/sbml:listOfLocalParameters"
        "/sbml:localParameter[@id='k']/@value"
    )
    path = saved(tmp_path, sheet(MODELS.replace(RATE, target)))
    written(tmp_path, local)
    run = pdmodel.read_sedml(path)["second"].run(rtol=1e-9)
    np.testing.assert_allclose(run["A"].values, 5 * np.exp(-2 * run.time.values), rtol=1e-6)
