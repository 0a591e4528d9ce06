"""The words that users type; each is loaded when it is first used."""

from .antimony import to_antimony as to_antimony
from .petab.problem import PetabProblem as PetabProblem, read_petab as read_petab
from .petab.selection import (
    PetabCandidate as PetabCandidate,
    PetabSelection as PetabSelection,
    select_petab as select_petab,
)
from .petab_writing.problem_files import petab_files as petab_files, write_petab as write_petab
from .sbml_reading.reading import read_sbml as read_sbml
from .sbml_writing.document import to_sbml as to_sbml
from .sedml import SedmlCourse as SedmlCourse, read_sedml as read_sedml

__all__: list[str]
