"""The parts of a run's time add up to the whole, and all of them were measured in that run."""

import time

import numpy as np
import pytest
import troublemakers
from thorough import combined

from helpers.machine import gil_enabled, start_methods
from helpers.pages import page_server
from helpers.running.breakdown import PARTS, rounded, rows, rows_now, time_spent
from helpers.running.comparison import Comparison, was_disturbed
from helpers.running.hosted import Hosted
from helpers.running.inside import Span, enroll, run_task
from helpers.running.load import Watch, is_busy
from helpers.running.log import Life, Load, Log
from helpers.running.ways import WAYS
from helpers.runs import Run, run, run_logged
from helpers.workers import count_primes, fetch_page, mandelbrot_tile, mandelbrot_tiles

IDLE, BUSY = Load(2.0, 0.05, 1.0), Load(2.0, 1.2, 0.1)


def made(*workers, ended, load=None):
    """A run that began at 100. Each worker is (ready, (start, end, computing) of its tasks …), in seconds since then.

    A worker that was never started is None. One that was not up yet has None for ready.
    """
    spans, lives = [], []
    for number, worker in enumerate(workers, start=1):
        ready, *tasks = worker or [None]
        up = 0.0 if ready is None else 100.0 + ready
        lives.append(Life(number if up else 0, number, 100.0 if worker else 0.0, up, 0.0))
        spans += [Span(number, number, up, 100 + start, 100 + end, computed, None) for start, end, computed in tasks]
    return Run("made", spans, 100.0, 100.0 + ended, lives, load)


def parts(**seconds):
    """Return all parts; those not named are 0."""
    return {part: pytest.approx(seconds.get(part.replace(" ", "_").replace("-", "_"), 0.0), abs=1e-9) for part in PARTS}


@pytest.mark.parametrize(
    ("how", "start_method", "size"), combined(list(WAYS), start_methods(), [(2, 12), (3, 1), (2, 0), (8, 2)])
)
def test_the_parts_add_up_to_workers_times_makespan_and_none_is_negative(how, start_method, size):
    workers, tasks = size
    done = run(troublemakers.compute, [0.002] * tasks, how, workers, start_method=start_method)
    spent = time_spent(done)
    assert list(spent) == list(PARTS)
    assert sum(spent.values()) == pytest.approx(done.size * done.makespan)
    assert min(spent.values()) >= 0
    assert spent["computing"] >= 0.002 * tasks


def test_a_perfect_run_is_all_computing():
    perfect = made((0, (0, 1, 1), (1, 2, 1)), (0, (0, 2, 2)), ended=2)
    assert time_spent(perfect) == parts(computing=4)


def test_start_up_lasts_until_a_worker_is_up():
    late = made((1, (1, 3, 2)), (0.5, (0.5, 3, 2.5)), ended=3)
    assert time_spent(late) == parts(computing=4.5, start_up=1.5)
    assert late.start_up == 0.75


def test_a_task_that_does_not_compute_waits():
    assert time_spent(made((0, (0, 2, 0.5)), (0, (0, 2, 1)), ended=2)) == parts(computing=1.5, waiting=2.5)


def test_gaps_between_tasks_and_the_way_home_are_between_tasks():
    assert time_spent(made((0, (0.25, 1, 0.75), (1.5, 2, 0.5)), ended=3)) == parts(computing=1.25, between_tasks=1.75)


def test_a_worker_that_is_done_before_the_last_has_no_task_left():
    assert time_spent(made((0, (0, 4, 4)), (0, (0, 1, 1)), ended=4)) == parts(computing=5, no_task_left=3)


def test_a_worker_without_a_task_is_start_up_and_then_has_no_task_left():
    assert time_spent(made((0, (0, 4, 4)), (1,), ended=4)) == parts(computing=4, start_up=1, no_task_left=3)


def test_a_worker_that_was_up_only_after_the_end_is_start_up_until_then():
    assert time_spent(made((0, (0, 4, 4)), (9,), ended=5)) == parts(computing=4, start_up=5, between_tasks=1)
    assert time_spent(made((0, (0, 4, 4)), (None,), ended=5)) == parts(computing=4, start_up=5, between_tasks=1)


def test_a_worker_that_was_never_asked_for_counts_in_no_part():
    one = made((0, (0, 4, 3)), None, None, ended=4)
    assert (len(rows(one)), one.size, one.start_up) == (3, 1, 0)
    assert time_spent(one) == parts(computing=3, waiting=1)


