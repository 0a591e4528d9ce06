"""What follows time alone is never stepped over: pulses, sigmoids, waves, windows; closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy

from pdmodel.dosing import Action
from pdmodel.engine import Trigger, prepare, simulate, simulate_cohort
from pdmodel.engine.symbolic.time_parts import Watched
from pdmodel.engine.time_marks.marks import MOST_MARKS, marker_of
from pdmodel.errors import InputError, SimulationError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.engine.timetables import Given
from tests.toys import rate_of_change

DAYS = 100.0
ENGINES: list[dict[str, Any]] = [{}, {"method": "LSODA"}, {"method": "Radau"}]


def timed(
    rate: Callable[[Mapping[str, Any]], Any], seen: Callable[[Mapping[str, Any]], Any] | None = None
) -> Model:
    """Return dx/dt = rate from 0, of time, place `at`, width `w`, height `h`, `k` and `x`."""
    q = Vocabulary()
    declared: dict[str, Any] = {"time": q.time}
    for name, unit, value in (
        ("at", "day", 50), ("w", "day", 1), ("h", "1/day", 1), ("k", "1/day", 0)
    ):  # fmt: skip
        declared[name] = q.parameter(
            name, unit=unit, value=value, bounds=(-1e3, 1e6), meaning=name, source=ASSUMED
        )
    x = declared["x"] = q.state("x", unit="1", initial=0, meaning="something")
    y = q.observable("y", unit="1", meaning="what is seen")
    q.slot("change", meaning="what moves x", states=(x,), defines=(y,))
    change = Mechanism(
        "change", "change", "it moves", processes={"change": {x: rate(declared)}},
        defines={y: x if seen is None else seen(declared)}, doses={"d": x},
    )  # fmt: skip
    return Model("timed", q, [change])


def gaussian(q: Mapping[str, Any]) -> sympy.Expr:
    """Return a pulse of area `h w sqrt(pi)`."""
    return q["h"] * sympy.exp(-(((q["time"] - q["at"]) / q["w"]) ** 2)) - q["k"] * q["x"]


def z_of(q: Mapping[str, Any]) -> sympy.Expr:
    """Return the time since the place, in widths."""
    return (q["time"] - q["at"]) / q["w"]


PULSE = timed(gaussian)


def gaussian_area(at: float, w: float) -> float:
    """Return the integral of the pulse over the run, of height 1."""
    return 0.5 * math.sqrt(math.pi) * w * (math.erf((DAYS - at) / w) - math.erf(-at / w))


@pytest.mark.parametrize("engine", ENGINES, ids=str)
@pytest.mark.parametrize("width", [1e-4, 1e-2, 0.3, 1.0, 7.0, 300.0])
def test_pulses_of_any_width_and_place_are_integrated(width: float, engine: dict[str, Any]) -> None:
    """From a millionth of the run to longer than it; near both ends, and wherever it is."""
    for at in (0.2, 31.7, 50.0, 99.9):
        run = simulate(PULSE, days=DAYS, patient={"at": at, "w": width, "h": 1 / width}, **engine)
        wanted = gaussian_area(at, width) / width
        assert run["x"].values[-1] == pytest.approx(wanted, rel=1e-6 if not engine else 1e-5)


FORMS: dict[str, tuple[Callable[[Mapping[str, Any]], Any], Callable[[float], float]]] = {
    "sech": (lambda q: q["h"] / sympy.cosh(z_of(q)) ** 2, lambda w: 2 * w),
    "expanded square": (
        lambda q: q["h"] * sympy.exp(sympy.expand(-(z_of(q) ** 2))),
        lambda w: math.sqrt(math.pi) * w,
    ),
    "difference of sigmoids": (
        lambda q: q["h"] * (sympy.tanh(z_of(q) + 3) - sympy.tanh(z_of(q) - 3)),
        lambda w: 12 * w,
    ),
    "logistic": (lambda q: q["h"] / (1 + sympy.exp(-z_of(q))), lambda w: 50.0),
    "product of sigmoids": (
        lambda q: q["h"] * (1 + sympy.tanh(z_of(q))) * (1 - sympy.tanh(z_of(q))),
        lambda w: 2 * w,
    ),
    "window": (
        lambda q: q["h"] * sympy.Piecewise((1, (z_of(q) > 0) & (z_of(q) < 1)), (0, True)),
        lambda w: w,
    ),
    "Heaviside": (
        lambda q: q["h"] * (sympy.Heaviside(q["time"] - q["at"]) - sympy.Heaviside(z_of(q) - 1)),
        lambda w: w,
    ),
    "transit of a dose that comes late": (
        lambda q: q["h"]
        * sympy.Piecewise((z_of(q) ** 3 * sympy.exp(-z_of(q)), z_of(q) > 0), (0, True)),
        lambda w: 6 * w,
    ),
    "power that falls again": (
        lambda q: q["h"] * (q["time"] / q["w"]) ** 4 / (1 + (q["time"] / q["w"]) ** 4) ** 2,
        lambda w: 0.2776801836348979 * w,
    ),
    "triangle": (lambda q: q["h"] * sympy.Max(0, 1 - sympy.Abs(z_of(q))), lambda w: w),
    "spikes": (
        lambda q: q["h"] * sympy.exp(-((sympy.sin(sympy.pi * q["time"] / q["at"])) ** 2)
                                     * (q["at"] / q["w"] / sympy.pi) ** 2),
        lambda w: 2 * math.sqrt(math.pi) * w,
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_many_forms_of_pulses_are_seen(form: str) -> None:
    """A ten thousandth of the run wide, and a millionth: all that arrives is there."""
    rate, area = FORMS[form]
    model = timed(lambda q: rate(q) - q["k"] * q["x"])
    # Expanded, the squares of time and place leave few digits of a narrow pulse.
    for width in (1e-1, 1e-2) if form == "expanded square" else (1e-2, 1e-4):
        for engine in ENGINES[:2]:
            patient = {"w": width, "h": 1 / width}
            run = simulate(model, days=DAYS, patient=patient, **engine)
            assert run["x"].values[-1] == pytest.approx(area(width) / width, rel=5e-6)


def test_what_repeats_is_seen_each_time() -> None:
    """A wave of windows, each a hundredth of a period, and steps of a floor of time."""
    model = timed(
        lambda q: (
            q["h"] * sympy.Piecewise((1, sympy.Mod(q["time"], q["at"]) < q["w"]), (0, True))
            - q["k"] * q["x"]
        ),
        lambda q: sympy.floor(q["time"] / q["at"]),
    )
    for engine in ENGINES[:2]:
        run = simulate(model, days=DAYS, patient={"at": 5, "w": 0.05}, **engine)
        assert run["x"].values[-1] == pytest.approx(20 * 0.05, rel=5e-6)
        assert run["y"].values.tolist() == [math.floor(t / 5) for t in run["time"].values]


def test_two_hundred_pulses_in_one_rate_are_all_integrated() -> None:
    """None is lost between the others."""
    model = timed(
        lambda q: (
            sum(
                q["h"]
                * sympy.exp(-(((q["time"] - q["at"] * sympy.Rational(i, 100)) / q["w"]) ** 2))
                for i in range(1, 200)
            )
            - q["k"] * q["x"]
        )
    )
    run = simulate(model, days=DAYS, patient={"w": 0.002}, times=[0, 25.01, DAYS])
    wanted = math.sqrt(math.pi) * 0.002
    assert run["x"].values[1:] == pytest.approx([50 * wanted, 199 * wanted], rel=1e-6)


def test_a_course_of_time_inside_one_of_states_is_seen() -> None:
    """A pulse that multiplies or divides what a state does, and stands in an auxiliary."""
    model = timed(lambda q: q["h"] * sympy.exp(-(z_of(q) ** 2)) * (1 - q["x"]) / (1 + q["k"] * 0))
    run = simulate(model, days=DAYS, patient={"w": 1e-3, "h": 1e3})
    assert run["x"].values[-1] == pytest.approx(1 - math.exp(-math.sqrt(math.pi)), rel=1e-6)


@pytest.mark.parametrize("width", [1.0, 1e-4])
def test_a_function_of_time_and_states_is_seen(width: float) -> None:
    """A pulse whose width a state changes, against a run that is led to it from time to time."""
    model = timed(lambda q: q["h"] * sympy.exp(-(z_of(q) ** 2) * (1 + q["x"])) - q["k"] * q["x"])
    for engine in ENGINES[:2]:
        patient = {"w": width, "h": 1 / width}
        run = simulate(model, days=DAYS, patient=patient, **engine)
        assert run["x"].values[-1] == pytest.approx(1.4086280983, rel=1e-6)


def test_covariates_move_pulses() -> None:
    """A place that changes during the run brings a second pulse; one that is passed over none."""
    moved = Given(Action(60.0, "set", "at", 80.0), Action(90.0, "set", "at", 85.0))
    for engine in ENGINES[:2]:
        run = simulate(PULSE, moved, days=DAYS, patient={"at": 30, "w": 1e-3}, **engine)
        assert run["x"].values[-1] == pytest.approx(2 * math.sqrt(math.pi) * 1e-3, rel=1e-5)


WAVE = timed(
    lambda q: -q["h"] * 1e-4 * q["x"], lambda q: sympy.sin(2 * sympy.pi * q["time"] / q["w"])
)


@pytest.mark.parametrize("threshold", [0.5, -0.999, 0.999])
def test_triggers_on_time_alone_fire_each_time(threshold: float) -> None:
    """A slow model takes steps of many days; the clock's condition becomes true every day."""
    trigger = Trigger("y", above=threshold, times=math.inf)
    run = simulate(WAVE, days=10, triggers=[trigger])
    days = [float(part.rsplit(" ", 1)[1]) for part in run.attrs["triggered"].split("; ")]
    at = math.asin(threshold) / (2 * math.pi)
    # At -0.999 the condition holds from the start, and again once it has been false.
    wanted = (
        [day + at for day in range(10)] if threshold > 0 else [0, *(d + at for d in range(1, 10))]
    )
    assert days == pytest.approx(wanted + ([10 + at] if threshold < 0 else []), abs=2e-5)


