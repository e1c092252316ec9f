"""`run` runs a worker over items in every way, and leaves nothing behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import troublemakers

from helpers.machine import start_methods
from helpers.running.inside import Span
from helpers.running.log import Life, Log
from helpers.running.supervise import TIME_LIMIT, WatchedContext, how_it_ended, where_it_ended
from helpers.runs import Run, WorkerEnded, recording, run, run_logged, timed

PROCESS_WAYS = ["processes", "pool", "executor"]
PARALLEL_WAYS = ["threads", *PROCESS_WAYS]

every_way = pytest.mark.parametrize("how", ["serial", *PARALLEL_WAYS])
every_parallel_way = pytest.mark.parametrize("how", PARALLEL_WAYS)
every_process_way = pytest.mark.parametrize("how", PROCESS_WAYS)
every_start_method = pytest.mark.parametrize("start_method", start_methods())
posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")


@pytest.fixture(autouse=True)
def no_process_left():
    yield
    assert multiprocessing.active_children() == []


@every_start_method
@every_way
def test_results_stand_in_the_order_of_the_items(how, start_method):
    assert run(troublemakers.double, range(7), how, 3, start_method=start_method).results == [0, 2, 4, 6, 8, 10, 12]


@every_way
def test_no_items_is_no_results(how):
    assert run(troublemakers.double, [], how, 2).results == []


@every_process_way
def test_chunks_change_no_result(how):
    assert run(troublemakers.double, range(10), how, 2, chunksize=4).results == list(range(0, 20, 2))


@every_start_method
@every_parallel_way
def test_workers_run_at_the_same_time(how, start_method, tmp_path):
    names = ["a", "b", "c"]
    items = [(str(tmp_path), name, names) for name in names]
    met = run(troublemakers.meet, items, how, 3, start_method=start_method)
    assert met.results == names
    assert len(met.workers) == 3


@every_process_way
def test_processes_are_neither_this_one_nor_more_than_asked_for(how):
    processes = set(run(troublemakers.process_id, range(12), how, 2).results)
    assert os.getpid() not in processes
    assert len(processes) <= 2


@pytest.mark.parametrize("how", ["serial", "threads"])
def test_serial_and_threads_stay_in_this_process(how):
    assert set(run(troublemakers.process_id, range(4), how, 2).results) == {os.getpid()}


@every_way
def test_spans_lie_within_the_run_and_a_worker_does_one_task_at_a_time(how):
    done = run(troublemakers.double, range(20), how, 3)
    for spans in done.workers:
        moments = [moment for span in spans for moment in (span.start, span.end)]
        assert moments == sorted(moments)
        assert all(done.began <= moment <= done.ended for moment in moments)
    assert sum(map(len, done.workers)) == 20
    assert done.makespan == done.ended - done.began


@every_way
def test_a_task_that_computes_has_processor_time_and_one_that_waits_has_none(how):
    computed = run(troublemakers.compute, [0.1] * 2, how, 1)
    for span in computed.spans:
        assert 0.1 <= span.computing <= span.end - span.start
    waited = run(time.sleep, [0.1] * 2, how, 1)
    assert waited.time_in_tasks >= 0.2
    assert waited.computing < 0.05


def test_worker_of_task_tells_in_whose_spans_a_task_is():
    done = run(troublemakers.double, range(20), "pool", 2)
    assert all(span in done.workers[number - 1] for span, number in zip(done.spans, done.worker_of_task))


def test_a_worker_without_a_task_is_there_with_no_spans():
    done = run(troublemakers.double, [1], "processes", 3)
    assert sorted(map(len, done.workers)) == [0, 0, 1]
    assert done.size == 3


def test_threads_that_were_never_asked_for_were_not_started():
    done = run(abs, range(2), "threads", 8)
    started = [life for life in done.lives if life.asked]
    assert len(done.lives) == 8 and 1 <= len(started) <= 2 and done.size == len(started)
    assert all(life.ready for life in started)


def test_a_process_that_has_done_its_share_is_gone():
    done = run(troublemakers.compute, [0.0, 0.2], "processes", 2)
    assert all(life.asked < life.ready < life.gone for life in done.lives)
    assert done.lives[0].gone < done.ended


@every_process_way
def test_start_up_is_the_average_until_a_worker_is_up(how):
    done = run(troublemakers.double, range(4), how, 2)
    ups = [life.ready - done.began for life in done.lives if life.ready]
    if len(ups) == done.size:  # else one was up only after the end, which counts until then
        assert done.start_up == pytest.approx(sum(min(up, done.makespan) for up in ups) / len(ups))


@pytest.mark.parametrize(("number", "counted"), [(1, 1), (3, 3), (4, 0)])
def test_each_worker_has_a_number_of_its_own_and_a_replacement_for_a_dead_one_has_none(number, counted):
    log = Log(1, 3)
    context = WatchedContext(worker=abs, log=log)
    with context.no_process_left():
        for _ in range(number):
            process = context.Process(target=time.sleep, args=(0,))
            process.start()
            process.join(60)  # the number of one that has ended is not given away again
        assert [bool(asked) for asked in log.asked].count(True) == min(number, 3)
        assert process.exitcode == 0 and bool(counted) == (log.ready[number - 1] > 0 if number <= 3 else False)


# --- What a task raises ---


@every_way
def test_what_a_task_raises_reaches_the_caller_with_its_task(how):
    with pytest.raises(KeyError, match="5") as caught:
        run(troublemakers.fail, [5], how, 2)
    assert caught.value.__notes__ == ["This happened in task 1."]


@every_way
def test_the_cause_of_what_a_task_raises_is_told_too(how):
    with pytest.raises(ValueError, match="the second") as caught:
        run(troublemakers.fail_because_of_another, [5], how, 2)
    assert not caught.value.__suppress_context__ or caught.value.__cause__
    assert "the first" in str(caught.value.__cause__)  # itself, or the text of a traceback from another process


@every_process_way
def test_an_exception_that_does_not_unpickle_is_told_of(how):
    with pytest.raises(RuntimeError, match="NeedsTwoArguments: 5 and 5"):
        run(troublemakers.fail_beyond_pickling, [5], how, 2)


@every_process_way
def test_a_result_that_does_not_pickle_is_told_with_its_task(how):
    with pytest.raises(TypeError, match="The result of task 2 can't be sent home, since it can't be pickled"):
        run(troublemakers.return_beyond_pickling_at, [0, 1], how, 1)


@pytest.mark.parametrize(("how", "start_method"), [("pool", None), ("executor", None), ("processes", "spawn")])
def test_an_item_that_does_not_pickle_is_named(how, start_method):
    with pytest.raises(TypeError, match=r"Item 3 can't be sent to a worker process.*cannot pickle '_thread.lock'"):
        run(troublemakers.echo, [1, 2, threading.Lock(), 4], how, 2, start_method=start_method)


@pytest.mark.parametrize("how", ["processes", "pool", "executor"])
def test_a_worker_that_does_not_pickle_is_told_of(how):
    with pytest.raises(TypeError, match="The worker can't be sent to a worker process"):
        run(partial(troublemakers.echo, threading.Lock()), [1], how, 2, start_method="spawn")


# --- Workers that end before their task is done ---

WAYS_TO_END = {
    "exit": "was ended by SystemExit: 0",
    "os_exit": "ended with exit code 0",
    "die": r"was killed by (SIGKILL|SIGTERM)|died with exit code",
}


@every_start_method
@every_process_way
@pytest.mark.parametrize("ending", WAYS_TO_END)
def test_a_worker_that_ends_in_a_task_is_an_error_that_names_it_and_the_next_run_works(ending, how, start_method):
    items = [(number, ending) for number in range(1, 5)]
    message = rf"^Worker \d \(PID \d+\) ({WAYS_TO_END[ending]}) in task 2, before the task was done"
    with pytest.raises(WorkerEnded, match=message):
        run(troublemakers.end_in_task_2, items, how, 2, start_method=start_method)
    assert run(troublemakers.double, [1], how, 2, start_method=start_method).results == [2]


@pytest.mark.parametrize("how", ["serial", "threads"])
def test_sys_exit_in_this_process_is_an_error_too(how):
    with pytest.raises(WorkerEnded, match=r"^Worker \d \(PID \d+\) was ended by SystemExit: 0 in task 2"):
        run(troublemakers.end_in_task_2, [(number, "exit") for number in range(1, 5)], how, 2)


@every_process_way
def test_the_error_comes_within_a_second(how):
    """From the worker's end on: an hour of other work does not hold it up. Ten seconds are given to a busy machine."""
    began = time.monotonic()
    with pytest.raises(WorkerEnded):
        run(troublemakers.end_in_task_2, [(number, "os_exit_or_sleep") for number in range(1, 3)], how, 2)
    assert time.monotonic() - began < 10


