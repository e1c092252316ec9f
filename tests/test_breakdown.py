"""Where the time of a run went adds up to the whole, part by part."""

import numpy as np
import pytest
import troublemakers

from helpers.running.breakdown import PARTS, rounded, rows, rows_now, time_spent
from helpers.running.hosted import Live
from helpers.running.inside import Span, enrol, run_task
from helpers.running.log import Log
from helpers.runs import WAYS, Run, run, run_logged


def made(*workers, ended, size=None):
    """A run that began at 100: each worker is (ready, (start, end) of its tasks …), in seconds since then."""
    spans, crew = [], {}
    for number, (ready, *tasks) in enumerate(workers, start=1):
        crew[number, number] = 100 + ready
        spans += [Span(number, number, 100 + start, 100 + end, None) for start, end in tasks]
    return Run("made", spans, 100.0, 100.0 + ended, size or len(workers), crew)


def parts(**seconds):
    """Return all parts; those not named are 0."""
    named = {"start-up": "start_up", "sending and receiving": "sending"}
    return {part: pytest.approx(seconds.get(named.get(part, part), 0.0), abs=1e-9) for part in PARTS}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize(("workers", "tasks"), [(2, 12), (3, 1), (2, 0)])
def test_the_parts_add_up_to_workers_times_makespan(how, workers, tasks):
    done = run(troublemakers.double, range(tasks), how, workers)
    spent = time_spent(done, serial=0.5)
    assert list(spent) == list(PARTS)
    assert sum(spent.values()) == pytest.approx(len(rows(done)) * done.makespan)
    assert spent["work"] == 0.5
    assert min(spent["start-up"], spent["imbalance"]) >= 0


def test_a_perfect_run_is_all_work():
    perfect = made((0, (0, 1), (1, 2)), (0, (0, 2)), ended=2)
    assert time_spent(perfect, serial=4) == parts(work=4)


def test_start_up_lasts_until_a_worker_is_up():
    assert time_spent(made((1, (1, 3)), (0.5, (0.5, 3)), ended=3), serial=4.5) == parts(work=4.5, start_up=1.5)


def test_gaps_between_tasks_and_the_way_home_are_sending_and_receiving():
    sent = made((0, (0.25, 1), (1.5, 2)), ended=3)
    assert time_spent(sent, serial=1.25) == parts(work=1.25, sending=1.75)


def test_tasks_that_took_longer_than_in_the_serial_run_waited():
    assert time_spent(made((0, (0, 2)), (0, (0, 2)), ended=2), serial=3) == parts(work=3, waiting=1)


def test_a_worker_that_is_done_before_the_last_is_imbalance():
    assert time_spent(made((0, (0, 4)), (0, (0, 1)), ended=4), serial=5) == parts(work=5, imbalance=3)


def test_a_worker_without_a_task_is_start_up_and_then_imbalance():
    assert time_spent(made((0, (0, 4)), (1,), ended=4), serial=4) == parts(work=4, start_up=1, imbalance=3)


def test_a_worker_that_was_up_only_after_the_last_task_is_start_up():
    late = time_spent(made((0, (0, 4)), (9,), ended=10), serial=4)
    assert late == parts(work=4, start_up=4, sending=12)


def test_a_worker_that_never_was_up_is_start_up():
    never = made((0, (0, 4)), ended=4, size=2)
    assert len(rows(never)) == 2
    assert time_spent(never, serial=4) == parts(work=4, start_up=4)


def test_a_run_of_which_nobody_wrote_down_who_came_up_when_has_its_parts_too():
    run_by_hand = Run("by hand", [Span(1, 1, 101.0, 103.0, None)], 100.0, 104.0)
    assert time_spent(run_by_hand, serial=2) == parts(work=2, start_up=1, sending=1)


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


# --- A run that goes on ---


def test_a_log_of_a_run_that_has_not_begun_has_workers_that_do_nothing():
    crew, done, seconds = rows_now(Log(3, 2))
    assert (len(crew), done, seconds) == (2, 0, 0.0)
    assert all(len(row.starts) == 0 and row.ready == np.inf for row in crew)


def test_a_log_half_way_tells_what_has_ended_what_goes_on_and_who_is_not_up():
    log = Log(tasks=5, workers=3)
    log.began.value, log.ended.value = 100.0, 110.0  # ended: so that "now" is known
    log.ready[0], log.ready[1] = 101.0, 102.0
    for task, (worker, start, end) in enumerate([(1, 105.0, 0.0), (2, 102.0, 106.0), (1, 101.0, 104.0)]):
        log.worker[task], log.start[task], log.end[task] = worker, start, end
    crew, done, seconds = rows_now(log)
    assert (done, seconds) == (2, 10.0)
    assert [row.ready for row in crew] == [1.0, 2.0, np.inf]
    assert [row.starts.tolist() for row in crew] == [[1.0, 5.0], [2.0], []]
    assert [row.ends.tolist() for row in crew] == [[4.0, 10.0], [6.0], []]


def test_a_task_that_runs_is_seen_as_one_that_goes_on():
    log = Log(tasks=2, workers=1)
    seen = []

    def look(item):
        seen.append(rows_now(log))
        return item

    enrol(1, look, log)
    log.began.value = log.ready[0]
    assert [run_task(task) for task in enumerate("ab")] == [(0, "a"), (1, "b")]
    for number, (crew, done, seconds) in enumerate(seen):
        assert done == number
        assert len(crew[0].starts) == number + 1
        assert crew[0].starts[-1] <= crew[0].ends[-1] == seconds


def test_a_log_can_be_read_while_workers_write_it():
    tasks = 5000
    log = Log(tasks, 2)
    live = Live(run_logged, abs, list(range(tasks)), log, "pool")
    counts = []
    while not live.ended(0.0):
        crew, done, _ = rows_now(log)
        counts.append(done)
        assert all(np.all(row.starts <= row.ends) for row in crew)
    live.result()
    assert counts == sorted(counts) and rows_now(log)[1] == tasks
