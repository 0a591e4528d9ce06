"""What the verbs share that put a question to the evidence: its options, and the problem."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdmodel.cli.console.options import as_days, read_bounds, split_names

if TYPE_CHECKING:
    from pdmodel.inference import FitProblem, Question

QuestionName = Annotated[
    str,
    typer.Argument(
        metavar="QUESTION",
        help="A published fit, module:object, path.py:object, problem.yaml; a folder of fit-data.",
    ),
]
MovedData = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE", help="Where the data of such a folder are now."),
]
OtherModel = Annotated[
    str | None, typer.Option("--model", "-m", help="Another model to ask the same of.")
]
Targets = Annotated[Path | None, typer.Option(metavar="FILE", help="Another target table.")]
Priors = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Prior table; frees its parameters.")
]
RegimenWords = Annotated[
    str | None, typer.Option("--regimen", "-r", help="Another regimen, in words.")
]
Days = Annotated[
    float | None,
    typer.Option(metavar="DAYS", parser=as_days, help="Another horizon; also '12 weeks'."),
]
Free = Annotated[str | None, typer.Option(metavar="A,B", help="Shared parameters to fit.")]
Differ = Annotated[
    str | None, typer.Option(metavar="A,B", help="Parameters that differ between the groups.")
]
VisitInterval = Annotated[
    float | None,
    typer.Option(
        metavar="DAYS", parser=as_days, help="From visit to visit, where targets look at visits."
    ),
]
Bounds = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=LOW:HIGH", help="Other bounds of a parameter."),
]
Seed = Annotated[int, typer.Option(help="All starts are drawn from it.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", help="Worker processes; one a CPU by default.")
]
Jacobian = Annotated[
    str, typer.Option(metavar="exact|differences", help="How the fit finds its slopes.")
]


def find_question(name: str, data: Path | None = None) -> Any:
    """Return a question by its name or place; or that of a folder of `pdmodel fit-data`.

    A file of PEtab is a question of its own kind.

    Parameters
    ----------
    name
        What was written.
    data
        Where the data file of such a folder is now.
    """
    from pdmodel.catalogue import find_object
    from pdmodel.errors import InputError
    from pdmodel.inference import Question

    if is_petab(name):
        return _petab_question(name)
    if is_answer(name):
        from pdmodel.inference.question_file import read_question

        return read_question(name, data)
    if data is not None:
        raise InputError(f"--data belongs to a folder of pdmodel fit-data, and {name!r} is none")
    return find_object(name, "fit", "pdmodel.fits", Question)


def is_petab(name: str) -> bool:
    """Whether it is the file of a PEtab problem."""
    return Path(name).suffix.lower() in (".yaml", ".yml", ".omex")


def _petab_question(name: str) -> Any:
    from pdmodel.interchange.petab.question import PetabQuestion

    return PetabQuestion(Path(name))


def is_answer(name: str) -> bool:
    """Whether it is a folder that tells of itself what was asked, or can only be meant as one."""
    folder = Path(name)
    holds_question = any((folder / file).is_file() for file in ("question.json", "rivals.json"))
    return holds_question or (folder.is_dir() and len(folder.parts) > 1)


def make_problem(
    asked: Question, model: str | None, jacobian: str, bounds: Sequence[str] | None, **changes: Any
) -> FitProblem:
    """Return the problem of a question with what the command line changes.

    Parameters
    ----------
    asked, model, jacobian
        The question, another model if it is named, and how slopes are found.
    bounds
        `name=low:high` words.
    **changes
        `targets`, `priors`, `regimen`, `days`, `visit_interval`, and `free` and `differ` as words;
        None for what stays as it is.
    """
    from pdmodel.errors import InputError

    for names in ("free", "differ"):
        changes[names] = split_names(changes.get(names))
    given = {name: change for name, change in changes.items() if change is not None}
    problem = asked.problem(model, jacobian=jacobian, **given)
    for name, (low, high) in read_bounds(bounds or ()).items():
        if name in problem.params and name not in problem.free:
            raise InputError(
                f"--bounds {name}: the fit does not move it, so nothing would change; free it with "
                f"--free (free: {', '.join(problem.free)})"
            )
        problem.bound(name, low, high)
    return problem
