"""`run` runs a worker over items in every way, and leaves nothing behind."""

import errno
import importlib
import multiprocessing
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from inspect import signature
from pathlib import Path
from types import SimpleNamespace

import pytest
import troublemakers
from thorough import combined

from helpers.machine import start_methods
from helpers.running.inside import Lifeline, Span
from helpers.running.log import Life, Log
from helpers.running.supervise import TIME_LIMIT, WatchedContext, explain_no_space, how_it_ended, where_it_ended
from helpers.running.ways import METHODS, WAYS
from helpers.runs import Run, WorkerEnded, recording, run, run_logged, timed

# here each method of a pool is a way of its own
PROCESS_WAYS = ["processes", *(f"pool.{method}" for method in METHODS), "executor", "asyncio", "joblib"]
THREAD_WAYS = [how for how in ("threads", "thread_executor", "interpreters") if how in WAYS]
PARALLEL_WAYS = [*THREAD_WAYS, *PROCESS_WAYS]

every_way = pytest.mark.parametrize("how", ["serial", *PARALLEL_WAYS])
every_parallel_way = pytest.mark.parametrize("how", PARALLEL_WAYS)
every_process_way = pytest.mark.parametrize("how", PROCESS_WAYS)
every_start_method = pytest.mark.parametrize("start_method", start_methods())
posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")


def run_by(how, worker, items, *args, **options):
    """Do what `run` does in one of these ways."""
    how, _, method = how.partition(".")
    return run(worker, items, how, *args, **options, **({"method": method} if method else {}))


@every_start_method
@every_way
def test_results_stand_in_the_order_of_the_items(how, start_method):
    assert run_by(how, troublemakers.double, range(7), 3, start_method=start_method).results == [0, 2, 4, 6, 8, 10, 12]


@every_way
def test_no_items_is_no_results(how):
    assert run_by(how, troublemakers.double, [], 2).results == []


@every_process_way
def test_chunks_change_no_result(how):
    assert run_by(how, troublemakers.double, range(10), 2, chunksize=4).results == list(range(0, 20, 2))


@every_start_method
@every_parallel_way
def test_workers_run_at_the_same_time(how, start_method, tmp_path):
    names = ["a", "b", "c"]
    items = [(str(tmp_path), name, names) for name in names]
    met = run_by(how, troublemakers.meet, items, 3, start_method=start_method)
    assert met.results == names
    assert len(met.workers) == 3


@every_process_way
def test_processes_are_neither_this_one_nor_more_than_asked_for_and_spans_name_them(how):
    done = run_by(how, troublemakers.process_id, range(12), 2)
    assert os.getpid() not in done.results
    assert len(set(done.results)) <= 2
    assert [span.process for span in done.spans] == done.results


@every_start_method
def test_processes_are_started_with_the_method_that_was_asked_for(start_method):
    kinds = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}
    assert run(troublemakers.kind_of_process, [0], "processes", 1, start_method=start_method).results == [
        kinds[start_method]
    ]


@pytest.mark.parametrize("how", ["serial", *THREAD_WAYS])
def test_serial_and_threads_stay_in_this_process(how):
    assert set(run_by(how, troublemakers.process_id, range(4), 2).results) == {os.getpid()}


@every_way
def test_spans_lie_within_the_run_and_a_worker_does_one_task_at_a_time(how):
    done = run_by(how, troublemakers.double, range(20), 3)
    for spans in done.workers:
        moments = [moment for span in spans for moment in (span.start, span.end)]
        assert moments == sorted(moments)
        assert all(done.began <= moment <= done.ended for moment in moments)
    assert sum(map(len, done.workers)) == 20
    assert done.makespan == done.ended - done.began


@every_way
def test_a_task_that_computes_has_processor_time_and_one_that_waits_has_none(how):
    computed = run_by(how, troublemakers.compute, [0.1] * 2, 1)
    for span in computed.spans:
        assert 0.1 <= span.computing <= span.end - span.start
    waited = run_by(how, time.sleep, [0.1] * 2, 1)
    assert waited.time_in_tasks >= 0.2
    assert waited.computing < 0.05


def test_worker_of_task_tells_in_whose_spans_a_task_is():
    done = run(troublemakers.double, range(20), "pool", 2)
    assert all(span in done.workers[number - 1] for span, number in zip(done.spans, done.worker_of_task))