def test_a_trigger_sees_a_narrow_pulse_beside_a_state() -> None:
    """The watched quantity holds a state too, and a pulse that no rate holds."""
    model = timed(
        lambda q: q["h"] * 1e-3 - q["k"] * q["x"],
        lambda q: q["x"] + sympy.exp(-(((q["time"] - q["at"]) / q["w"]) ** 2)),
    )
    run = simulate(model, days=DAYS, patient={"w": 1e-3}, triggers=[Trigger("y", above=0.5)])
    assert run.attrs["triggered"].startswith("y above 0.5 at day 49.999")


def test_a_trigger_sees_every_peak_of_a_wave_beside_a_state() -> None:
    """The condition holds for a hundredth of a period, at the peaks, and the state hardly moves."""
    model = timed(
        lambda q: q["h"] * 1e-6 - q["k"] * q["x"],
        lambda q: q["x"] + sympy.sin(2 * sympy.pi * q["time"] / q["w"]),
    )
    run = simulate(model, days=10, triggers=[Trigger("y", above=0.9995, times=math.inf)])
    assert run.attrs["triggered"].count("day") == 10


def test_slopes_beyond_the_range_of_numbers_are_no_numbers() -> None:
    """A sigmoid of exponentials overflows far from its place: the run does not answer with NaN."""
    model = timed(lambda q: q["h"] / (1 + sympy.exp(-z_of(q))) - q["k"] * q["x"])
    run = prepare(model, days=DAYS, times=[DAYS], quantities=["x"])
    with pytest.raises(SimulationError):
        run.run_sensitivities({"w": 1e-3}, ["w"])