@posix
@every_process_way
def test_a_worker_that_is_killed_while_it_sends_is_told_of(how):
    """In a process of its own: what is left of the executor could hold up the end of this one."""
    program = f"""
import sys
sys.path.insert(0, {str(Path(troublemakers.__file__).parent)!r})
import troublemakers
from helpers.runs import run
try:
    run(troublemakers.be_killed_while_sending, [1, 2, 3], {how!r}, 1)
except RuntimeError as error:
    print(error, flush=True)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "was killed by SIGKILL before the result of task 1 was home" in ran.stdout, ran.stdout + ran.stderr


@posix
@every_process_way
def test_a_worker_that_sigterm_ended_is_among_those_to_blame(how):
    """In an executor all end so, and in a pool the one that replaces it ends too."""
    with pytest.raises(WorkerEnded, match="was killed by SIGTERM in task 2"):
        run(troublemakers.end_in_task_2, [(number, "sigterm") for number in range(1, 3)], how, 2)


@pytest.mark.parametrize(
    ("exitcode", "words"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (None, "ended, and nobody knows how"),
        pytest.param(-9, "was killed by SIGKILL", marks=posix),
        (-40, "was killed by signal 40"),
        (-1000, "was killed by signal 1000"),
    ],
)
def test_how_a_process_ended_in_words(exitcode, words):
    assert how_it_ended(exitcode) == words


def test_where_a_worker_ended_in_words():
    log = Log(4, 2)
    assert where_it_ended(log, 1, ()) == "before its first task"
    for task in (0, 2):
        log.worker[task], log.start[task], log.end[task] = 1, 1.0, 2.0
    assert where_it_ended(log, 1, {0, 2}) == "between two tasks"
    assert where_it_ended(log, 1, {0}) == "before the result of task 3 was home"
    log.worker[3], log.start[3] = 1, 3.0
    assert where_it_ended(log, 1, {0}) == "in task 4, before the task was done"
    assert where_it_ended(log, 2, {0}) == "before its first task"


# --- The time limit ---


@every_way
def test_what_never_ends_is_given_up(how):
    if how == "serial" and not hasattr(signal, "setitimer"):
        pytest.skip("this system can't interrupt a task")
    troublemakers.told.clear()
    with pytest.raises(TimeoutError, match="longer than its time limit of 1 s"):
        run(troublemakers.sleep_an_hour_or_until_told, range(4), how, 2, time_limit=1.0)
    troublemakers.told.set()  # threads can't be ended


@pytest.mark.parametrize("how", ["serial", "threads"])
def test_off_the_main_thread_a_run_is_given_up_after_its_current_task(how):
    caught = []

    def run_here():
        try:
            run(time.sleep, [0.2] * 10, how, 1, time_limit=0.1)
        except TimeoutError as error:
            caught.append(error)

    thread = threading.Thread(target=run_here)
    thread.start()
    thread.join(60)
    assert len(caught) == 1


def test_the_alarm_of_a_serial_run_is_taken_back():
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no such alarm")
    before = signal.getsignal(signal.SIGALRM)
    run(abs, [1], "serial", time_limit=60)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0) and signal.getsignal(signal.SIGALRM) == before


def test_there_is_one_time_limit():
    assert TIME_LIMIT == run.__defaults__[-1] == run_logged.__defaults__[-1] == WatchedContext.__init__.__defaults__[1]


# --- Bad input ---


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"workers": 0}, ValueError, "workers must be at least 1, not 0"),
        ({"workers": "4"}, TypeError, "workers must be a whole number such as 4, not '4'"),
        ({"workers": True}, TypeError, "whole number"),
        ({"chunksize": 0}, ValueError, "chunksize must be at least 1"),
        ({"how": "quickly"}, ValueError, "Use one of 'serial', 'threads', 'processes', 'pool', 'executor'"),
        ({"start_method": "teleport"}, ValueError, "start_method='teleport' is not known here. Use one of"),
        ({"worker": lambda number: number}, TypeError, r"a \.py file"),
        ({"worker": partial(lambda number: number)}, TypeError, r"a \.py file"),
        ({"worker": 7}, TypeError, "must be a function"),
    ],
)
def test_bad_input_is_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        run(**{"worker": troublemakers.double, "items": [1], **wrong})


def test_a_worker_from_a_notebook_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(troublemakers.double, "__module__", "__main__")
    with pytest.raises(TypeError, match="%%writefile my_workers.py"):
        run(troublemakers.double, [1])


# --- Recording a call of one's own ---


@every_start_method
def test_recording_keeps_what_the_real_call_did(start_method):
    context = multiprocessing.get_context(start_method)
    with recording("Pool(2)") as recorded, context.Pool(2) as pool:
        recorded.spans = pool.map(timed(troublemakers.double), range(5))
    assert recorded.results == [0, 2, 4, 6, 8]
    assert recorded.began < min(span.start for span in recorded.spans)
    assert max(span.end for span in recorded.spans) < recorded.ended
    assert all(recorded.began < span.up < span.start for span in recorded.spans)
    assert 0 < recorded.start_up < recorded.makespan


def test_workers_that_were_up_before_the_recording_need_no_start_up():
    with multiprocessing.Pool(2) as pool:
        pool.map(timed(troublemakers.double), range(2))
        with recording("later") as recorded:
            recorded.spans = pool.map(timed(troublemakers.double), range(5))
    assert recorded.start_up == 0


def test_workers_of_a_run_recorded_by_hand_stand_in_the_order_of_their_first_tasks():
    spans = [Span(2, 2, 0.0, 5.0, 6.0, 1.0, "b"), Span(1, 1, 0.0, 1.0, 2.0, 1.0, "a")]
    by_hand = Run("by hand", spans, 0.0, 7.0)
    assert by_hand.lives == [Life(1, 1, 0.0, 0.0, 0.0), Life(2, 2, 0.0, 0.0, 0.0)]
    assert by_hand.worker_of_task == [2, 1]
