"""Whatever a worker does, and whatever is killed or suspended, a run ends in a clear message and leaves nothing."""

import importlib
import itertools
import multiprocessing
import multiprocessing.util
import os
import signal
import subprocess
import sys
import threading
import time
from functools import cache
from multiprocessing import forkserver
from pathlib import Path

import leftovers
import psutil
import pytest
import troublemakers

from helpers.panels import Panel
from helpers.running.families import lives, wait_for_end
from helpers.runs import WorkerEnded, run
from helpers.timelines import timeline

TIME_LIMIT = 60  # seconds
TESTS = itertools.count()
ORPHANS_LIVE = 5  # seconds, at most, after the process that started them was killed

pytestmark = pytest.mark.timeout(2 * TIME_LIMIT)
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process that holds its GIL")
posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals and groups")
every_way = pytest.mark.parametrize("how", ["processes", "pool", "executor", "asyncio", "joblib"])
some_ways = pytest.mark.parametrize("how", ["processes", "pool", "executor"])


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """Fail if a test leaves a process, or something in shared memory that nobody uses."""
    prefix = f"mp-{os.getpid()}-{next(TESTS)}"  # of the semaphores of this process and of those below it
    monkeypatch.setitem(multiprocessing.current_process()._config, "semprefix", f"/{prefix}")
    own = [f"sem.{prefix}-*", f"sem.loky-{os.getpid()}-*", f"pym-{os.getpid()}-*", "psm_*"]
    before = leftovers.names(*own)
    yield
    assert multiprocessing.active_children() == []
    give_up = time.monotonic() + TIME_LIMIT
    while left := leftovers.unused(leftovers.names(*own) - before):
        assert time.monotonic() < give_up, left
        time.sleep(0.05)


def processes_in(folder, count):
    """Wait until files named after so many PIDs are in the folder. Return the processes, which may have ended."""
    give_up = time.monotonic() + TIME_LIMIT
    while len(pids := [int(path.name) for path in folder.glob("[0-9]*")]) < count:
        assert time.monotonic() < give_up, pids
        time.sleep(0.01)
    return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]


def works_again(how, **options):
    """Return whether the next run works."""
    return run(troublemakers.double, [1, 2, 3], how, 2, **options).results == [2, 4, 6]


# --- Who is killed ---


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="there is no fork server here")
@some_ways
def test_if_the_fork_server_is_killed_the_run_says_so_and_its_workers_end(how, tmp_path):
    workers = []

    def kill_the_server():
        workers.extend(processes_in(tmp_path, 2))
        os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)

    killing = threading.Thread(target=kill_the_server)
    killing.start()
    with pytest.raises(WorkerEnded, match="The fork server, which starts the workers, was ended from outside"):
        run(troublemakers.sleep_in, [str(tmp_path)] * 2, how, 2, start_method="forkserver")
    killing.join()
    assert len(workers) == 2 and wait_for_end(workers, 0) == []
    assert works_again(how, start_method="forkserver")


KERNEL = """
import sys, troublemakers
from helpers.runs import run
_, how, start_method, work, *items = sys.argv
items = [(folder, 3600) for folder in items] if work == "start_a_child" else items
run(getattr(troublemakers, work), items, how, 2, start_method=start_method or None)
"""


def kernel(program, *arguments):
    """Start a program in place of a kernel, and return its Popen."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=Path(__file__).parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a resource tracker tells what it cleans up
    )


def family_ends_with(started, folder, count):
    """Kill a kernel once so many processes have left their PIDs, and return those that live on."""
    known = processes_in(folder, count)
    family = {*known, *psutil.Process(started.pid).children(recursive=True)}
    started.kill()
    started.wait()
    left = wait_for_end(family, ORPHANS_LIVE)
    for process in left:
        process.kill()
    return [process.cmdline() for process in left]


@posix
@pytest.mark.parametrize(
    ("how", "start_method", "work"),
    [
        pytest.param("joblib", "", "hold_the_gil", marks=linux),
        pytest.param("processes", "spawn", "hold_the_gil", marks=linux),
        pytest.param("pool", "fork", "hold_the_gil", marks=linux),
        ("executor", "forkserver", "start_a_child"),
        pytest.param("processes", "fork", "stop_itself", marks=linux),
    ],
)
def test_if_the_kernel_is_killed_no_worker_and_no_child_of_one_outlives_it_for_long(how, start_method, work, tmp_path):
    started = kernel(KERNEL, how, start_method, work, *[str(tmp_path)] * 2)
    assert family_ends_with(started, tmp_path, 2) == []


PANEL = """
import sys, troublemakers
from helpers.panels import Panel
Panel(worker=troublemakers.hold_the_gil, items=sys.argv[1:], workers=2, how="serial").run().join()
"""


@linux
def test_if_the_kernel_is_killed_the_run_of_a_panel_ends(tmp_path):
    assert family_ends_with(kernel(PANEL, str(tmp_path), str(tmp_path)), tmp_path, 1) == []


XRAY = """
import sys
from helpers.scripts import xray
xray(sys.argv[1], time_limit=3600)
"""
SCRIPT = """
import multiprocessing, os, pathlib, time