def test_a_run_recorded_by_hand_has_its_parts_too():
    by_hand = Run("by hand", [Span(1, 1, 100.5, 101.0, 103.0, 1.5, None)], 100.0, 104.0)
    assert time_spent(by_hand) == parts(computing=1.5, waiting=0.5, start_up=0.5, between_tasks=1.5)


@pytest.mark.parametrize("digits", [0, 2, 3])
def test_rounded_parts_add_up_to_the_rounded_whole(digits):
    dice = np.random.default_rng(7)
    for _ in range(200):
        exact = dict(zip(PARTS, dice.normal(scale=3, size=len(PARTS))))
        shown = rounded(exact, digits)
        assert round(sum(shown.values()), digits) == round(sum(exact.values()), digits)
        for part, seconds in exact.items():
            assert shown[part] == pytest.approx(seconds, abs=1.001 * 10**-digits)
            assert float(f"{shown[part]:.{digits}f}") == shown[part]


# --- What real tasks do ---


def fullness(done):
    """Return which share of their time the tasks of a run computed."""
    return done.computing / done.time_in_tasks


@pytest.mark.skipif(not gil_enabled(), reason="without a GIL threads take no turns")
def test_two_threads_that_compute_take_turns_under_the_gil():
    """On an idle machine each would be half full. On a busy one they are emptier."""
    done = run(count_primes, [20_000] * 12, "threads", 2)
    assert fullness(done) < 0.62


def test_fetching_pages_computes_nearly_nothing():
    with page_server(latency=0.1) as address:
        fetch_page(address)  # the first one imports what it needs, which is to compute
        done = run(fetch_page, [f"{address}/{number}" for number in range(8)], "threads", 4)
    assert fullness(done) < 0.3


# --- Compared with the serial run ---


def serial(seconds, computing=None, load=IDLE):
    return made((0, (0, seconds, seconds if computing is None else computing)), ended=seconds, load=load)


def test_speedup_and_efficiency_are_by_the_workers_that_were_started():
    compared = Comparison(made((0, (0, 2, 2)), (0, (0, 2, 2)), None, ended=2, load=IDLE), serial(3.0))
    assert (compared.speedup, compared.efficiency) == (1.5, 0.75)
    assert compared.figures() == "speedup 1.50, efficiency 75%"
    assert compared.remarks() == [
        "The tasks computed 33% longer than in the serial run: workers share caches and "
        "memory, and perhaps a core or the GIL."
    ]


def test_of_tasks_that_mostly_wait_it_does_not_say_that_they_computed_longer():
    compared = Comparison(made((0, (0, 2, 0.5)), (0, (0, 2, 0.5)), ended=2, load=IDLE), serial(3.0, 0.2))
    assert compared.remarks() == []


@pytest.mark.parametrize(("seconds", "told"), [(4.0, 2.0), (4.11, pytest.approx(2.055)), (4.2, None), (40.0, None)])
def test_a_speedup_that_can_not_be_is_not_told(seconds, told):
    compared = Comparison(made((0, (0, 2, 2)), (0, (0, 2, 2)), ended=2, load=IDLE), serial(seconds))
    assert compared.speedup == told
    if told is None:
        assert compared.efficiency is None
        assert compared.figures() == "no speedup can be given, since the machine was busy during the serial run"


@pytest.mark.parametrize(
    ("load", "load_before", "again", "said"),
    [
        (IDLE, IDLE, False, []),
        (None, None, False, []),
        (BUSY, IDLE, False, ["The machine was busy: other programs took 1.2 of its 2 cores meanwhile."]),
        (BUSY, BUSY, True, ["The machine was busy: other programs took 1.2 of its 2 cores meanwhile."]),
        (IDLE, BUSY, False, ["The machine was busy during the serial run."]),
        (IDLE, IDLE, True, ["The machine was busy during an earlier serial run, so that was measured again."]),
    ],
)
def test_it_says_that_the_machine_was_busy(load, load_before, again, said):
    compared = Comparison(made((0, (0, 2, 2)), ended=2, load=load), serial(2.0, load=load_before), again)
    assert compared.remarks() == said


