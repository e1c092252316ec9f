"""Measurements repeat, take turns, and say what they are."""

import multiprocessing
from multiprocessing import RawValue

import pytest
import troublemakers

from helpers.machine import start_methods, usable_cores
from helpers.measure import SWEEP_ROUNDS, Speedups, default_sizes, measure_speedups, sweep, sweep_steps, time_each


def test_calls_take_turns_after_a_warm_up():
    calls = []
    seconds = time_each({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2)
    assert calls == ["a", "b"] * 3
    assert {label: len(times) for label, times in seconds.items()} == {"a": 2, "b": 2}


def test_pool_sizes_double_up_to_the_cores_and_to_twice_the_cores():
    sizes = default_sizes()
    assert sizes == sorted(sizes)
    assert {1, usable_cores(), 2 * usable_cores()} <= set(sizes)
    assert max(sizes) == 2 * usable_cores()


@pytest.mark.parametrize("start_method", start_methods())
def test_every_round_measures_serial_pool_start_up_and_limit(start_method):
    measured = measure_speedups(troublemakers.double, range(8), [2, 1], rounds=2, start_method=start_method)
    assert measured.sizes == [1, 2]
    assert len(measured.serial) == 2
    for size in measured.sizes:
        for figures in (measured.work[size], measured.start_up[size], measured.limit[size]):
            assert len(figures) == 2 and min(figures) > 0
    assert multiprocessing.active_children() == []


def test_speedup_is_serial_time_over_parallel_time_round_by_round():
    measured = Speedups(
        [2],
        2,
        serial=[4.0, 6.0, 9.0],
        work={2: [2.0, 2.0, 9.0]},
        start_up={2: [2.0, 1.0, 9.0]},
        limit={2: [1.8, 2.0, 1.9]},
    )
    assert measured.rounds(2) == [2.0, 3.0, 1.0]
    assert measured.speedup(2) == 2.0
    assert measured.efficiency(2) == 1.0
    assert measured.speedup_with_start_up(2) == 1.0
    assert measured.start_up_time(2) == 2.0
    assert measured.machine_limit(2) == 1.9


def test_more_workers_never_lower_the_limit():
    measured = Speedups([1, 2, 4], 2, limit={1: [1.0], 2: [1.9], 4: [1.7]})
    assert [measured.machine_limit(size) for size in measured.sizes] == [1.0, 1.9, 1.9]


def test_a_worker_that_fails_raises_its_error():
    with pytest.raises(KeyError):
        measure_speedups(troublemakers.fail, [1, 2], [2], rounds=1)


def test_bad_input_is_explained():
    with pytest.raises(ValueError, match="a pool size must be at least 1, not 0"):
        measure_speedups(troublemakers.double, [1], [0])
    with pytest.raises(TypeError, match=r"a \.py file"):
        measure_speedups(lambda number: number, [1], [1])


@pytest.mark.parametrize("how", ["threads", "processes", "pool", "executor"])
def test_a_sweep_measures_each_way_and_counts_its_steps(how):
    done = RawValue("i")
    measured = sweep(troublemakers.double, list(range(8)), how, [1, 2], 1, None, done)
    assert done.value == sweep_steps([1, 2])
    assert len(measured.serial) == SWEEP_ROUNDS
    for size in (1, 2):
        for figures in (measured.work[size], measured.start_up[size], measured.limit[size]):
            assert len(figures) == SWEEP_ROUNDS and min(figures) > 0
    assert measured.way == how
    assert multiprocessing.active_children() == []


def test_in_a_sweep_start_up_counts():
    measured = Speedups([2], 2, "pool", True, serial=[4.0], work={2: [1.0]}, start_up={2: [1.0]}, limit={2: [2.0]})
    assert measured.rounds(2) == [2.0]
    assert (measured.speedup(2), measured.efficiency(2)) == (2.0, 1.0)
    assert measured.speedup_with_start_up(2) == 2.0


def test_a_sweep_of_a_worker_that_fails_raises_its_error():
    with pytest.raises(KeyError):
        sweep(troublemakers.fail, [1, 2], "pool", [1], 1, None, RawValue("i"))
    assert multiprocessing.active_children() == []