def work(_):
    (pathlib.Path(__file__).parent / str(os.getpid())).touch()
    time.sleep(3600)

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(work, range(2), chunksize=1)
"""


@linux
def test_if_the_kernel_is_killed_the_script_that_it_runs_ends_with_its_workers(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    assert family_ends_with(kernel(XRAY, str(tmp_path / "script.py")), tmp_path, 2) == []


# --- Who is suspended ---


@posix
@every_way
def test_a_run_whose_worker_is_suspended_is_given_up_and_the_next_works(how, tmp_path):
    with pytest.raises(TimeoutError, match="longer than its time limit of 1 s. Its workers were ended"):
        run(troublemakers.stop_itself, [str(tmp_path)] * 2, how, 2, time_limit=1.0)
    assert wait_for_end(processes_in(tmp_path, 0), 0) == []
    assert works_again(how)


# --- Interrupts, at any moment ---

INTERRUPTS = 25
OF_A_RUN = ("helpers", "multiprocessing", "concurrent")  # folders of the lines that count
OF_A_PICTURE = ("helpers", "matplotlib")


class Interrupter:
    """Counts the lines that Python runs in this thread, in the folders that matter, and interrupts at one of them.

    event  "line", or "call" to count only calls, which takes less time
    """

    def __init__(self, folders, at=None, event="line"):
        self.count, self._folders, self._at, self._event, self._here = 0, folders, at, event, os.getpid()

    def __call__(self, frame, event, _):
        if not lies_in(self._folders, frame.f_code.co_filename):
            return None
        if event == self._event and os.getpid() == self._here:  # a forked process has a copy
            self.count += 1
            if self.count == self._at:
                signal.raise_signal(signal.SIGINT)
        return self if self._event == "line" else None

    def __enter__(self):
        sys.settrace(self)
        return self

    def __exit__(self, *_):
        sys.settrace(None)


@cache
def lies_in(folders, path):
    return not set(folders).isdisjoint(Path(path).parts)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs processes that start quickly")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what is deleted loses an interrupt
@some_ways
def test_an_interrupt_at_any_line_of_a_run_leaves_nothing_and_the_next_run_works(how):
    def run_it():
        return run(troublemakers.double, [1, 2, 3], how, 2, start_method="fork").results

    run_it()  # now all is imported
    with Interrupter(OF_A_RUN) as counted:
        run_it()
    interrupted = 0
    for number in range(INTERRUPTS):
        try:
            with Interrupter(OF_A_RUN, at=1 + number * counted.count // INTERRUPTS):
                assert run_it() == [2, 4, 6]
        except KeyboardInterrupt:
            interrupted += 1
        give_up = time.monotonic() + TIME_LIMIT
        while left := multiprocessing.active_children():
            assert time.monotonic() < give_up, (number, left)
    assert interrupted > INTERRUPTS / 2
    assert run_it() == [2, 4, 6]


@posix
@pytest.mark.parametrize("how", ["processes", "executor"])  # a pool's processes are told of in a thread of its own
def test_an_interrupt_when_the_system_tells_that_a_process_has_ended_makes_no_one_wait_for_it(how, monkeypatch):
    wait_for = os.waitpid
    main, interrupted = threading.main_thread(), []

    def interrupted_once(pid, options):
        told = wait_for(pid, options)
        if told[0] and not interrupted and threading.current_thread() is main:
            interrupted.append(pid)
            signal.raise_signal(signal.SIGINT)
        return told

    give_up = time.monotonic() + TIME_LIMIT
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "waitpid", interrupted_once)
        while time.monotonic() < give_up:  # a thread of the executor may be the one that is told
            run(troublemakers.double, [1, 2, 3], how, 2, start_method="fork")
    assert multiprocessing.active_children() == []
    assert works_again(how)


def test_an_interrupt_in_the_middle_of_drawing_spoils_neither_the_run_nor_the_next_picture():
    made = run(troublemakers.double, [1, 2, 3], "pool", 2)

    whole = timeline(made).png()  # now all is imported
    with Interrupter(OF_A_PICTURE, event="call") as counted:
        assert timeline(made).png() == whole
    for number in range(1, 5):
        with pytest.raises(KeyboardInterrupt), Interrupter(OF_A_PICTURE, number * counted.count // 6, "call"):
            timeline(made).png()
        assert timeline(made).png() == whole


@posix
def test_an_interrupt_that_comes_when_a_pool_is_half_made_leaves_no_thread_that_starts_workers(monkeypatch):
    class Interrupting(multiprocessing.util.Finalize):
        def __init__(self, pool, callback, *args, **more):
            if callback.__name__ == "_terminate_pool":  # by now its threads run
                signal.raise_signal(signal.SIGINT)
            super().__init__(pool, callback, *args, **more)

    before = threading.active_count()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(multiprocessing.util, "Finalize", Interrupting)
        run(troublemakers.double, [1, 2, 3], "pool", 2)
    give_up = time.monotonic() + TIME_LIMIT / 4
    while threading.active_count() > before:
        assert time.monotonic() < give_up, threading.enumerate()
        time.sleep(0.01)
    assert works_again("pool")


# --- What tasks start ---


@every_way
def test_a_thread_that_a_task_leaves_running_holds_up_no_run(how):
    began = time.monotonic()
    assert run(troublemakers.start_a_thread, range(3), how, 2).results == [0, 1, 2]
    assert time.monotonic() - began < TIME_LIMIT  # and not an hour


@posix
@some_ways
def test_what_a_task_starts_ends_with_the_run(how, tmp_path):
    assert run(troublemakers.start_a_child, [(str(tmp_path), 0)] * 3, how, 2).results == [0, 0, 0]
    assert not any(map(lives, processes_in(tmp_path, 3)))


# --- A module with a mistake ---


@pytest.mark.parametrize(("how", "method"), [("pool", "spawn"), ("joblib", None), ("a panel", None)])
def test_a_module_that_has_a_mistake_by_now_is_told_of_with_its_line(how, method, tmp_path, monkeypatch, request):
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "half_written.py"
    request.addfinalizer(lambda: sys.modules.pop(file.stem))
    file.write_text("def price(hours):\n    return 2 * hours\n")
    module = importlib.import_module(file.stem)
    file.write_text(file.read_text() + "\ndef half(:\n")
    told = "half_written.py can't be imported by a worker process: there is a mistake in line 4 (invalid syntax)"
    if how == "a panel":
        panel = Panel(worker=module.price, items=[1, 2], workers=2)
        panel.run().join()
        assert told in panel.status
    else:
        with pytest.raises(SyntaxError) as refused:
            run(module.price, [1, 2], how, 2, start_method=method)
        assert told in str(refused.value)
    if "fork" in multiprocessing.get_all_start_methods():  # which has what was imported
        assert run(module.price, [1, 2], "processes", 2, start_method="fork").results == [2, 4]


# --- What tasks print, return and raise ---


@some_ways
def test_a_worker_may_print_megabytes(how, capfd):
    assert run(troublemakers.print_megabytes, [1, 2], how, 2).results == [1, 2]
    assert len(capfd.readouterr().out) == 2 * 2000 * 1000


@pytest.mark.parametrize("how", ["pool", "executor"])
def test_a_worker_may_return_a_hundred_megabytes(how):
    (result,) = run(troublemakers.return_megabytes, [100], how, 1).results
    assert result == bytes(100 * 10**6)


@some_ways
def test_a_worker_may_close_its_standard_streams(how):
    assert run(troublemakers.close_streams, [1, 2, 3], how, 2).results == [1, 2, 3]


@some_ways
@pytest.mark.parametrize(
    ("work", "told"),
    [
        (troublemakers.raise_a_lambda, "^HoldsALambda: of the task"),
        (troublemakers.raise_without_a_text, "^HasNoText: an error without a text"),
        (troublemakers.raise_a_group, r"^ExceptionGroup: of the task \(1 sub-exception\)"),
    ],
)
def test_what_can_not_be_pickled_is_raised_in_words(work, told, how):
    with pytest.raises(RuntimeError, match=told) as caught:
        run(work, [1], how, 1)
    assert caught.value.__notes__ == ["This happened in task 1."]