def test_a_worker_without_a_task_is_there_with_no_spans():
    done = run(troublemakers.double, [1], "processes", 3)
    assert sorted(map(len, done.workers)) == [0, 0, 1]
    assert done.size == 3


def test_processes_that_were_never_asked_for_were_not_started():
    done = run(abs, range(2), "executor", 4, start_method="spawn")  # under fork an executor starts all at once
    started = [life for life in done.lives if life.asked]
    assert len(done.lives) == 4 and 1 <= len(started) <= 2 and done.size == len(started)
    assert any(life.ready for life in started)


def test_a_process_that_has_done_its_share_is_gone():
    done = run(troublemakers.compute, [0.0, 0.2], "processes", 2)
    assert all(life.asked < life.ready < life.gone for life in done.lives)
    assert done.lives[0].gone < done.ended


@pytest.mark.parametrize(
    ("ups", "start_up"),
    [([10.25, 10.75], 0.5), ([10.25, 0.0], 2.125), ([10.25, 15.0], 2.125), ([10.25], 0.25)],
    ids=["both are up", "one is never up", "one is up after the end", "one"],
)
def test_start_up_is_the_average_until_a_worker_is_up(ups, start_up):
    lives = [Life(number, 1, 10.1, up, 0.0) for number, up in enumerate(ups, start=1)]
    assert Run("made", [], 10.0, 14.0, lives).start_up == pytest.approx(start_up)


@pytest.mark.parametrize(("number", "counted"), [(1, 1), (3, 3), (4, 0)])
def test_each_worker_has_a_number_of_its_own_and_a_replacement_for_a_dead_one_has_none(number, counted):
    log = Log(1, 3)
    context = WatchedContext(worker=abs, log=log)
    with context.no_process_left():
        for _ in range(number):
            process = context.Process(target=time.sleep, args=(0,))
            process.start()
            process.join(60)  # the number of a worker that has ended is not used again
        assert [bool(asked) for asked in log.asked].count(True) == min(number, 3)
        assert process.exitcode == 0 and bool(counted) == (log.ready[number - 1] > 0 if number <= 3 else False)


# --- The methods of a pool ---


@pytest.mark.parametrize(("method", "calls"), [("map", 1), ("imap", 1), ("imap_unordered", 1), ("apply_async", 6)])
def test_the_method_is_the_pool_s_own(method, calls, monkeypatch):
    called = []
    for name in ("map_async", "imap", "imap_unordered", "apply_async"):
        original = getattr(multiprocessing.pool.Pool, name)

        def noted(*args, name=name, original=original):
            called.append({"map_async": "map"}.get(name, name))
            return original(*args)

        monkeypatch.setattr(multiprocessing.pool.Pool, name, noted)
    assert run(troublemakers.double, range(6), "pool", 2, method=method).results == list(range(0, 12, 2))
    assert called == [method] * calls


def homecoming(method, chunksize, waits):
    """Return the `Log` of a run of six tasks.

    waits  task → (column, other tasks): the task waits until the log's column has an entry for each of the others
    """
    log = Log(6, 2)
    items = [waits.get(task, ("end", [])) for task in range(6)]
    run_logged(troublemakers.wait_for_log, items, log, "pool", chunksize, time_limit=60, method=method)
    return log


in_chunks = pytest.mark.parametrize("chunksize", [1, 2])


@in_chunks
@pytest.mark.parametrize("method", ["map", "imap", "apply_async"])
def test_results_come_home_in_order_even_if_the_first_task_ends_last(method, chunksize):
    log = homecoming(method, chunksize, {0: ("end", [2, 3, 4, 5])})
    assert list(log.home) == sorted(log.home) and log.home[0] > max(log.end[2:])


@in_chunks
def test_imap_unordered_brings_results_home_as_they_are_done(chunksize):
    log = homecoming("imap_unordered", chunksize, {0: ("home", [2, 3, 4, 5])})
    assert log.home[0] > log.end[0] > max(log.home[2:])


@in_chunks
@pytest.mark.parametrize("method", ["imap", "imap_unordered", "apply_async"])
def test_the_first_result_is_home_while_the_last_task_goes_on(method, chunksize):
    log = homecoming(method, chunksize, {5: ("home", [0])})
    assert log.home[0] < log.end[5]