@pytest.mark.parametrize(
    ("before", "disturbed"),
    [
        (serial(4.0), False),
        (serial(4.1, 4.0), False),  # that is noise
        (serial(5.0, 4.0), True),  # it took longer than its tasks take now, all together
        (serial(4.3, 4.3), True),
        (serial(3.9, load=BUSY), True),
        (serial(3.9, load=None), False),
    ],
)
def test_a_serial_run_that_was_disturbed_is_known_by_what_its_tasks_need_now(before, disturbed):
    now = made((0, (0, 2, 2)), (0, (0, 2.1, 2)), ended=2.2, load=IDLE)
    assert was_disturbed(before, now) == disturbed


def test_a_serial_run_too_short_to_tell_is_not_measured_again():
    now = made((0, (0, 0.01, 0.01)), ended=0.01, load=IDLE)
    assert not was_disturbed(serial(0.09), now) and was_disturbed(serial(0.11), now)


def test_a_serial_run_that_computed_for_less_of_its_time_than_the_tasks_do_now_was_disturbed():
    now = made((0, (0, 4, 3.9)), (0, (0, 4, 3.9)), ended=4, load=IDLE)  # they also need longer
    assert was_disturbed(serial(5.0, 4.0), now) and not was_disturbed(serial(5.0, 4.9), now)
    assert not was_disturbed(serial(5.0, 4.6), now, tolerance=0.15)


# --- The load ---


@pytest.mark.parametrize(
    ("load", "busy"),
    [
        (None, False),
        (Load(2.0, 0.1, 0.0), False),  # others took nearly nothing
        (Load(2.0, 1.0, 1.0), False),  # others took a core that the run did not need
        (Load(2.0, 1.0, 0.1), True),
        (Load(16.0, 3.0, 12.0), False),
    ],
)
def test_a_machine_is_busy_if_others_took_cores_and_none_was_left(load, busy):
    assert is_busy(load) == busy


def test_too_short_a_time_tells_nothing_of_the_load():
    assert Watch().load(used=0.0) is None


def test_what_this_process_computes_is_not_what_others_take():
    """Other programs may compute meanwhile, so it also measures with its own processor time counted as theirs."""
    watch = Watch()
    troublemakers.compute(0.5)
    with_own, began = watch.load(used=0.0), time.perf_counter()
    without_own = watch.load(used=-0.5)
    assert without_own.others - with_own.others == pytest.approx(0.5 / (began - watch._began), rel=0.5)
    assert with_own.cores >= 1 and with_own.idle >= 0


@pytest.mark.parametrize("how", ["serial", "threads", "pool"])
def test_a_run_knows_the_load(how):
    load = run(troublemakers.compute, [0.05] * 8, how, 2).load
    assert load.cores >= 1
    assert 0 <= load.others <= 1.5 * load.cores and 0 <= load.idle <= 1.5 * load.cores


# --- A run in progress ---


def test_a_log_of_a_run_that_has_not_begun_has_workers_that_do_nothing():
    crew, done, seconds = rows_now(Log(3, 2))
    assert (len(crew), done, seconds) == (2, 0, 0.0)
    assert all(len(row.starts) == 0 and row.ready == np.inf and not row.asked for row in crew)


def test_a_log_half_way_tells_what_has_ended_what_goes_on_and_who_is_not_up():
    log = Log(tasks=5, workers=3)
    log.began, log.ended = 100.0, 110.0  # ended: so that "now" is known
    log.ready[0], log.ready[1] = 101.0, 102.0
    log.asked[0] = log.asked[1] = 100.5
    log.gone[1] = 107.0
    for task, (worker, start, end, computing) in enumerate([(1, 105, 0, 0), (2, 102, 106, 3), (1, 101, 104, 2)]):
        log.worker[task], log.start[task], log.end[task], log.computing[task] = worker, start, end, computing
    crew, done, seconds = rows_now(log)
    assert (done, seconds) == (2, 10.0)
    assert [row.asked for row in crew] == [True, True, False]
    assert [row.ready for row in crew] == [1.0, 2.0, np.inf]
    assert [row.gone for row in crew] == [np.inf, 7.0, np.inf]
    assert [row.starts.tolist() for row in crew] == [[1.0, 5.0], [2.0], []]
    assert [row.ends.tolist() for row in crew] == [[4.0, 10.0], [6.0], []]
    assert sorted(task for row in crew for task in row.tasks) == sorted(np.flatnonzero(log.worker))
    assert crew[0].computing[0] == 2 and np.isnan(crew[0].computing[1]) and crew[1].computing.tolist() == [3]


