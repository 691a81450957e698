"""Clauses on batches of simulated trials: draws, cuts, tests and estimates."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from batch_models import CELLS, CONTROL, DROPOUT, FORMS, MODELS, MONTH, TRIAL

from trialist.kernels.cox import cox
from trialist.kernels.log_rank import log_rank
from trialist.kernels.multistate import PiecewiseHazard, exponential
from trialist.kernels.trial_batches import courses
from trialist.kernels.trial_batches.inversion import (
    NEVER,
    Law,
    RatioByPeriod,
    Weibull,
    days,
    event_thresholds,
    guide,
)
from trialist.kernels.trial_batches.model import (
    Accrual,
    BatchModel,
    Course,
    Look,
    Randomisation,
    faults,
    tables,
)
from trialist.kernels.trial_batches.philox import philox
from trialist.kernels.trial_batches.simulate import (
    Outcomes,
    TrialData,
    Way,
    _form,
    compiler_found,
    data_of,
    simulate,
)

EXACT = ("day", "enrolled", "reached", "events", "last", "rejected", "favours", "futile")
ROUNDED = ("z", "log_hr", "std_err")


def same(ours: Outcomes, theirs: Outcomes, *, to: float) -> None:
    for name in EXACT:
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    for name in ROUNDED:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=to, atol=to, err_msg=name)


def drawn(model: BatchModel, count: int, way: Way, seed: int = 1) -> courses.Patients:
    return _form(model, way, count).patients(seed, np.arange(count, dtype=np.uint64))


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_the_generator_gives_the_known_answers_of_its_authors(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: str
) -> None:
    """Random123, tests/kat_vectors: philox4x32 10."""
    assert " ".join(f"{int(word):08x}" for word in philox(counter, key)) == words


@pytest.mark.skipif(not compiler_found(), reason="no numba")  # an extra; `make test` installs it
def test_compiled_words_are_those_of_the_generator() -> None:
    from trialist.kernels.trial_batches.course_loops import _words

    made = [np.zeros(50, dtype=np.uint32) for _ in range(4)]
    stream, low, high, k0, k1 = (np.uint32(w) for w in (3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0))
    _words(stream, low, high, k0, k1, *made)
    asked = philox((np.arange(50), 3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0))
    assert all(np.array_equal(a, b) for a, b in zip(made, asked, strict=True))


@pytest.mark.skipif(not compiler_found(), reason="no numba")  # an extra; `make test` installs it
@pytest.mark.parametrize("name", MODELS)
def test_draws_are_the_same_without_the_compiler_and_statistics_to_rounding(name: str) -> None:
    model = MODELS[name]
    same(simulate(model, 7, 2**33, 60, way="compiled"), simulate(model, 7, 2**33, 60, way="arrays"), to=1e-10)


@pytest.mark.parametrize("way", FORMS)
def test_a_replicate_is_the_same_in_every_batch(way: Way) -> None:
    model = MODELS["three looks"]
    whole, part = simulate(model, 5, 0, 70, way=way), simulate(model, 5, 37, 4, way=way)
    for name in EXACT + ROUNDED:
        assert np.array_equal(getattr(whole, name)[37:41], getattr(part, name), equal_nan=True), name


@pytest.mark.parametrize("way", FORMS)
@pytest.mark.parametrize("name", [name for name in MODELS if name != "late weights"])
def test_log_rank_and_cox_are_those_of_the_kernels_on_the_same_patients(name: str, way: Way) -> None:
    model = MODELS[name]
    out = simulate(model, 11, 0, 3, way=way)
    for replicate in range(3):
        look = int(out.last[replicate])
        data = data_of(model, 11, replicate, int(out.day[replicate, look]), way=way)
        died, lost = data.event.astype(float), (~data.event).astype(float)
        test = log_rank(data.time, died, lost, data.arm, 2, data.stratum)
        fit = cox(data.time, died, lost, data.arm, [[1.0], [0.0]], stratum=data.stratum, ties=model.ties)
        assert out.events[replicate, look].tolist() == [np.sum(data.event & (data.arm == k)) for k in (0, 1)]
        assert out.enrolled[replicate, look] == data.time.size
        assert out.z[replicate, look] == pytest.approx(test.z, rel=1e-8)
        if fit.status == "ok":
            assert out.log_hr[replicate, look] == pytest.approx(fit.coefficient[0], rel=1e-8, abs=1e-10)
            assert out.std_err[replicate, look] == pytest.approx(fit.std_err[0], rel=1e-8)
        else:
            assert math.isnan(out.log_hr[replicate, look])


def weighted_by_definition(data: TrialData, rho: float, gamma: float) -> float:
    gap = variance = 0.0
    for stratum in np.unique(data.stratum):
        mine = data.stratum == stratum
        time, event, first = data.time[mine], data.event[mine], data.arm[mine] == 0
        survival = 1.0
        for when in np.unique(time[event]):
            n, n1 = np.sum(time >= when), np.sum((time >= when) & first)
            d, d1 = np.sum((time == when) & event), np.sum((time == when) & event & first)
            weight = survival**rho * (1 - survival) ** gamma
            gap += weight * (d1 - d * n1 / n)
            if n > 1:
                variance += weight**2 * d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1)
            survival *= 1 - d / n
    return gap / math.sqrt(variance)


@pytest.mark.parametrize("way", FORMS)
@pytest.mark.parametrize("weights", [(0.0, 1.0), (1.0, 0.0), (0.5, 0.5)])
def test_a_weighted_test_is_its_definition(weights: tuple[float, float], way: Way) -> None:
    model = replace(TRIAL, rho_gamma=weights)
    out = simulate(model, 3, 0, 2, way=way)
    for replicate in range(2):
        data = data_of(model, 3, replicate, int(out.day[replicate, 0]), way=way)
        assert out.z[replicate, 0] == pytest.approx(weighted_by_definition(data, *weights), rel=1e-10)


@pytest.mark.parametrize(
    "law",
    [
        exponential(112.0),
        PiecewiseHazard((0.0, 90.0, 180.0), (0.0, 0.7, 1.1), 0.003),
        Weibull(1.5, 150.0),
        Weibull(0.7, 400.0),
        RatioByPeriod(CONTROL, (0.0, 90.0), (1.0, 0.5)),
    ],
    ids=["exponential", "piecewise", "Weibull, rising", "Weibull, falling", "late effect"],
)
def test_times_follow_their_law(law: Law) -> None:
    """Kolmogorov's distance at whole days, on 200,000 fixed words; 1.95 is its 0.1 % point."""
    found = guide([event_thresholds(law, 3000)])
    count = 200_000
    word = np.concatenate(philox((np.arange(count // 4), 0, 0, 0), (17, 4)))
    made = days(found, np.zeros(count, dtype=np.int64), word, 3000)
    edges = np.arange(1, 3001)
    seen = np.searchsorted(np.sort(made), edges, side="right") / count
    assert math.sqrt(count) * np.max(np.abs(seen - (1 - np.exp(-law.at(edges + 0.5))))) < 1.95
    assert np.all((made == NEVER) | ((made >= 1) & (made <= 3000)))


@pytest.mark.parametrize("way", FORMS)
def test_entry_dropout_and_cells_follow_their_laws(way: Way) -> None:
    count = 400
    model = replace(TRIAL, event=((exponential(1e9),), (exponential(1e9),)))
    made = drawn(model, count, way)
    size = made.entry.size
    third = 12 * MONTH
    expected = np.interp(np.arange(1, 731), (0.0, third, 2 * third), (0.0, 1 / 3, 1.0))
    seen = np.searchsorted(np.sort(made.entry.ravel()), np.arange(730), side="right") / size
    assert math.sqrt(size) * np.max(np.abs(seen - expected)) < 1.95
    assert np.all(np.diff(made.entry.astype(int), axis=1) >= 0)
    edges = np.arange(1.0, 4001.0)
    gone = np.searchsorted(np.sort(made.dropout.ravel()), edges, side="right") / size
    assert math.sqrt(size) * np.max(np.abs(gone - (1 - np.exp(-DROPOUT.at(edges))))) < 1.95
    share = np.bincount(made.tag.ravel() >> courses.STRATUM, minlength=8) / size
    assert share == pytest.approx(TRIAL.cells, abs=4 * math.sqrt(0.25 / size))


@pytest.mark.parametrize("way", FORMS)
def test_every_list_is_made_of_whole_blocks_and_all_arrangements_are_as_likely(way: Way) -> None:
    model = replace(TRIAL, randomisation=Randomisation((1, 1), (4,), CELLS))
    made = drawn(model, 200, way)
    first, stratum = (made.tag & 1).astype(int), made.tag >> courses.STRATUM
    arrangements = []
    for row in range(200):
        for cell in CELLS:
            mine = first[row, stratum[row] == cell]
            whole = mine[: mine.size // 4 * 4].reshape(-1, 4)
            assert np.all(whole.sum(axis=1) == 2)
            arrangements.append(whole @ (8, 4, 2, 1))
    counts = np.bincount(np.concatenate(arrangements), minlength=16)
    counts = counts[counts > 0]
    assert counts.size == 6
    assert float(np.sum((counts - counts.mean()) ** 2) / counts.mean()) < 20.5  # 0.1 % point at 5 df


@pytest.mark.parametrize("way", FORMS)
def test_blocks_of_several_sizes_keep_the_ratio(way: Way) -> None:
    model = replace(TRIAL, randomisation=Randomisation((2, 1), (3, 6)))
    first = (drawn(model, 200, way).tag & 1).astype(int)
    running = np.cumsum(first, axis=1) - np.arange(1, 256) * 2 / 3
    assert np.max(np.abs(running)) <= 2 + 1e-9
    assert np.any(np.abs(running[:, 2]) > 0.1)
    assert float(np.mean(first)) == pytest.approx(2 / 3, abs=0.005)


@pytest.mark.parametrize("way", FORMS)
def test_simple_randomisation_is_by_chance_alone(way: Way) -> None:
    model = replace(TRIAL, randomisation=Randomisation((2, 1)))
    by_trial = (drawn(model, 400, way).tag & 1).sum(axis=1)
    assert float(np.mean(by_trial)) == pytest.approx(170, abs=4 * math.sqrt(255 * 2 / 9 / 400))
    assert float(np.var(by_trial)) == pytest.approx(255 * 2 / 9, rel=0.35)


@pytest.mark.parametrize("way", FORMS)
def test_a_look_is_on_the_day_of_its_event(way: Way) -> None:
    out = simulate(TRIAL, 9, 0, 20, way=way)
    for replicate in range(20):
        day = int(out.day[replicate, 0])
        assert np.sum(data_of(TRIAL, 9, replicate, day, way=way).event) >= 196
        assert np.sum(data_of(TRIAL, 9, replicate, day - 1, way=way).event) < 196


@pytest.mark.parametrize("way", FORMS)
def test_events_that_never_come_end_the_trial_as_planned(way: Way) -> None:
    late = replace(TRIAL, looks=(Look(300, not_after=2000, otherwise=900, efficacy=2.0),))
    out = simulate(late, 1, 0, 20, way=way)
    assert not out.reached.any()
    assert np.all(out.day == 900)
    assert np.all(simulate(replace(late, looks=(Look(300, not_after=800),)), 1, 0, 20, way=way).day == 800)


@pytest.mark.parametrize("way", FORMS)
def test_a_trial_stops_at_the_first_boundary_it_crosses(way: Way) -> None:
    model = MODELS["three looks"]
    out = simulate(model, 21, 0, 300, way=way)
    for number, look in enumerate(model.looks):
        here = out.last == number
        assert np.any(here)
        z = -out.z[here, number]
        crossed = np.abs(z) >= (look.efficacy or math.inf)
        assert np.array_equal(out.rejected[here], crossed)
        futile = ~crossed & (z <= (-math.inf if look.futility is None else look.futility))
        assert np.array_equal(out.futile[here], futile)
        if number < 2:
            assert np.all(crossed | futile)
            assert np.isnan(out.z[here, number + 1 :]).all()
            assert np.all(out.day[here, number + 1 :] == -1)
    assert np.all(np.diff(out.day[out.last == 2], axis=1) >= 0)


@pytest.mark.parametrize("way", FORMS)
def test_one_side_rejects_in_favour_of_the_first_arm_only(way: Way) -> None:
    harm = replace(TRIAL, sides=1, event=((CONTROL.scaled(3.0),), (CONTROL,)))
    assert not simulate(harm, 1, 0, 100, way=way).rejected.any()
    both = simulate(replace(harm, sides=2), 1, 0, 100, way=way)
    assert both.rejected.all()
    assert not both.favours.any()


@pytest.mark.parametrize("way", FORMS)
def test_progression_is_found_at_visits_and_followed_to_the_last_of_them(way: Way) -> None:
    model = MODELS["visits"]
    assert model.visits is not None
    data = data_of(model, 2, 0, 700, way=way)
    for arm in (0, 1):
        visits = set(model.visits[arm]) | {0}
        assert {int(t) - 1 for t in data.time[data.arm == arm]} <= visits


@pytest.mark.parametrize("way", FORMS)
def test_more_frequent_visits_find_progression_earlier(way: Way) -> None:
    """Without a true difference the arm that is looked at less often seems to fare better."""
    often, seldom = tuple(range(28, 3000, 28)), tuple(range(112, 3000, 112))
    model = replace(TRIAL, event=((CONTROL,), (CONTROL,)), visits=(seldom, often))
    assert float(np.mean(simulate(model, 3, 0, 200, way=way).log_hr)) < -0.1


@pytest.mark.parametrize("way", FORMS)
def test_death_comes_before_progression_as_often_as_its_hazard_says_and_after_it_by_its_own_law(
    way: Way,
) -> None:
    rate = {"progression": 0.006, "before": 0.002, "after": (0.004, 0.01)}
    one = replace(
        TRIAL,
        dropout=None,
        event=((exponential(math.log(2) / 0.006),),) * 2,
        course=Course(
            ((exponential(math.log(2) / 0.002),),) * 2,
            tuple((exponential(math.log(2) / r),) for r in rate["after"]),  # type: ignore[arg-type]
            (0.0, 0.5),
            "survival",
        ),
    )
    alive = drawn(one, 300, way)
    free = drawn(replace(one, course=replace(one.course, endpoint="progression_free")), 300, way)  # type: ignore[type-var]
    first = (alive.tag & 1).astype(bool)
    assert np.all(free.found <= alive.found)
    died_first = free.found == alive.found
    assert float(np.mean(died_first)) == pytest.approx(0.25, abs=0.01)
    assert float(np.mean(free.found)) == pytest.approx(1 / 0.008, rel=0.02)
    later = (alive.found.astype(float) - free.found)[~died_first & (alive.found < NEVER)]
    ours = later[first[~died_first & (alive.found < NEVER)]]
    theirs = later[~first[~died_first & (alive.found < NEVER)]]
    assert float(np.mean(ours)) == pytest.approx(1 / 0.004, rel=0.02)
    assert float(np.mean(theirs)) == pytest.approx((1 / 0.004 + 1 / 0.01) / 2, rel=0.02)


def test_small_trials_without_an_estimate_have_none_and_nothing_warns() -> None:
    tiny = replace(TRIAL, patients=4, looks=(Look(2, efficacy=1.96, not_after=900),))
    for way in ["compiled", "arrays"] if compiler_found() else ["arrays"]:
        out = simulate(tiny, 4, 0, 200, way=way)  # type: ignore[arg-type]
        assert np.isnan(out.log_hr).any()
        assert not np.isinf(out.log_hr).any()
        assert not out.rejected[np.isnan(out.z[:, 0])].any()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"patients": 1}, "fewer than 2"),
        ({"accrual": Accrual(((0.0, 1.0),))}, "accrual"),
        ({"looks": ()}, "no look"),
        ({"looks": (Look(),)}, "neither events nor a day"),
        ({"cells": (0.0, 0.0)}, "not positive"),
        ({"strata": (0, 1)}, "stratum"),
        ({"randomisation": Randomisation((1, 1), (3,))}, "no multiple"),
        ({"randomisation": Randomisation((0, 1))}, "ratio"),
        ({"event": ((CONTROL, CONTROL), (CONTROL,))}, "neither one law"),
        ({"horizon": 40_000}, "runs beyond"),
        ({"visits": ((), (56,))}, "no visits"),
        ({"margin": 0.0}, "margin"),
        ({"looks": (Look(0),)}, "fewer than 1 event"),
        ({"looks": (Look(5, not_after=40_000),)}, "runs beyond"),
        ({"cells": (1.0,) * 9000, "strata": (), "randomisation": Randomisation()}, "8,000 cells"),
        ({"strata": (*CELLS[:-1], -1)}, "strata"),
    ],
)
def test_impossible_models_are_refused_in_words(changed: dict[str, object], said: str) -> None:
    model = replace(TRIAL, **changed)  # type: ignore[arg-type]
    assert any(said in what for what in faults(model))
    with pytest.raises(ValueError, match=said):
        simulate(model, 1, 0, 1)


def test_a_model_is_made_into_tables_once() -> None:
    assert tables(TRIAL) is tables(replace(TRIAL))
    assert faults(TRIAL) == ()


def test_without_the_compiler_arrays_do_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    with_it = simulate(TRIAL, 6, 0, 20)
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not compiler_found()
    same(simulate(TRIAL, 6, 0, 20), with_it, to=1e-10)