def test_results_that_come_home_in_another_order_stand_in_that_of_the_items():
    items = [("home", [1]), ("end", [])]  # the first task waits until the result of the second is home
    done = run(troublemakers.wait_for_log, items, "pool", 2, time_limit=60, method="imap_unordered")
    assert done.results == items


@in_chunks
def test_map_brings_all_results_home_at_the_end(chunksize):
    log = homecoming("map", chunksize, {5: ("end", [0, 1, 2, 3])})
    assert min(log.home) > max(log.end)


@every_way
def test_each_result_is_home_after_its_task_and_the_last_ends_the_run(how):
    way, _, method = how.partition(".")
    log = Log(12, 1 if how == "serial" else 2)
    run_logged(troublemakers.double, range(12), log, way, method=method or "map")
    assert all(log.began < end < home <= log.ended for end, home in zip(log.end, log.home))
    assert max(log.home) == log.ended


# --- What a task raises ---


@every_way
def test_what_a_task_raises_reaches_the_caller_with_its_task(how):
    with pytest.raises(KeyError, match="5") as caught:
        run_by(how, troublemakers.fail, [5], 2)
    assert caught.value.__notes__ == ["This happened in task 1."]


@every_way
def test_the_cause_of_what_a_task_raises_is_told_too(how):
    with pytest.raises(ValueError, match="the second") as caught:
        run_by(how, troublemakers.fail_because_of_another, [5], 2)
    assert not caught.value.__suppress_context__ or caught.value.__cause__
    assert "the first" in str(caught.value.__cause__)  # itself, or a traceback's text from another process


@every_process_way
def test_an_exception_that_does_not_unpickle_is_told_of(how):
    with pytest.raises(RuntimeError, match="NeedsTwoArguments: 5 and 5"):
        run_by(how, troublemakers.fail_beyond_pickling, [5], 2)


@pytest.mark.parametrize("how", [how for how in PROCESS_WAYS if how != "joblib"])  # which pickles even a lambda
def test_a_result_that_does_not_pickle_is_told_with_its_task(how):
    with pytest.raises(TypeError, match="The result of task 2 can't be sent to the parent, since it can't be") as told:
        run_by(how, troublemakers.return_beyond_pickling_at, [0, 1], 1)
    assert str(told.value).count("can't be sent to the parent") == 1


@pytest.mark.parametrize("how", ["pool.map", "pool.imap", "pool.imap_unordered"])
def test_of_a_chunk_with_a_result_that_does_not_pickle_all_tasks_are_named_and_no_others(how):
    with pytest.raises(TypeError, match="The result of task 1 or 2 or 3 can't be sent to the parent"):
        run_by(how, troublemakers.return_beyond_pickling_at, [0, 1, 2, 3, 4], 1, chunksize=3)


@every_way
@pytest.mark.parametrize("error", [multiprocessing.TimeoutError, TimeoutError])
def test_a_task_s_own_time_out_is_not_taken_for_the_pool_s(error, how):
    with pytest.raises(error, match="of the task") as caught:
        run_by(how, troublemakers.raise_it, [error("of the task"), error("of the task")], 2)
    assert caught.value.__notes__ in (["This happened in task 1."], ["This happened in task 2."])


@every_way
def test_a_task_s_stop_iteration_is_told_of_and_ends_no_loop(how):
    with pytest.raises(RuntimeError, match="^StopIteration: of the task") as caught:
        run_by(how, troublemakers.raise_it, [StopIteration("of the task")], 2)
    assert caught.value.__notes__ == ["This happened in task 1."]


@pytest.mark.parametrize(
    ("how", "start_method"),
    [*((how, "spawn" if how == "processes" else None) for how in PROCESS_WAYS)],
)
def test_an_item_that_does_not_pickle_is_named(how, start_method):
    with pytest.raises(TypeError, match=r"Item 3 can't be sent to a worker process.*cannot pickle '_thread.lock'"):
        run_by(how, troublemakers.echo, [1, 2, threading.Lock(), 4], 2, start_method=start_method)


@every_process_way
def test_a_worker_that_does_not_pickle_is_told_of(how):
    with pytest.raises(TypeError, match="The worker can't be sent to a worker process"):
        run_by(how, partial(troublemakers.echo, threading.Lock()), [1], 2, start_method="spawn")


# --- Workers that end before their task is done ---

WAYS_TO_END = {
    "exit": "was ended by SystemExit: 0",
    "os_exit": "ended with exit code 0",
    "die": r"was killed by (SIGKILL|SIGTERM)|died with exit code",
}


