"""Declare a symbol once: unit, meaning, value, bounds, status, source.

Symbols stay plain `sympy.Symbol`s and their metadata lives in one table here. (A subclass of
`Symbol` does not work: SymPy's cache hands the same object to a second declaration, which then
overwrites the first one's unit, and pickling fails.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import sympy

from pdmodel.arguments import as_number, name_of, names_of, number, shown
from pdmodel.errors import InputError, require_known
from pdmodel.markup import card, folded, table
from pdmodel.model.identifiers import checked_identifiers
from pdmodel.model.symbol_names import BASELINE, check_name
from pdmodel.text import counted, rounded

STATUSES = ("reported", "derived", "calibrated", "assumed")
ASSUMED = "ASSUMED"


@dataclass(frozen=True)
class Quantity:
    """What is known of one symbol.

    Parameters
    ----------
    symbol
        The plain SymPy symbol.
    kind
        `state`, `parameter`, `constant`, `auxiliary`, `observable`, `baseline` or `time`.
    unit
        Unit of the value; `1` for a plain number.
    meaning
        What it is, in words.
    value, bounds, status, source
        Of parameters and constants: the default, the allowed range, and where both come from.
    vary
        Whether a fit frees the parameter when the user names none (lmfit's word).
    initial
        Of states: the drug-free starting value, an expression of parameters and auxiliaries.
    neutral
        Of auxiliaries: the value when no mechanism defines it; None if one must.
    minimum
        Of auxiliaries that do not change during a run: the least value that makes sense.
    evidence
        The symbol under which the evidence tables know the parameter.
    label, unit_label
        What stands on axes: a short name, and what is counted where the unit is a plain number,
        such as `points` or `percent`.
    identifiers
        What it is, as compact identifiers of databases, e.g. `uniprot:P05231`; no equation and no
        identity depends on them.
    """

    symbol: sympy.Symbol
    kind: str
    unit: str
    meaning: str
    value: float | None = None
    bounds: tuple[float, float] | None = None
    status: str | None = None
    source: str | None = None
    vary: bool = False
    initial: sympy.Expr | None = None
    neutral: float | None = None
    minimum: float | None = None
    evidence: str | None = None
    label: str = ""
    unit_label: str = ""
    identifiers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the symbol."""
        return str(self.symbol.name)

    @property
    def title(self) -> str:
        """Label for axes and tables: the short label if there is one, else the meaning."""
        return self.label or self.meaning


@dataclass(frozen=True)
class Slot:
    """A role in the model with a contract: the states and auxiliaries its mechanism provides.

    Parameters
    ----------
    name, meaning
        What the role is called and what it is for.
    states
        States that every mechanism of the slot must govern (it may own more).
    defines
        Auxiliaries that every mechanism of the slot must define.
    """

    name: str
    meaning: str
    states: tuple[sympy.Symbol, ...] = ()
    defines: tuple[sympy.Symbol, ...] = ()


@dataclass(eq=False, repr=False)
class Vocabulary:
    """The table of all symbols and slots that a family of models shares.

    Parameters
    ----------
    time
        Unit of time; rates are per this unit.
    references
        Full references by the short keys that `source` uses.
    words
        How parts of names, and words of labels, are written in figures and tables.
    main
        Names of the quantities that a run is drawn by where nobody asks for others, in order.
    unit_checks
        Whether equations must agree in their units; False for models of others without units.
    latex
        How quantities are written in equations on paper, by name, such as `{"il6_clearance":
        "k_6"}`; others are written with their whole name.

    Examples
    --------
    >>> q = Vocabulary(time="day", words={"crp": "CRP"})
    >>> bounds = (0.1, 1)
    >>> k = q.parameter("k", unit="1/day", value=0.5, bounds=bounds, meaning="", source=ASSUMED)
    >>> q["k"].status
    'assumed'
    """

    time_unit: str = "day"
    references: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    main: tuple[str, ...] = ()
    unit_checks: bool = True
    latex: Mapping[str, str] = field(default_factory=dict)

    def __init__(
        self,
        time: str = "day",
        references: Mapping[str, str] | None = None,
        words: Mapping[str, str] | None = None,
        main: Sequence[str] = (),
        unit_checks: bool = True,
        latex: Mapping[str, str] | None = None,
    ) -> None:
        self.time_unit, self.unit_checks = time, unit_checks
        self.references = MappingProxyType(dict(references or {}))
        self.words = MappingProxyType(_checked_words(words or {}))
        self.latex = MappingProxyType(_checked_words(latex or {}, "latex", '{"EC50": "EC_{50}"}'))
        self.main = names_of(main, "quantities of main")
        self._quantities: dict[str, Quantity] = {}
        self._slots: dict[str, Slot] = {}
        self.time = self._add(Quantity(sympy.Symbol("time"), "time", time, "time"))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as plain tables."""
        presented = (dict(self.words), self.main, self.unit_checks, dict(self.latex))
        return _restore, (
            self.time_unit, dict(self.references), self._quantities, self._slots, *presented,
        )  # fmt: skip

    def __repr__(self) -> str:
        """Count what is declared."""
        quantities = counted(len(self._quantities) - 1, "quantity", "quantities")
        slots, references = counted(len(self._slots), "slot"), len(self.references)
        return f"<Vocabulary: {quantities}, {slots}, {counted(references, 'reference')}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: every symbol with its unit, number and status."""
        order = ("state", "observable", "parameter", "constant", "auxiliary", "baseline")
        quantities = sorted(self._quantities.values(), key=lambda q: (*order, q.kind).index(q.kind))
        rows = [
            (q.name, q.kind, q.unit, "" if q.value is None else rounded(q.value), q.status or "",
             q.meaning)
            for q in quantities if q.kind != "time"
        ]  # fmt: skip
        names = ("symbol", "kind", "unit", "value", "status", "meaning")
        slots = [(slot.name, slot.meaning) for slot in self._slots.values()]
        return card(
            "Vocabulary", f"time in {self.time_unit}",
            table(names, rows, right={3}, largest=18_000),
            folded("Slots", table(("slot", "what it says"), slots)),
        )  # fmt: skip

    def __getitem__(self, name: str | sympy.Symbol) -> Quantity:
        """Look a quantity up by name or symbol; unknown names get the nearest match."""
        key = name_of(name, "symbol")
        require_known("symbol", self._quantities, key)
        return self._quantities[key]

    def __contains__(self, name: object) -> bool:
        """Whether a name or symbol is declared."""
        if isinstance(name, sympy.Symbol) and not isinstance(name, sympy.Dummy):
            return name.name in self._quantities  # as str(name), which takes SymPy long
        return str(name) in self._quantities

    def __iter__(self) -> Iterator[Quantity]:
        """Iterate over the quantities in order of declaration."""
        return iter(self._quantities.values())

    @property
    def slots(self) -> Mapping[str, Slot]:
        """The declared slots by name."""
        return MappingProxyType(self._slots)

    def state(
        self,
        name: str,
        *,
        unit: str,
        initial: sympy.Expr | float,
        meaning: str,
        label: str = "",
        unit_label: str = "",
        identifiers: Sequence[str] = (),
    ) -> sympy.Symbol:
        """Declare a state with its drug-free starting value.

        Raises
        ------
        InputError
            If the starting value is no number or expression, or an identifier is not one of a
            database, such as `uniprot:P05231`.
        """
        symbol = _symbol(name, "state")
        start = _start(name, initial)
        return self._add(
            Quantity(
                symbol, "state", unit, meaning, initial=start, label=label, unit_label=unit_label,
                identifiers=checked_identifiers(name, identifiers),
            )
        )  # fmt: skip

    def parameter(
        self,
        name: str,
        *,
        unit: str,
        value: float,
        bounds: tuple[float, float],
        meaning: str,
        source: str,
        status: str | None = None,
        vary: bool = False,
        evidence: str | None = None,
    ) -> sympy.Symbol:
        """Declare a parameter; the source `ASSUMED` makes its status `assumed`.

        Raises
        ------
        InputError
            If value or bounds are no numbers, the value is outside its bounds, the bounds are
            reversed, the status is unknown, or the name is one that results need.
        """
        symbol = _symbol(name, "parameter")
        status = status or ("assumed" if source == ASSUMED else "reported")
        chosen, limits = _check_number(name, value, bounds, status)
        return self._add(
            Quantity(
                symbol, "parameter", unit, meaning, value=chosen, bounds=limits,
                status=status, source=source, vary=vary, evidence=evidence,
            )
        )  # fmt: skip

    def constant(
        self, name: str, *, unit: str, value: float, meaning: str, source: str = "definition"
    ) -> sympy.Symbol:
        """Declare a number that nobody fits: a conversion, a molar mass, a fixed convention."""
        status = "assumed" if source == ASSUMED else "reported"
        symbol = _symbol(name, "constant")
        held = number(value, f"the value of constant {name!r}")
        return self._add(Quantity(symbol, "constant", unit, meaning, held, None, status, source))

    def auxiliary(
        self,
        name: str,
        *,
        unit: str,
        meaning: str,
        neutral: float | None = None,
        minimum: float | None = None,
    ) -> sympy.Symbol:
        """Declare a quantity that one mechanism defines and others use by symbol."""
        symbol = _symbol(name, "auxiliary")
        if neutral is not None:
            neutral = _plain(neutral, f"the neutral value of auxiliary {name!r}")
        if minimum is not None:
            minimum = _plain(minimum, f"the minimum of auxiliary {name!r}")
        return self._add(
            Quantity(symbol, "auxiliary", unit, meaning, neutral=neutral, minimum=minimum)
        )

    def observable(
        self, name: str, *, unit: str, meaning: str, label: str = "", unit_label: str = ""
    ) -> sympy.Symbol:
        """Declare a quantity that the clinic sees; no equation depends on it."""
        symbol = _symbol(name, "observable")
        return self._add(
            Quantity(symbol, "observable", unit, meaning, label=label, unit_label=unit_label)
        )

    def at_baseline(self, symbol: sympy.Symbol) -> sympy.Symbol:
        """Return the symbol for the drug-free starting value of an auxiliary or state."""
        name = name_of(symbol, "symbol") + BASELINE
        if name not in self._quantities:
            of = self[symbol]
            meaning = f"{of.meaning}, before treatment"
            self._add(Quantity(sympy.Symbol(name), "baseline", of.unit, meaning, initial=symbol))
        return self._quantities[name].symbol

    def slot(
        self,
        name: str,
        *,
        meaning: str,
        states: tuple[sympy.Symbol, ...] = (),
        defines: tuple[sympy.Symbol, ...] = (),
    ) -> str:
        """Declare a slot and its contract, of declared symbols; returns its name."""
        if name in self._slots:
            raise InputError(f"slot {name!r} is declared twice")
        for symbol in (*states, *defines):
            self[symbol]
        self._slots[name] = Slot(name, meaning, tuple(states), tuple(defines))
        return name

    def _add(self, quantity: Quantity) -> sympy.Symbol:
        if quantity.name in self._quantities:
            raise InputError(f"symbol {quantity.name!r} is declared twice")
        self._quantities[quantity.name] = quantity
        return quantity.symbol


def _symbol(name: str, kind: str) -> sympy.Symbol:
    return sympy.Symbol(check_name(name, kind))


def _plain(value: float, what: str) -> float:
    """Return a finite number; a whole one stays whole, for equations are compared as written."""
    plain = number(value, what)
    return int(value) if hasattr(value, "__index__") else plain


def _start(name: str, initial: sympy.Expr | float) -> sympy.Expr:
    if isinstance(initial, sympy.Expr):
        return initial
    if as_number(initial) is None:
        raise InputError(
            f"the initial value of state {name!r} must be a number or an expression of symbols, "
            f"got {shown(initial)}"
        )
    whole = hasattr(initial, "__index__")  # and stays so: equations are compared as written
    return sympy.sympify(int(initial) if whole else float(initial), strict=True)


def _check_number(
    name: str, value: float, bounds: tuple[float, float], status: str
) -> tuple[float, tuple[float, float]]:
    try:
        low, high = (as_number(bound) for bound in bounds)
    except (TypeError, ValueError):
        low = high = None
    if low is None or high is None or low != low or high != high or isinstance(bounds, str):
        raise InputError(
            f"parameter {name!r}: bounds must be two numbers, (low, high), got {shown(bounds)}"
        )
    chosen = number(value, f"the value of parameter {name!r}")
    if low > high:
        raise InputError(f"parameter {name!r}: bounds ({low:g}, {high:g}) are reversed")
    if not low <= chosen <= high:
        raise InputError(f"parameter {name!r}: value {chosen:g} is outside [{low:g}, {high:g}]")
    require_known(f"status of parameter {name!r}", STATUSES, status)
    return chosen, (low, high)


def _checked_words(
    words: Mapping[str, str], what: str = "words", such_as: str = "{'crp': 'CRP'}"
) -> dict[str, str]:
    """Return words by the names, or parts of names, that they stand for."""
    if not isinstance(words, Mapping):
        raise InputError(f"{what} must be a mapping such as {such_as}, got {shown(words)}")
    for part, word in words.items():
        if not (isinstance(part, str) and isinstance(word, str) and part.strip()):
            raise InputError(
                f"{what} must give text for parts of names, got {shown(part)}: {shown(word)}"
            )
    return dict(words)


def _restore(
    time: str,
    references: dict[str, str],
    quantities: dict[str, Quantity],
    slots: dict[str, Slot],
    words: dict[str, str],
    main: tuple[str, ...],
    unit_checks: bool = True,
    latex: Mapping[str, str] | None = None,
) -> Vocabulary:
    vocabulary = Vocabulary(time, references, words, main, unit_checks, latex)
    vocabulary._quantities.update(quantities)
    vocabulary._slots.update(slots)
    return vocabulary
