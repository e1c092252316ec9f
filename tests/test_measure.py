"""Measurements repeat, take turns, and say what they are."""

import multiprocessing
import pickle
from types import SimpleNamespace

import pytest
import troublemakers

from helpers import measure
from helpers.machine import start_methods, usable_cores
from helpers.measure import Speedups, default_sizes, measure_speedups, serial_runs, steps, time_each
from helpers.running.hosted import Hosted
from helpers.running.inside import Span
from helpers.running.log import Life, Load
from helpers.running.ways import METHODS
from helpers.runs import Run, run

PARALLEL_WAYS = ["threads", "processes", "pool", "executor", "asyncio"]


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


def test_the_cores_are_among_the_pool_sizes_even_if_they_are_no_power_of_two(monkeypatch):
    monkeypatch.setattr(measure, "usable_cores", lambda: 6)
    assert default_sizes() == [1, 2, 4, 6, 12]


@pytest.mark.parametrize("start_method", start_methods())
@pytest.mark.parametrize("how", PARALLEL_WAYS)
def test_every_round_measures_serial_parallel_start_up_and_limit(how, start_method):
    measured = measure_speedups(troublemakers.double, range(8), [2, 1], how, rounds=2, start_method=start_method)
    assert measured.sizes == [1, 2] and measured.cores == usable_cores()
    assert len(measured.serial) == 2 and len(measured.busy) == 6
    for size in measured.sizes:
        for figures in (measured.makespan[size], measured.start_up[size], measured.limit[size]):
            assert len(figures) == 2
        assert all(0 < up < whole for up, whole in zip(measured.start_up[size], measured.makespan[size]))
    assert measured.limit[1] == [1.0, 1.0]
    assert measured.way == {"threads": "threads", "processes": "processes", "pool": "Pool"}.get(how, measured.way)


@pytest.mark.parametrize("sizes", [[1, 2], [2, 3]])
def test_through_a_pipe_it_tells_after_each_measurement_what_there_is_by_now(sizes, capfd):
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender:
        measured = measure_speedups(troublemakers.double, range(8), sizes, rounds=2, heard=sender)
        told = [receiver.recv() for _ in range(steps(2, sizes))]
        assert not receiver.poll()
    assert [number for number, _ in told] == list(range(1, steps(2, sizes) + 1))
    assert "measuring" not in capfd.readouterr().err  # no bar
    figures = [sum(map(len, [*so_far.makespan.values()])) for _, so_far in told]
    assert figures == sorted(figures) and set(figures) == set(range(5))  # each of two sizes twice
    last = told[-1][1]
    assert last.makespan == measured.makespan and last.limit == measured.limit


def test_it_tells_from_a_process_of_its_own():
    receiver, sender = multiprocessing.Pipe(duplex=False)
    args = troublemakers.double, range(8), [1, 2], "pool", 1, 1, None, True, sender, "imap"
    with receiver, sender, Hosted(measure_speedups, *args) as hosted:
        told = [receiver.recv() for _ in range(steps(1, [1, 2]))]
        measured = hosted.result()
    number, so_far = told[-1]
    assert number == steps(1, [1, 2]) and so_far.makespan == measured.makespan


def test_of_an_unfinished_measurement_the_sizes_that_have_a_figure_have_every_figure():
    told = []
    heard = SimpleNamespace(send=lambda pair: told.append(pickle.loads(pickle.dumps(pair[1]))))
    measure_speedups(troublemakers.double, range(8), [1, 2, 3], rounds=2, heard=heard)
    sizes = [so_far.measured_sizes() for so_far in told]
    assert sizes == [[], [], [1], [1], [1, 2], [1, 2], *[[1, 2, 3]] * 8]
    for so_far in told:
        for size in so_far.measured_sizes():
            assert len(so_far.rounds(size)) in (1, 2)
            assert so_far.speedup(size) > 0 and so_far.machine_limit(size) > 0 and so_far.start_up_time(size) > 0
            assert so_far.efficiency(size) > 0 and so_far.speedup_with_start_up(size) > 0
    assert [len(told[10].rounds(size)) for size in (1, 2, 3)] == [2, 1, 1]
    with pytest.raises(KeyError):
        told[3].speedup(2)