@pytest.mark.parametrize(("ending", "how", "start_method"), combined(list(WAYS_TO_END), PROCESS_WAYS, start_methods()))
def test_a_worker_that_ends_in_a_task_is_an_error_that_names_it_and_the_next_run_works(ending, how, start_method):
    items = [(number, ending) for number in range(1, 5)]
    first = "" if how == "joblib" and ending == "die" else "^"  # joblib kills the other, which is to blame as well
    message = rf"{first}Worker \d \(PID \d+\) ({WAYS_TO_END[ending]}) in task 2, before the task was done"
    with pytest.raises(WorkerEnded, match=message) as caught:
        run_by(how, troublemakers.end_in_task_2, items, 2, start_method=start_method)
    assert caught.value.workers == named(caught.value)
    assert run_by(how, troublemakers.double, [1], 2, start_method=start_method).results == [2]


@pytest.mark.parametrize("how", ["serial", *THREAD_WAYS])
def test_sys_exit_in_this_process_is_an_error_too(how):
    with pytest.raises(WorkerEnded, match=r"^Worker \d \(PID \d+\) was ended by SystemExit: 0 in task 2") as caught:
        run_by(how, troublemakers.end_in_task_2, [(number, "exit") for number in range(1, 5)], 2)
    assert caught.value.workers == named(caught.value)


def named(error):
    """Return the numbers of the workers that an error names."""
    return tuple(int(number) for number in re.findall(r"Worker (\d+)", str(error)))


@pytest.mark.parametrize("workers", [(), (2,), [1, 3]])
def test_who_ended_travels_with_the_error(workers):
    error = pickle.loads(pickle.dumps(WorkerEnded("in words", workers)))
    assert str(error) == "in words" and error.workers == tuple(workers)


@every_process_way
def test_the_error_comes_within_a_second(how):
    """It counts from the worker's end: an hour of other work doesn't delay it. Ten seconds allow for a busy machine."""
    began = time.monotonic()
    with pytest.raises(WorkerEnded):
        run_by(how, troublemakers.end_in_task_2, [(number, "os_exit_or_sleep") for number in range(1, 3)], 2)
    assert time.monotonic() - began < 10


def test_a_worker_that_ends_while_the_next_one_is_started_is_told_of(monkeypatch):
    """On Python 3.11 an executor then closes the queue that the next one is to be given."""
    start = ProcessPoolExecutor._spawn_process

    def start_late(executor):
        if executor._processes:
            [first] = executor._processes.values()
            first.join()
            deadline = time.monotonic() + 1  # others keep the queue open
            while not executor._call_queue._reader.closed and time.monotonic() < deadline:
                time.sleep(0.01)
        start(executor)

    monkeypatch.setattr(ProcessPoolExecutor, "_spawn_process", start_late)
    with pytest.raises(WorkerEnded, match=r"Worker 1 .* was killed by SIGKILL in task 1"):
        run(troublemakers.die, [1, 2], "executor", 2, start_method="spawn")


@posix
@every_process_way
def test_a_worker_that_is_killed_while_it_sends_is_told_of(how):
    """It runs in a process of its own, since what is left of the executor could delay this one's end."""
    way, _, method = how.partition(".")
    program = f"""
import sys
sys.path.insert(0, {str(Path(troublemakers.__file__).parent)!r})
import troublemakers
from helpers.runs import run
try:
    run(troublemakers.be_killed_while_sending, [1, 2, 3], {way!r}, 1, method={method or "map"!r})
except RuntimeError as error:
    print(error, flush=True)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "was killed by SIGKILL before the result of task 1 arrived" in ran.stdout, ran.stdout + ran.stderr


@posix
@every_process_way
def test_a_worker_that_sigterm_ended_is_among_those_to_blame(how):
    """In an executor all workers end this way. In a pool, the worker that replaces it ends too."""
    with pytest.raises(WorkerEnded, match="was killed by SIGTERM in task 2") as caught:
        run_by(how, troublemakers.end_in_task_2, [(number, "sigterm") for number in range(1, 3)], 2)
    assert caught.value.workers == named(caught.value) != ()


@pytest.mark.parametrize(
    ("exitcode", "words"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (None, "ended for an unknown reason"),
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
    assert where_it_ended(log, 1, {0}) == "before the result of task 3 arrived"
    log.worker[3], log.start[3] = 1, 3.0
    assert where_it_ended(log, 1, {0}) == "in task 4, before the task was done"
    assert where_it_ended(log, 2, {0}) == "before its first task"


# --- Shared memory that is full ---

FILL_IT = """
import errno, sys
from pathlib import Path
import helpers.runs  # before the memory is full
from helpers.running.log import Log
from helpers.runs import run, run_logged