def test_a_log_begins_empty_whatever_its_memory_held_before():
    for _ in range(3):
        log = Log(tasks=7, workers=3, room=2)
        columns = (log.worker, log.start, log.end, log.computing, log.home, *zip(*log.lives), (log.began, log.ended))
        assert all(not any(column) for column in columns) and log.load is None
        assert [log.shown(task) for task in range(7)] == [b""] * 7
        for column in (log.worker, log.start, log.end, log.computing, log.asked, log.ready, log.gone):
            for place in range(len(column)):
                column[place] = 1
        for task in range(7):
            log.note_result(task, [[1, 1]])
            log.home[task] = 1.0
        log.began = log.ended = 1.0
        log.load = Load(2.0, 1.0, 0.5)
        assert log.load == (2.0, 1.0, 0.5)


def test_a_task_that_runs_is_seen_as_one_that_goes_on():
    log = Log(tasks=2, workers=1)
    seen = []

    def look(item):
        seen.append(rows_now(log))
        return item

    enroll(1, look, log)
    log.began = log.ready[0]
    assert [run_task(task) for task in enumerate("ab")] == [(0, "a"), (1, "b")]
    for number, (crew, done, seconds) in enumerate(seen):
        assert done == number
        assert len(crew[0].starts) == number + 1
        assert crew[0].starts[-1] <= crew[0].ends[-1] == seconds


# --- Results that can be looked at ---


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        ([[0, 7], [120, 255]], b"\x00\x07\x78\xff"),
        ([[1], [2]], b"\x01\x02"),
        ([], b""),
        ([[1, 2], [3, 4], [5]], b""),  # there is no room for it
        ([[1, 256]], b""),
        ([[1, -1]], b""),
        ([[1, 0.5]], b""),
        ([["a", "b"]], b""),
        (["ab"], b""),
        ([1, 2], b""),
        ("a text", b""),
        (None, b""),
        (7, b""),
        (iter([[1, 2]]), b""),
    ],
)
def test_a_result_can_be_looked_at_if_it_is_rows_of_small_whole_numbers_and_fits(result, shown):
    log = Log(tasks=3, workers=1, room=4)
    for task, returned in enumerate([[[9] * 4], result, [[9] * 4]]):
        log.note_result(task, returned)
        log.end[task] = 1.0
    assert [log.shown(task) for task in range(3)] == [b"\t" * 4, shown, b"\t" * 4]


def test_to_look_at_a_result_takes_nothing_from_it():
    result = [iter([1, 2])]
    Log(1, 1).note_result(0, result)  # without room it is not even touched
    assert list(result[0]) == [1, 2]


def test_a_result_can_be_looked_at_once_its_task_has_ended():
    log = Log(tasks=1, workers=1, room=2)
    log.note_result(0, [[1, 2]])
    assert log.shown(0) == b""
    log.end[0] = 1.0
    assert log.shown(0) == b"\x01\x02"


@pytest.mark.parametrize("how", ["serial", "threads", "processes", "pool", "executor"])
def test_the_results_of_a_hosted_run_can_be_looked_at_from_here(how):
    tiles = mandelbrot_tiles(2, pixels=4)
    log = Log(len(tiles), 1 if how == "serial" else 2, room=4 * 4)
    with Hosted(run_logged, mandelbrot_tile, tiles, log, how) as hosted:
        results = hosted.result()
    assert results == [mandelbrot_tile(tile) for tile in tiles]
    assert [list(log.shown(task)) for task in range(4)] == [sum(rows, []) for rows in results]


def test_a_log_can_be_read_while_workers_write_it():
    tasks = 5000
    log = Log(tasks, 2)
    counts = []
    with Hosted(run_logged, abs, list(range(tasks)), log, "pool") as hosted:
        while not hosted.ended(0.0):
            crew, done, seconds = rows_now(log)
            for row in crew:
                assert np.all(row.starts <= row.ends) and np.all(row.ends <= max(seconds, 0.0) + 1e-6)
            counts.append(done)
        assert hosted.result() == list(range(tasks))
    assert counts == sorted(counts)
    assert rows_now(log)[1] == tasks
