"""Models and regimens in the languages of other programs: Antimony and SBML."""

from pdmodel.interchange.antimony import to_antimony
from pdmodel.interchange.sbml_writing.document import to_sbml

__all__ = ["to_antimony", "to_sbml"]