log = Log(1, 2)
room = Path("/dev/shm/in the way")
with room.open("wb", buffering=0) as file:
    try:
        while True:
            file.write(bytes(4096))
    except OSError:
        pass
for call in (lambda: run(abs, [1], "pool", 2), lambda: run_logged(abs, [1], log, "executor")):
    try:
        call()
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
        print(error.strerror)
room.unlink()
print(run(abs, [-1], "pool", 2).results)
"""


def test_shared_memory_that_is_full_is_told_of_with_what_helps():
    """It runs in a mount namespace of its own, with one megabyte of shared memory."""
    private = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = "mount -t tmpfs -o size=1m none /dev/shm"
    if not shutil.which("unshare") or subprocess.run([*private, mount], capture_output=True).returncode:
        pytest.skip("this system makes no shared memory for a test alone")
    ran = subprocess.run(
        [*private, f'{mount} && exec "$0" "$@"', sys.executable, "-c", FILL_IT],
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = (
        "The shared memory of this machine is full (/dev/shm: 1 MB, 0 MB free), so Python could not make the locks "
        "and the memory that processes share. Delete leftover files there or, in Docker, start the container with "
        "--shm-size=1g."
    )
    assert ran.stdout.splitlines() == [told, told, "[1]"], ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "on a disk"), OSError(errno.EMFILE, "too many files"), ValueError("of a task")]
)
def test_of_shared_memory_that_is_not_full_nothing_is_said(error):
    assert explain_no_space(error) is None


@posix
@every_way
def test_a_task_that_finds_no_space_itself_is_not_explained_away(how, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=2**20, free=0))
    with pytest.raises(OSError, match="on a disk"):
        run_by(how, troublemakers.raise_it, [OSError(errno.ENOSPC, "on a disk")], 1)


# --- The time limit ---


@every_way
def test_what_never_ends_is_given_up(how):
    if how == "serial" and not hasattr(signal, "setitimer"):
        pytest.skip("this system can't interrupt a task")
    troublemakers.told.clear()
    with pytest.raises(TimeoutError, match="longer than its time limit of 1 s"):
        run_by(how, troublemakers.sleep_an_hour_or_until_told, range(4), 2, time_limit=1.0)
    troublemakers.told.set()  # lets the threads end, which can't be killed


@posix
def test_a_run_that_is_given_up_ends_its_processes_itself(monkeypatch):
    """On Linux, they would also end once the run lets go of their lifeline."""
    monkeypatch.setattr(Lifeline, "hold", lambda lifeline: None)
    with pytest.raises(TimeoutError):  # under fork, processes have what is patched here
        run(time.sleep, [3600] * 4, "processes", 2, time_limit=1.0, start_method="fork")


@pytest.mark.parametrize("how", ["serial", "threads"])
def test_off_the_main_thread_a_run_is_given_up_after_its_current_task(how):
    caught = []

    def run_here():
        try:
            run_by(how, time.sleep, [0.2] * 10, 1, time_limit=0.1)
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
    defaults = [signature(call).parameters["time_limit"].default for call in (run, run_logged, WatchedContext)]
    assert defaults == [TIME_LIMIT] * 3


# --- Bad input ---


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"workers": 0}, ValueError, "workers must be at least 1, not 0"),
        ({"workers": "4"}, TypeError, "workers must be a whole number such as 4, not '4'"),
        ({"workers": True}, TypeError, "whole number"),
        ({"chunksize": 0}, ValueError, "chunksize must be at least 1"),
        ({"how": "quickly"}, ValueError, "Use one of 'serial', 'threads', 'processes', 'pool', 'executor'"),
        ({"method": "starmap"}, ValueError, "Use one of 'map', 'imap', 'imap_unordered', 'apply_async'"),
        ({"how": "serial", "method": "starmap"}, ValueError, "method='starmap' is not known"),
        ({"start_method": "teleport"}, ValueError, "start_method='teleport' is not known here. Use one of"),
        ({"worker": lambda number: number}, TypeError, r"a \.py file"),
        ({"worker": partial(lambda number: number)}, TypeError, r"a \.py file"),
        ({"worker": 7}, TypeError, "must be a function"),
        ({"worker": 7, "how": "serial"}, TypeError, "must be a function"),
    ],
)
def test_bad_input_is_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        run(**{"worker": troublemakers.double, "items": [1], **wrong})


@every_process_way
def test_a_worker_from_a_notebook_is_refused_with_advice(how, monkeypatch):
    monkeypatch.setattr(troublemakers.double, "__module__", "__main__")
    with pytest.raises(TypeError, match="%%writefile my_workers.py"):
        run_by(how, troublemakers.double, [1])


@pytest.mark.parametrize("how", ["serial", "threads", "thread_executor"])
def test_a_function_of_the_notebook_runs_where_no_other_process_needs_it(how):
    assert run(lambda number: 2 * number, [1, 2], how, 2).results == [2, 4]
    with pytest.raises(ZeroDivisionError):
        run(lambda number: 1 / number, [0], how, 2)


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """Write a module of that text, import it and return it. It is forgotten at the end."""
    monkeypatch.syspath_prepend(tmp_path)

    def write_and_import(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        return importlib.import_module(name)

    yield write_and_import
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


PRICE = """\
TAX = 1
hours_sold = 0