def test_slopes_by_place_width_and_height_are_exact() -> None:
    """Against the closed form of a pulse that the end of the run cuts."""
    for at, w in ((50.0, 1e-2), (99.995, 1e-2), (50.0, 20.0)):
        run = prepare(PULSE, days=DAYS, times=[DAYS], quantities=["x"], rtol=1e-9, atol=1e-14)
        _, slopes = run.run_sensitivities({"at": at, "w": w}, ["at", "w", "h", "initial:x"])
        late, early = (DAYS - at) / w, -at / w
        by_at = -(math.exp(-(late**2)) - math.exp(-(early**2)))
        area = gaussian_area(at, w)
        by_w = area / w - (late * math.exp(-(late**2)) - early * math.exp(-(early**2)))
        assert slopes[0, 0].tolist() == pytest.approx([by_at, by_w, area, 1], rel=1e-6, abs=1e-9)


def test_slopes_through_whole_parts_are_refused() -> None:
    """A whole part of time jumps where its period says; the way out is named."""
    model = timed(lambda q: q["h"] * (1 + sympy.floor(q["time"] / q["at"])) - q["k"] * q["x"])
    run = prepare(model, days=DAYS, times=[DAYS], quantities=["x"])
    assert run.run({"at": 10, "h": 2})[0, 0] == pytest.approx(1100, rel=1e-6)
    with pytest.raises(InputError, match=r"whole parts of time .* in a Piecewise"):
        run.run_sensitivities({"at": 10}, ["h"])


