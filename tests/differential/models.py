"""Random models, drawn once as plain SymPy: what pdmodel is given, and what the reference reads."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from functools import cached_property

import sympy

from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.model.expressions.functions import hill, hill_fall, safe_power

TIME = sympy.Symbol("time")
NAMES = "abcdefgh"
Rates = dict[str, dict[sympy.Symbol, sympy.Expr]]


@dataclass
class Drawn:
    """The equations of a random model.

    Parameters
    ----------
    name
        Says from which seed it is.
    states
        Symbols.
    values
        Parameters and their values.
    starts
        Drug-free start of each state, of parameters and auxiliaries.
    processes
        Signed rates by process and state.
    constants
        Auxiliaries of parameters alone.
    observables
        What is observed beside the states.
    drugs
        State by drug.
    stiff, timed, switched, jumps
        Whether rates differ by orders of magnitude, hold the time, or bend or jump where a state
        passes a level; and whether they jump.
    """

    name: str
    states: list[sympy.Symbol] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)
    starts: list[sympy.Expr] = field(default_factory=list)
    processes: Rates = field(default_factory=dict)
    constants: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    observables: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    drugs: dict[str, sympy.Symbol] = field(default_factory=dict)
    stiff: bool = False
    timed: bool = False
    switched: bool = False
    jumps: bool = False

    def parameter(self, value: float) -> sympy.Symbol:
        """Add a parameter."""
        name = f"p{len(self.values)}"
        self.values[name] = float(f"{value:.4g}")
        return sympy.Symbol(name)

    def process(self, rates: dict[sympy.Symbol, sympy.Expr]) -> None:
        """Add a process."""
        self.processes[f"process_{len(self.processes)}"] = rates

    def rate(self, state: sympy.Symbol) -> sympy.Expr:
        """Return the derivative of a state."""
        return sympy.Add(*(rates.get(state, 0) for rates in self.processes.values()))

    @property
    def expressions(self) -> list[sympy.Expr]:
        """Everything that is computed."""
        rates = [self.rate(state) for state in self.states]
        return [*rates, *self.starts, *self.constants.values(), *self.observables.values()]

    @property
    def linear(self) -> bool:
        """Whether the rates are linear in the states, and hold no time."""
        rates = [self.rate(state) for state in self.states]
        if self.timed or any(rate.has(sympy.Function, sympy.Piecewise) for rate in rates):
            return False
        slopes = [rate.diff(state) for rate in rates for state in self.states]
        return not any(set(self.states) & slope.free_symbols for slope in slopes)

    @cached_property
    def model(self) -> Model:
        """The model that pdmodel is given: all numbers plain, but for one rate of 1 a day."""
        q = Vocabulary()
        a_day = q.constant("a_day", unit="1/day", value=1.0, meaning="")
        for name, value in self.values.items():
            q.parameter(
                name, unit="1", value=value, bounds=(-1e12, 1e12), meaning="", source=ASSUMED
            )
        for symbol in self.constants:
            q.auxiliary(symbol.name, unit="1", meaning="")
        for symbol, start in zip(self.states, self.starts, strict=True):
            q.state(symbol.name, unit="1", initial=start, meaning="")
        for symbol in self.observables:
            q.observable(symbol.name, unit="1", meaning="")
        defines = tuple([*self.constants, *self.observables])
        q.slot("all", meaning="", states=tuple(self.states), defines=defines)
        clock = {TIME: a_day * TIME}
        processes = {
            name: {state: a_day * rate.xreplace(clock) for state, rate in rates.items()}
            for name, rates in self.processes.items()
        }
        mechanism = Mechanism(
            "all", slot="all", claim="", processes=processes, doses=self.drugs,
            defines={
                symbol: expression.xreplace(clock)
                for symbol, expression in {**self.constants, **self.observables}.items()
            },
        )  # fmt: skip
        return Model(self.name, q, [mechanism])


def draw_model(seed: str, *, switches: bool = True) -> Drawn:
    """Draw a model of one to seven states.

    Parameters
    ----------
    seed
        The same seed gives the same model.
    switches
        Whether rates may jump or bend where states pass a threshold.
    """
    rng = random.Random(seed)
    drawn = Drawn(f"random_{seed.replace('/', '_')}")
    count = rng.choice([1, 2, 2, 3, 3, 4, 5, 7])
    drawn.states = [sympy.Symbol(name) for name in NAMES[:count]]
    drawn.stiff, drawn.timed = rng.random() < 0.25, rng.random() < 0.2
    drawn.switched = switches and rng.random() < 0.2
    for state in drawn.states:
        _start_and_turnover(drawn, state, rng)
    for _ in range(rng.choice([0, 1, 1, 2, 3]) if count > 1 else 0):
        _interaction(drawn, rng)
    if drawn.stiff and count > 1:
        _fast_exchange(drawn, rng)
    drawn.stiff = drawn.stiff and count > 1
    if drawn.switched:
        _switch(drawn, rng)
    if count > 1 and rng.random() < 0.15:
        _area(drawn, rng)
    drawn.timed = any(TIME in drawn.rate(state).free_symbols for state in drawn.states)
    dosed = rng.sample(drawn.states, k=min(count, rng.choice([1, 2])))
    drawn.drugs = {f"drug_{state.name}": state for state in dosed}
    _observe(drawn, rng)
    used = {symbol.name for expression in drawn.expressions for symbol in expression.free_symbols}
    drawn.values = {name: value for name, value in drawn.values.items() if name in used}
    return drawn


def _size(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _start_and_turnover(drawn: Drawn, x: sympy.Symbol, rng: random.Random) -> None:
    """Give a state a way out, perhaps a way in, and a start."""
    out = drawn.parameter(_size(rng, 0.05, 20))
    kind = rng.choice(["linear", "linear", "saturable", "power", "both", "logistic"])
    if kind == "logistic":
        room = drawn.parameter(_size(rng, 5, 50))
        drawn.process({x: out / 10 * x * (1 - x / room)})
        drawn.starts.append(room * sympy.Rational(1, rng.choice([2, 10, 100])))
        return
    half = drawn.parameter(_size(rng, 0.3, 30))
    losses = {
        "linear": out * x,
        "saturable": out * half * x / (half + x),
        "power": out * safe_power(x, sympy.Float(rng.choice(["0.75", "1.5", "2"]))),
        "both": out * x / 10 + out * half * x / (half + x),
    }
    drawn.process({x: -losses[kind]})
    if rng.random() < 0.5:
        drawn.starts.append(sympy.Integer(0))
    elif kind == "linear" and rng.random() < 0.6:
        inflow = drawn.parameter(drawn.values[out.name] * _size(rng, 0.5, 20))
        level = sympy.Symbol(f"level_{x.name}")
        drawn.constants[level] = inflow / out
        drawn.starts.append(level)
        drawn.process({x: inflow * _season(drawn, rng)})
    else:
        drawn.starts.append(drawn.parameter(_size(rng, 0.1, 30)))
    if kind != "linear" and rng.random() < 0.4:
        drawn.process({x: drawn.parameter(_size(rng, 0.1, 5)) * _season(drawn, rng)})


def _season(drawn: Drawn, rng: random.Random) -> sympy.Expr:
    """Return a factor that swings with the time, in models that hold it."""
    if not drawn.timed:
        return sympy.Integer(1)
    depth, phase = rng.uniform(0.1, 0.9), rng.uniform(0, 6)
    period = rng.choice([0.5, 1, 1, 2, 7])
    if rng.random() < 0.2:
        return 1 + sympy.exp(-TIME / drawn.parameter(period))
    return 1 + sympy.Float(round(depth, 5)) * sympy.sin(
        2 * sympy.pi * TIME / sympy.Float(period) + sympy.Float(round(phase, 5))
    )


def _interaction(drawn: Drawn, rng: random.Random) -> None:
    """Let one state act on another."""
    x, y = rng.sample(drawn.states, k=2)
    k = drawn.parameter(_size(rng, 0.05, 5))
    half = drawn.parameter(_size(rng, 0.5, 20))
    steep = sympy.Float(rng.choice(["1.5", "2", "3", "4"]))
    kind = rng.choice(["transfer", "transfer", "made", "killed", "held", "bound", "ratio"])
    if kind == "transfer":
        drawn.process({x: -k * x, y: k * x})
    elif kind == "made":
        drawn.process({y: k * hill(x, half, steep)})
    elif kind == "killed":
        drawn.process({y: -k * y * hill(x, half, rng.choice([sympy.Integer(1), steep]))})
    elif kind == "held":
        drawn.process({y: k * hill_fall(x, half, steep)})
    elif kind == "bound":
        drawn.process({x: -k / 10 * x * y, y: -k / 10 * x * y})
    else:
        drawn.process({y: k * x / (half + x + y)})


def _fast_exchange(drawn: Drawn, rng: random.Random) -> None:
    x, y = rng.sample(drawn.states, k=2)
    fast, share = drawn.parameter(_size(rng, 1e2, 1e6)), drawn.parameter(_size(rng, 0.2, 5))
    drawn.process({x: -fast * (x - share * y), y: fast * (x - share * y)})


def _switch(drawn: Drawn, rng: random.Random) -> None:
    """Add a loss that jumps or bends where a state passes a level."""
    x, y = rng.choice(drawn.states), rng.choice(drawn.states)
    k, level = drawn.parameter(_size(rng, 0.1, 3)), drawn.parameter(_size(rng, 0.5, 8))
    kind = rng.choice(["jump", "bend", "cap", "distance"])
    drawn.jumps = kind == "jump"
    if kind == "jump":
        drawn.process({y: -k * y * sympy.Piecewise((1, x > level), (sympy.Rational(1, 4), True))})
    elif kind == "bend":
        drawn.process({y: -k * y * sympy.Max(x - level, 0) / (level + x)})
    elif kind == "cap":
        drawn.process({y: -k * y * sympy.Min(x, level) / level})
    else:
        drawn.process({y: -k * y * sympy.Abs(x - level) / (level + x)})


def _area(drawn: Drawn, rng: random.Random) -> None:
    """Add a state that only adds up: the area under another."""
    under, area = rng.choice(drawn.states), sympy.Symbol("area")
    drawn.states.append(area)
    drawn.starts.append(sympy.Integer(0))
    drawn.process({area: under})


def _observe(drawn: Drawn, rng: random.Random) -> None:
    state = rng.choice(drawn.states)
    volume = drawn.parameter(_size(rng, 0.5, 20))
    drawn.observables[sympy.Symbol("seen")] = state / volume + TIME * sympy.Float("0.01")
