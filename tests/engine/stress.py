"""All published models at once: threads, random order, fits and cohorts between; every bit counts.

`python -m tests.engine.stress THREADS ROUNDS SEED [MODELS]` prints as JSON what was done, and a
digest of the bits of each answer. With one thread each model is prepared and run before the next,
as a fresh process would; with several, all is prepared first, by one thread or another, and run
later by any, while the shelves of machine code hold one thing each, so that code is let go all the
time. Two answers to one question with different bits end the program with 1.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from pdmodel.engine import prepare, simulate, simulate_cohort
from pdmodel.engine.keeping import Shelf
from pdmodel.inference import FitProblem
from pdmodel.model import Model
from tests.equations.published import MODELS
from tests.inference.conftest import short_targets

DAYS = 10.0
Run = Callable[[], np.ndarray]
Make = Callable[[], Run]


def questions(models: int | None) -> dict[str, Make]:
    """Return what is asked, by name: each prepares something, and returns what is to be run."""
    found: dict[str, Make] = {}
    for name, model in list(MODELS.items())[:models]:
        kinds = (_simulated, _prepared, _cohort, _slopes)
        # functions of SymPy take longest to make; of few models one is enough
        for kind in kinds if models and found else (*kinds, _scipy):
            found[f"{name} {kind.__name__}"] = partial(kind, model)
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    for tone in (1.2, 1.4, 1.6, 1.8):
        found[f"residuals at {tone}"] = partial(_residuals, problem, tone)
    found["fit"] = lambda: partial(_fitted, problem)
    return found


def _regimen(model: Model) -> str:
    return "10 mg daily" if model.doses else "no drug"


def _states(model: Model) -> list[str]:
    names = [state.name for state in model.states]
    return list(dict.fromkeys((names[0], names[len(names) // 2], names[-1])))


def _simulated(model: Model) -> Run:
    def run() -> np.ndarray:
        found = simulate(model, _regimen(model), days=DAYS)
        return np.concatenate([found[name].values.ravel() for name in _states(model)])

    return run


def _scipy(model: Model) -> Run:
    def run() -> np.ndarray:
        found = simulate(model, _regimen(model), days=1, engine="scipy", rtol=1e-5)
        return np.concatenate([found[name].values.ravel() for name in _states(model)])

    return run


def _prepared(model: Model) -> Run:
    prepared = prepare(model, _regimen(model), days=DAYS, quantities=_states(model))
    return lambda: prepared.run().ravel()


def _cohort(model: Model) -> Run:
    moved = next(q for q in model.parameters if q.kind == "parameter" and q.bounds)
    low, high = moved.bounds or (0.0, 0.0)
    column = np.clip(model.defaults[moved.name] * np.linspace(0.9, 1.1, 11), low, high)

    def run() -> np.ndarray:
        found = simulate_cohort(
            model, _regimen(model), {moved.name: column}, days=DAYS, threads=2,
            quantities=_states(model),
        )  # fmt: skip
        return np.concatenate([found[name].values.ravel() for name in _states(model)])

    return run


def _slopes(model: Model) -> Run:
    prepared = prepare(model, _regimen(model), days=DAYS, quantities=_states(model))
    by = [q.name for q in model.parameters if q.kind == "parameter"][:3]
    return lambda: np.concatenate([part.ravel() for part in prepared.run_sensitivities(None, by)])


def _residuals(problem: FitProblem, tone: float) -> Run:
    start = {setting.name: setting.value for setting in problem.settings}
    return lambda: problem.residuals(start | {"il6_induction": start["il6_induction"] * tone})


def _fitted(problem: FitProblem) -> np.ndarray:
    return problem.run(starts=1, seed=1).parameters["value"].to_numpy(dtype=float)


def bits(values: np.ndarray) -> str:
    """Return a digest of numbers to the last bit."""
    return hashlib.sha256(np.ascontiguousarray(values, dtype=float).tobytes()).hexdigest()


def ask_all(threads: int, rounds: int, seed: int, models: int | None) -> dict[str, set[str]]:
    """Ask each question in each round; return all digests of its answers."""
    answers: dict[str, set[str]] = {}
    if threads > 1:  # nothing is kept that nobody holds
        Shelf.most = property(lambda self: 1, lambda self, most: None)  # type: ignore[assignment]
    order = random.Random(seed)
    for _ in range(rounds):
        asked = list(questions(models).items())
        if threads == 1:
            made = [(name, bits(make()())) for name, make in asked]
        else:
            with ThreadPoolExecutor(threads) as pool:
                order.shuffle(asked)
                held = list(pool.map(lambda one: (one[0], one[1]()), asked))
                order.shuffle(held)
                made = list(pool.map(lambda one: (one[0], bits(one[1]())), held))
        for name, digest in made:
            answers.setdefault(name, set()).add(digest)
    return answers


def main(threads: int, rounds: int, seed: int, models: int | None = None) -> int:
    """Ask, print, and return whether a question had two answers."""
    answers = ask_all(threads, rounds, seed, models)
    found = {name: sorted(digests) for name, digests in sorted(answers.items())}
    print(json.dumps({"threads": threads, "rounds": rounds, "answers": found}, indent=1))
    return int(any(len(digests) > 1 for digests in found.values()))


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