def test_a_round_that_goes_on_pairs_each_figure_with_the_serial_run_of_its_own_round():
    going_on = Speedups([2, 4], 4, serial=[8.0, 6.0], makespan={2: [4.0, 2.0], 4: [2.0]}, start_up={2: [0, 0], 4: [0]})
    assert (going_on.rounds(2), going_on.rounds(4)) == ([2.0, 3.0], [4.0])


@pytest.mark.parametrize("method", METHODS)
def test_the_method_of_the_pool_is_the_one_that_was_asked_for(method, monkeypatch):
    methods = []

    def noted_run(*args, method=None):
        methods.append(method)
        return run(*args, **({"method": method} if method else {}))

    monkeypatch.setattr(measure, "run", noted_run)
    measure_speedups(troublemakers.double, range(8), [2], rounds=1, method=method)
    assert [made for made in methods if made] == [method] * 2  # the warm-up, and the measurement


def test_no_more_rounds_are_measured_than_the_tests_allow(monkeypatch):
    monkeypatch.setattr(measure, "MOST_ROUNDS", 1)
    assert len(measure_speedups(troublemakers.double, range(8), [1], rounds=5).serial) == 1


MEASURED = {"serial": [4.0, 6.0, 9.0], "makespan": {4: [4.0, 3.0, 18.0]}, "start_up": {4: [2.0, 1.0, 9.0]}}


def test_speedup_is_serial_time_over_parallel_time_round_by_round():
    measured = Speedups([4], 2, limit={4: [1.8, 2.0, 1.9]}, **MEASURED)
    assert measured.rounds(4) == [2.0, 3.0, 1.0]
    assert measured.speedup(4) == 2.0
    assert measured.efficiency(4) == 0.5  # by the workers, not by the cores
    assert measured.speedup_with_start_up(4) == 1.0
    assert measured.start_up_time(4) == 2.0
    assert measured.machine_limit(4) == 1.9


def test_start_up_counts_where_it_is_asked_for():
    measured = Speedups([4], 2, with_start_up=True, **MEASURED)
    assert measured.rounds(4) == [1.0, 2.0, 0.5]
    assert (measured.speedup(4), measured.efficiency(4)) == (1.0, 0.25)


def test_the_limit_is_how_much_more_gets_done_by_processes_that_never_talk(monkeypatch):
    """Two of them take a quarter longer than one, and do twice as much."""
    monkeypatch.setattr(measure, "time_independent", lambda worker, items, size, _: {1: 1.0, 2: 1.25}[size])
    assert measure_speedups(troublemakers.double, range(8), [1, 2], rounds=1).limit == {1: [1.0], 2: [1.6]}


def test_more_workers_never_lower_the_limit():
    measured = Speedups([1, 2, 4], 2, limit={1: [1.0], 2: [1.9], 4: [1.7]})
    assert [measured.machine_limit(size) for size in measured.sizes] == [1.0, 1.9, 1.9]


@pytest.mark.parametrize(
    ("busy", "told"), [([], False), ([False] * 9, False), ([True, False, False, False], False), ([True, False], True)]
)
def test_the_machine_was_busy_if_it_was_in_a_third_of_the_runs(busy, told):
    assert Speedups([1], 2, busy=busy).was_busy == told


def test_a_serial_run_that_was_disturbed_is_measured_again(monkeypatch):
    """The parallel runs show that its tasks need less time."""
    seconds = {"serial": iter([9.0, 10.0, 6.0, 5.0]), "pool": iter([5.0] * 9)}

    def fake_run(worker, items, how, *_, **options):
        took = next(seconds[how])
        return Run(how, [Span(1, 1, 0, 0, took, took, 0)], 0.0, took, [Life(1, 1, 1, 1, 0)], Load(2, 0.0, 1.0))

    monkeypatch.setattr(measure, "run", fake_run)
    monkeypatch.setattr(measure, "time_independent", lambda *_: 1.0)
    measured = measure_speedups(troublemakers.double, range(4), [1], rounds=2)
    assert measured.serial == [6.0, 5.0]  # the first 9.0 is the warm-up; 10.0 was measured again, 5.0 was not