def taxed(price, discount=0):
    return price + TAX - discount

def price(hours):
    global hours_sold
    hours_sold += hours
    return taxed(2 * hours)
"""


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (PRICE.replace("2 * hours", "100 * hours"), "price"),
        (PRICE.replace("price + TAX", "price + 2 * TAX"), "taxed"),  # which price calls
        (PRICE.replace("price(hours)", "cost(hours)"), "price"),
        (PRICE.replace("TAX = 1", "TAX = 2"), "TAX"),
        (PRICE.replace("discount=0", "discount=1"), "taxed"),
        (PRICE.replace("def", "# a comment\ndef") + "\ndef other():\n    pass\n", None),
        (PRICE.replace("TAX = 1", "TAX = 1  # for now\nOTHER = 2"), None),
        (PRICE + "def half a function", None),  # nobody knows what it will be
    ],
)
def test_a_module_that_changed_after_its_import_is_told_of(now, changed, own_module):
    module = own_module("tariff_that_changes", PRICE)
    assert run(module.price, [1], "serial").results == [3]
    Path(module.__file__).write_text(now)
    os.utime(module.__file__, (later := time.time() + 5, later))  # Python looks at whole seconds only
    if changed is None:
        assert run(module.price, [1], "serial").results == [3]
        return
    for worker in (module.price, partial(module.price)):
        with pytest.raises(ValueError) as refused:
            run(worker, [1], "pool", 1)
        said, to_paste = str(refused.value).split("\n\n")
        assert f"tariff_that_changes.py has changed since it was imported: {changed} is not what it was" in said
        assert to_paste.endswith("from tariff_that_changes import price")
    exec(to_paste)
    if changed != "price":
        assert run(module.price, [1], "pool", 1).results != [3]


def test_a_value_that_was_changed_here_is_no_change_of_an_old_file(own_module):
    module = own_module("tariff_of_old", PRICE)
    os.utime(module.__file__, (1e9, 1e9))
    module.TAX = 2
    assert run(module.price, [1], "serial").results == [4]


def test_a_module_that_was_read_again_runs(own_module):
    module = own_module("tariff_read_again", PRICE)
    Path(module.__file__).write_text(PRICE.replace("2 * hours", "1000 * hours"))
    importlib.reload(module)
    assert run(module.price, [1], "pool", 1).results == [1001]


# --- Recording a call of one's own ---


@pytest.mark.parametrize(("worker", "computes"), [(troublemakers.compute, True), (time.sleep, False)])
def test_a_task_that_is_timed_is_as_long_as_it_took(worker, computes):
    span = timed(worker)(0.1)
    assert span.end - span.start >= 0.1
    assert (span.computing >= 0.1) == computes


def test_a_result_that_does_not_pickle_is_told_of_by_a_recording_too():
    with (
        pytest.raises(TypeError, match="^A result can't be sent to the parent, since it can't be pickled: .*lambda"),
        recording("Pool(1)") as recorded,
        multiprocessing.Pool(1) as pool,
    ):
        recorded.spans = pool.map(timed(troublemakers.return_beyond_pickling), [0])


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
