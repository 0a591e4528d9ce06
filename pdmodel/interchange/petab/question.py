"""A PEtab problem where the command line takes the name of a published question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.interchange.petab.problem import PetabProblem, read_petab


@dataclass(frozen=True)
class PetabQuestion:
    """A file of PEtab; it says all of the question, so that little can be asked otherwise.

    Parameters
    ----------
    path
        The YAML file.
    method
        None: a problem of PEtab is fitted as it stands, not as a population.
    """

    path: Path
    method: str | None = None

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.stem

    def problem(
        self, model: str | None = None, *, jacobian: str = "exact",
        free: Sequence[str] | None = None, **changes: Any,
    ) -> PetabProblem:  # fmt: skip
        """Return the problem.

        Raises
        ------
        InputError
            If something is asked that the tables say, or a name is unknown.
        """
        given = [name for name, change in changes.items() if change is not None]
        given += [] if model is None else ["model"]
        if given:
            words = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise InputError(f"{words}: a PEtab problem says this in its own tables")
        problem = read_petab(self.path)
        problem.choose_jacobian(jacobian)
        if free is not None:
            problem.free_only(free)
        return problem