@pytest.mark.parametrize(
    ("seconds", "load", "again"),
    [(5.0, Load(2.0, 0.0, 1.0), False), (5.0, Load(2.0, 1.2, 0.1), True), (0.09, Load(2.0, 1.2, 0.1), False)],
)
def test_a_serial_run_is_disturbed_by_the_rule_that_holds_for_panels_too(seconds, load, again, monkeypatch):
    """A machine that was busy meanwhile disturbs a run, unless the run is too short to tell."""
    hows = []

    def fake_run(worker, items, how, *_, **options):
        hows.append(how)
        loaded = load if how == "serial" else Load(2.0, 0.0, 1.0)
        return Run(how, [Span(1, 1, 0, 0, seconds, seconds, 0)], 0.0, seconds, [Life(1, 1, 1, 1, 0)], loaded)

    monkeypatch.setattr(measure, "run", fake_run)
    monkeypatch.setattr(measure, "time_independent", lambda *_: 1.0)
    measure_speedups(troublemakers.double, range(4), [1], rounds=1)
    assert hows == [*("serial", "pool"), *("serial", "pool"), *["serial"] * again]  # the first two are warm-ups


@pytest.mark.parametrize("sizes", [[1], [1, 2, 4], [2, 3]])
@pytest.mark.parametrize("cores", [1, 2, 8])
def test_what_is_measured_takes_as_long_as_so_many_serial_runs(sizes, cores, monkeypatch):
    items, took = list(range(8)), []  # an item takes a second

    def fake_run(worker, items, how="pool", size=1, *_, **__):
        took.append(len(items) / (1 if how == "serial" else min(size, cores)))
        return SimpleNamespace(makespan=1.0, start_up=0.0, load=None)

    def fake_independent(worker, items, size, start_method):
        took.append(len(items) * max(1, size / cores))
        return 1.0

    monkeypatch.setattr(measure, "usable_cores", lambda: cores)
    monkeypatch.setattr(measure, "run", fake_run)
    monkeypatch.setattr(measure, "time_independent", fake_independent)
    monkeypatch.setattr(measure, "was_disturbed", lambda *_: False)
    measure_speedups(troublemakers.double, items, sizes, "pool", rounds=3, heard=SimpleNamespace(send=lambda _: None))
    assert sum(took) == pytest.approx(len(items) * serial_runs(3, sizes))


def test_a_worker_that_fails_raises_its_error():
    with pytest.raises(KeyError):
        measure_speedups(troublemakers.fail, [1, 2], [2], rounds=1)


def test_a_worker_that_dies_among_those_that_measure_the_limit_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="ended with exit code 0"):
        measure.time_independent(troublemakers.end_in_task_2, [(2, "os_exit")], 2, None)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"sizes": [0]}, ValueError, "a number of workers must be at least 1, not 0"),
        ({"sizes": []}, ValueError, "no numbers of workers to measure"),
        ({"worker": lambda number: number}, TypeError, r"a \.py file"),
        ({"items": []}, ValueError, "There are no items"),
        ({"rounds": 0}, ValueError, "rounds must be at least 1, not 0"),
        ({"rounds": 2.5}, TypeError, "rounds must be a whole number"),
        ({"how": "serial"}, ValueError, "has no number of workers to measure. Use one of 'threads', 'processes'"),
        ({"method": "starmap"}, ValueError, "Use one of 'map', 'imap', 'imap_unordered', 'apply_async'"),
        ({"how": "quickly"}, ValueError, "has no number of workers to measure. Use one of 'threads', 'processes'"),
    ],
)
def test_bad_input_is_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        measure_speedups(**{"worker": troublemakers.double, "items": [1], "sizes": [1], **wrong})


def test_nothing_to_time_is_explained():
    with pytest.raises(ValueError, match="nothing to time"):
        time_each({})
    with pytest.raises(ValueError, match="rounds must be at least 1, not 0"):
        time_each({"a": abs}, rounds=0)


def test_the_figures_are_those_of_the_runs_that_were_made(monkeypatch):
    made = []

    def noted_run(*args, **options):
        made.append(run(*args, **options))
        return made[-1]

    monkeypatch.setattr(measure, "run", noted_run)
    measured = measure_speedups(troublemakers.compute, [0.01] * 8, [2], rounds=1)
    parallel = next(made for made in made[2:] if made.title == "Pool, 2 workers")
    assert measured.makespan == {2: [parallel.makespan]} and measured.start_up == {2: [parallel.start_up]}
    assert measured.serial[0] in [made.makespan for made in made if made.title == "serial"]