def test_slopes_by_what_moves_a_window_are_exact() -> None:
    """What a window of time brings decays after it: closed forms by its place, width, height."""
    model = timed(
        lambda q: (
            q["h"] * sympy.Piecewise((1, (z_of(q) > 0) & (z_of(q) < 1)), (0, True))
            - q["k"] * q["x"]
        )
    )
    run = prepare(model, days=DAYS, times=[DAYS], quantities=["x"], rtol=1e-9, atol=1e-14)
    _, slopes = run.run_sensitivities({"k": 0.01, "w": 1e-2, "h": 3}, ["at", "w", "h"])
    k, w, h = 0.01, 1e-2, 3.0
    end = math.exp(-k * (DAYS - 50 - w))
    after = h * (1 - math.exp(-k * w)) / k * end
    assert slopes[0, 0].tolist() == pytest.approx([k * after, h * end, after / h], rel=1e-6)


def test_slopes_by_what_moves_a_bend_are_exact() -> None:
    """A triangle of time brings half its width times its height, wherever it is."""
    model = timed(
        lambda q: q["h"] * sympy.Max(0, 1 - sympy.Abs(z_of(q))) - q["k"] * q["x"]
    )  # fmt: skip
    run = prepare(model, days=DAYS, times=[DAYS], quantities=["x"], rtol=1e-9, atol=1e-14)
    _, slopes = run.run_sensitivities({"w": 1e-2, "h": 3}, ["at", "w", "h"])
    assert slopes[0, 0].tolist() == pytest.approx([0, 3, 1e-2], rel=1e-6, abs=1e-8)


def test_conditions_of_time_and_states_together_are_located() -> None:
    """A threshold that falls with time meets a state that rises."""
    model = timed(
        lambda q: (
            sympy.Piecewise((q["h"], q["x"] < 2 - q["time"] / q["w"]), (0, True)) - q["k"] * q["x"]
        )
    )
    for engine in ENGINES[:2]:
        run = simulate(model, days=10, patient={"w": 2.0}, **engine)
        assert run["x"].values[-1] == pytest.approx(4 / 3, rel=1e-6)


def test_patients_have_pulses_of_their_own() -> None:
    """Places and widths by patient; the same bits for any number of threads and neighbours."""
    places, widths = np.linspace(1, 99, 40), np.geomspace(1e-4, 10, 40)
    table = {"at": places, "w": widths}
    cohorts = [simulate_cohort(PULSE, "no drug", table, days=DAYS, threads=n) for n in (1, 3)]
    wanted = [gaussian_area(at, w) for at, w in zip(places, widths, strict=True)]
    np.testing.assert_allclose(cohorts[0]["x"].values[:, -1], wanted, rtol=1e-5)
    assert cohorts[0]["x"].values.tobytes() == cohorts[1]["x"].values.tobytes()
    alone = simulate_cohort(PULSE, "no drug", {"at": places[7:8], "w": widths[7:8]}, days=DAYS)
    assert alone["x"].values[0].tobytes() == cohorts[0]["x"].values[7].tobytes()


