"""The model of a PEtab problem as experiments use it: read, and able to begin anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from pdmodel.interchange.petab.changed_document import assigned_at_start, make_settable
from pdmodel.interchange.petab.restart import RestartModel
from pdmodel.interchange.petab.sloped import Sloped
from pdmodel.interchange.petab.tables import PetabTables
from pdmodel.interchange.sbml_reading.reading import read_text


class PetabModel:
    """One reading of the model.

    Parameters
    ----------
    tables
        The problem.
    set_first
        Ids with an initial assignment that the first period of an experiment sets instead.

    Attributes
    ----------
    reading, restart
        The model, and its twin that begins anywhere.
    symbols
        Name in the model of what an id of file or tables holds.
    settable
        Parameter of the model by the id whose number it is.
    moving
        Parameters of the twin by which slopes are computed, of first periods and of later ones:
        those that move in any experiment, so that slopes are compiled once for all.
    """

    def __init__(self, tables: PetabTables, set_first: Iterable[str]) -> None:
        values = {tables.mapped.get(p.name, p.name): p.value for p in tables.parameters.values()}
        text = make_settable(tables.sbml, values, set_first, tables.targets)
        self.reading = read_text(text, name=tables.name, time_unit="day")
        self.restart = RestartModel(self.reading.model)
        self.moving: tuple[set[str], set[str]] = set(), set()
        self.symbols = _also_mapped({n: str(s) for n, s in self.reading.symbols.items()}, tables)
        self.settable = _also_mapped({n: str(s) for n, s in self.reading.starts.items()}, tables)

    @cached_property
    def declared(self) -> dict[str, float]:
        """Value of each parameter and constant that the file gives, by name."""
        return {
            quantity.name: quantity.value
            for quantity in self.reading.model.vocabulary
            if quantity.kind in ("parameter", "constant") and quantity.value is not None
        }

    def parameters(self, given: Mapping[str, Sloped], n_free: int) -> dict[str, Sloped]:
        """Return the parameters of the model: those of the file, and those of the tables."""
        values = {name: Sloped.still(value, n_free) for name, value in self.declared.items()}
        of_tables = {
            self.settable[name]: value for name, value in given.items() if name in self.settable
        }
        return values | of_tables


class PetabModels:
    """The model of a problem, read once for each set of what experiments set at their start."""

    def __init__(self, tables: PetabTables) -> None:
        self.tables = tables
        self._assigned = assigned_at_start(tables.sbml)
        self._made: dict[frozenset[str], PetabModel] = {}

    def of(self, experiment: str) -> PetabModel:
        """Return the model for an experiment."""
        periods = self.tables.experiments.get(experiment, ())
        first = [name for name, _ in periods[0].changes] if periods else []
        ids = {self.tables.mapped.get(name, name) for name in first}
        chosen = frozenset(ids & self._assigned)
        if chosen not in self._made:
            self._made[chosen] = PetabModel(self.tables, chosen)
        return self._made[chosen]


def _also_mapped(names: dict[str, str], tables: PetabTables) -> dict[str, str]:
    """Return names by id of the model, and by the id that the tables have for it."""
    own = {name: names[other] for name, other in tables.mapped.items() if other in names}
    return {**names, **own}
