"""Model: a sum of mechanisms, one a slot; immutable, every verb returns a new one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import sympy

from pdmodel.arguments import shown
from pdmodel.errors import InputError, ModelError, require_known
from pdmodel.markup import card_of
from pdmodel.model.checks import find_faults
from pdmodel.model.equations import Equations
from pdmodel.model.event import Event
from pdmodel.model.mechanism import Mechanism
from pdmodel.model.regrowth import regrowing_states
from pdmodel.model.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False, repr=False)
class Model(Equations):
    """Mechanisms put together, checked when it is built.

    Parameters
    ----------
    name
        Named for its claim.
    vocabulary
        The symbols and slots.
    mechanisms
        One for every slot that needs one.
    rivals
        Mechanisms that `swap` knows by name.
    claim, refuted_by
        What the assembly says and what would speak against it.
    values
        Starting values that differ from those of vocabulary and mechanisms.
    events
        What changes states or parameters when a condition becomes true.

    Raises
    ------
    ModelError
        If it has faults; the error lists every one.

    Examples
    --------
    >>> import pdmodel
    >>> reference = pdmodel.load("reference")
    >>> rival = reference.swap("il6_as_marker", name="marker")
    >>> {m.name for m in rival.mechanisms} - {m.name for m in reference.mechanisms}
    {'il6_as_marker'}
    >>> faster = reference.with_values(il6_clearance=8)
    >>> faster.defaults["il6_clearance"]
    8.0
    """

    name: str
    vocabulary: Vocabulary
    mechanisms: Sequence[Mechanism]
    rivals: Sequence[Mechanism] = ()
    claim: str = ""
    refuted_by: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    events: Sequence[Event] = ()

    def __post_init__(self) -> None:
        """Freeze, then check."""
        object.__setattr__(self, "mechanisms", tuple(self.mechanisms))
        object.__setattr__(self, "rivals", tuple(self.rivals))
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))
        object.__setattr__(self, "events", tuple(self.events))
        if strange := [event for event in self.events if not isinstance(event, Event)]:
            raise InputError(f"events of a model must be Event objects, got {shown(strange[0])}")
        faults = find_faults(self)
        if faults:
            raise ModelError(self.name, faults)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as what it was built from."""
        return type(self), (
            self.name, self.vocabulary, self.mechanisms, self.rivals, self.claim, self.refuted_by,
            dict(self.values), self.events,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        """Models are equal when their equations and starting values are."""
        if not isinstance(other, Model):
            return NotImplemented
        return self.hash == other.hash and self.defaults == other.defaults

    def __hash__(self) -> int:
        """Hash of the equations."""
        return int(self.hash[:16], 16)

    def __repr__(self) -> str:
        """Name, size and hash."""
        return f"<Model {self.name}: {len(self.states)} states, {self.counted}, {self.hash[:8]}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: claim, slots, equations and numbers."""
        return card_of(self)

    @property
    def counted(self) -> str:
        """How many parameters and constants it has, and how many of each are assumed, in words."""
        counts = []
        for kind in ("parameter", "constant"):
            same = [q.status for q in self.parameters if q.kind == kind]
            if same:
                some = "" if len(same) == 1 else "s"
                counts.append(f"{len(same)} {kind}{some} ({same.count('assumed')} assumed)")
        return ", ".join(counts) or "no parameter"

    # Verbs -----------------------------------------------------------------------------------

    def swap(self, mechanism: Mechanism | str, **changes: Any) -> Model:
        """Return the model with another mechanism in the slot that this one is for.

        Parameters
        ----------
        mechanism
            A mechanism, or the name of a rival that the model knows.
        **changes
            `name`, `claim`, `refuted_by` or `values` of the new model.

        Raises
        ------
        UnknownNameError
            If the name or the slot is unknown.
        """
        chosen = self.find_mechanism(mechanism) if isinstance(mechanism, str) else mechanism
        require_known(f"slot of mechanism {chosen.name!r}:", self.vocabulary.slots, chosen.slot)
        if not any(present.slot == chosen.slot for present in self.mechanisms):
            return self.with_(chosen, **changes)
        mechanisms = [
            chosen if present.slot == chosen.slot else present for present in self.mechanisms
        ]
        return self._changed(mechanisms, f"{self.name}+{chosen.name}", changes)

    def with_(self, mechanism: Mechanism | str, **changes: Any) -> Model:
        """Return the model with a mechanism added to a slot that is empty.

        Raises
        ------
        InputError
            If the slot is filled; `swap` replaces.
        """
        chosen = self.find_mechanism(mechanism) if isinstance(mechanism, str) else mechanism
        for present in self.mechanisms:
            if present.slot == chosen.slot:
                raise InputError(
                    f"slot {chosen.slot!r} holds {present.name!r}; swap puts {chosen.name!r} there"
                )
        return self._changed([*self.mechanisms, chosen], f"{self.name}+{chosen.name}", changes)

    def without(self, mechanism: str, **changes: Any) -> Model:
        """Return the model without a mechanism; what it defined becomes neutral.

        Raises
        ------
        UnknownNameError
            If the model does not hold it.
        ModelError
            If the slot cannot be empty.
        """
        held = {present.name: present for present in self.mechanisms}
        require_known(f"mechanism of model {self.name!r}:", held, mechanism)
        kept = [present for present in self.mechanisms if present.name != mechanism]
        return self._changed(kept, f"{self.name}-{mechanism}", changes)

    def with_values(self, name: str | None = None, **values: float) -> Model:
        """Return the model with other starting values of parameters."""
        return replace(self, name=name or self.name, values={**self.values, **values})

    def find_mechanism(self, name: str) -> Mechanism:
        """Return a mechanism of the model or one of its rivals by name."""
        by_name = {mechanism.name: mechanism for mechanism in (*self.mechanisms, *self.rivals)}
        require_known("mechanism", by_name, name)
        return by_name[name]

    def _changed(
        self, mechanisms: Sequence[Mechanism], name: str, changes: Mapping[str, Any]
    ) -> Model:
        rivals = {m.name: m for m in (*self.rivals, *self.mechanisms)}
        merged = {**self.values, **changes.get("values", {})}
        texts = {"name": name, "claim": "", "refuted_by": "", **changes, "values": merged}
        return replace(self, mechanisms=tuple(mechanisms), rivals=tuple(rivals.values()), **texts)

    # Numbers and identity --------------------------------------------------------------------

    @cached_property
    def defaults(self) -> Mapping[str, float]:
        """Value of each parameter and constant: vocabulary, then mechanism, then model."""
        special = {str(s): v for m in self.mechanisms for s, v in m.values.items()}
        special |= self.values
        return MappingProxyType(
            {q.name: float(special.get(q.name, q.value)) for q in self.parameters}  # type: ignore[arg-type]
        )

    @cached_property
    def regrowing(self) -> tuple[bool, ...]:
        """Of each state whether it may grow from little on its own, as a tumour may."""
        return regrowing_states(self)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the canonical equations, units, process names, dose targets and events."""
        # Arrays follow the order of the states, so that order is part of what is compiled.
        lines = [f"time {self.vocabulary.time_unit}", f"order {' '.join(map(str, self.states))}"]
        lines += [f"state {s} {self._unit(s)} {sympy.srepr(e)}" for s, e in self.initials.items()]
        lines += [
            f"define {s} {self._unit(s)} {sympy.srepr(e)}" for s, e in self.definitions.items()
        ]
        lines += [f"parameter {q.name} {q.unit}" for q in self.parameters]
        lines += [f"process {p.name} {p.state} {sympy.srepr(p.rate)}" for p in self.processes]
        lines += [f"dose {drug} {state}" for drug, state in self.doses.items()]
        # Ties between events are decided by the order in which they were declared.
        lines += [f"event {n} {event.canonical()}" for n, event in enumerate(self.events)]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    @cached_property
    def layout(self) -> str:
        """SHA-256 over the equations, the order of all that is read by position, and limits.

        `hash` says whether two models mean the same, whatever the order of their parameters; code
        and arrays may be shared only between models whose layout is the same, too.
        """
        orders = (
            [self.vocabulary.time.name],
            [state.name for state in self.states],
            [quantity.name for quantity in self.parameters],
            [f"{symbol} >= {self.vocabulary[symbol].minimum}" for symbol in self.definitions],
            [f"{p.mechanism}.{p.name}.{p.state}" for p in self.processes],
            list(self.doses),
        )
        text = "\n".join([self.hash, *(" ".join(names) for names in orders)])
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def presentation(self) -> Mapping[str, str]:
        """How results are to be written, as attributes of a file; empty where nothing is declared.

        So that figures of a model that is not published find its words in a later process, too,
        and the name of its main drug with them.
        """
        words, main = self.vocabulary.words, self.vocabulary.main
        attributes = {
            "main": " ".join(main),
            "words": json.dumps(dict(words), ensure_ascii=False) if words else "",
            "drug": next(iter(self.doses), "") if words or main else "",
        }
        return MappingProxyType({name: text for name, text in attributes.items() if text})

    def _identity(self) -> dict[str, object]:
        """Return what makes two models the same: equations, and all numbers in them."""
        return {"name": self.name, "layout": self.layout, "defaults": dict(self.defaults)}

    def _unit(self, symbol: sympy.Symbol) -> str:
        return self.vocabulary[symbol].unit


def require_model(model: object, who: str) -> None:
    """Refuse what is no model, such as its name.

    Parameters
    ----------
    model
        What was given.
    who
        What needs one, for the message.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(model, Model):
        raise InputError(f"{who} needs a Model, got {shown(model)}; pdmodel.load(name) returns one")