def test_what_changes_too_often_is_refused() -> None:
    """One line names the model, the course and the way out; a patient's failure is marked."""
    fast = timed(lambda q: q["h"] * sympy.sin(q["time"] / q["w"]) - q["k"] * q["x"])
    with pytest.raises(
        InputError, match=f"'timed' changes with time more than {MOST_MARKS:,} times"
    ):
        simulate(fast, days=DAYS, patient={"w": 1e-5})
    table = {"w": [1.0, 1e-5]}
    run = simulate_cohort(fast, "no drug", table, days=DAYS)
    assert "changes with time more than" in str(run["reason"].values[1])
    assert run["x"].values[0, -1] == pytest.approx(1 - math.cos(DAYS), abs=1e-4)


@pytest.mark.parametrize(
    "rate",
    [
        lambda x, k, time: -k * x,
        lambda x, k, time: -(k**2) * time * x,
        lambda x, k, time: -(k**3) * time**2,
    ],
    ids=["no time", "ramp", "square"],
)
def test_models_that_any_step_follows_have_no_marks(rate: Any) -> None:
    """They pay nothing: neither a look before the run nor a step more."""
    assert marker_of(rate_of_change(rate)) is None


def test_slow_courses_have_no_marks() -> None:
    """A decay over the run is looked at and found harmless; a wave has about one mark a period."""
    slow = rate_of_change(lambda x, k, time: k * sympy.exp(-k * time))
    marker = marker_of(slow)
    assert marker is not None
    assert marker.between(0.0, 1.0, (1.0,)).size == 0
    wave = marker_of(rate_of_change(lambda x, k, time: k * sympy.sin(k * time)))
    assert wave is not None
    assert 8 <= wave.between(0.0, 100.0, (1.0,)).size <= 40


@pytest.mark.parametrize("scale", [2.0**-30, 2.0**-13, 2.0**13, 2.0**30])
def test_marks_scale_with_the_time(scale: float) -> None:
    """No unit of time is assumed; powers of two leave the digits as they are."""
    marker = marker_of(PULSE)
    assert marker is not None
    one = marker.between(0.0, DAYS, (40.0, 1.0, 0.1))
    values = {"at": 40.0, "h": 1.0, "w": 0.1}
    scaled = tuple(values[n] * (1 if n == "h" else scale) for n in marker.names)
    one = marker.between(0.0, DAYS, tuple(values[n] for n in marker.names))
    np.testing.assert_allclose(marker.between(0.0, DAYS * scale, scaled), one * scale, rtol=1e-9)


def test_a_threshold_is_a_time_to_look_at() -> None:
    """Between two times at which a watched course passes its threshold there is a mark."""
    marker = marker_of(WAVE, [Watched("y", 0.999)])
    assert marker is not None
    marks = marker.between(0.0, 10.0, tuple(1.0 for _ in marker.names))
    holds = np.sin(2 * np.pi * marks) > 0.999
    assert np.count_nonzero(holds) >= 10


def test_what_is_nothing_until_a_clock_begins_to_feed_it() -> None:
    """Steps of a staircase that begin where the state is 0: it has no size yet, the run goes on."""
    model = rate_of_change(lambda x, k, t: 2 * k * sympy.floor(k * t / 3.3), initial=0.0)
    run = simulate(model, days=10, times=[0, 5, 10])
    np.testing.assert_allclose(run["x"], [0, 3.4, 20.4], rtol=1e-6)


@pytest.mark.parametrize("start", [3.3, 3.1, 1.0, 1 / 3])
def test_a_ramp_of_time_from_nothing(start: float) -> None:
    """Wherever rounding puts the moment at which a ramp begins, what it feeds is exact."""
    model = rate_of_change(lambda x, k, t: k * sympy.Max(0, k * t / start - 1), initial=0.0)
    run = simulate(model, days=10, times=[0, 10])
    np.testing.assert_allclose(run["x"][-1], (10 - start) ** 2 / (2 * start), rtol=1e-9)
