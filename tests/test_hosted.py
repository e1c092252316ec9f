"""A function in a process of its own gives its result or says what became of it, and leaves nothing behind."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import leftovers
import psutil
import pytest
import troublemakers
from conftest import PATIENCE

from helpers.running.families import wait_for_end
from helpers.running.hosted import Hosted
from helpers.running.log import Log
from helpers.runs import WorkerEnded, run_logged

TIME_LIMIT = 60  # seconds

posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")


@pytest.fixture
def families(tmp_path):
    """Yield a `Hosted` with a child and a grandchild that both wait forever, and the three processes."""
    hosted = Hosted(troublemakers.found_a_family, str(tmp_path))
    yield hosted, family(tmp_path, 3)
    hosted.end()


def family(folder, size):
    """Wait until a number of processes have left files named after their PIDs. Return them."""
    give_up = time.monotonic() + TIME_LIMIT
    while len(pids := [int(path.name) for path in folder.glob("[0-9]*")]) < size:
        assert time.monotonic() < give_up, pids
        time.sleep(0.01)
    return [psutil.Process(pid) for pid in pids]


def have_ended(processes):
    """Wait until all have ended, reaped or not. Return whether they have."""
    return not wait_for_end(processes, TIME_LIMIT)


def test_it_returns_what_the_function_returns():
    hosted = Hosted(troublemakers.double, 21)
    assert hosted.ended(TIME_LIMIT)
    assert hosted.result() == 42


def test_it_runs_in_another_process():
    assert Hosted(troublemakers.process_id, None).result() != os.getpid()


def test_it_has_not_ended_while_it_goes_on(tmp_path):
    (tmp_path / "wait").touch()
    hosted = Hosted(troublemakers.obey, (str(tmp_path), 7))
    assert not hosted.ended(0.01)
    (tmp_path / "wait").unlink()
    assert hosted.ended(TIME_LIMIT)
    assert hosted.result() == 7


def test_it_raises_what_the_function_raises():
    with pytest.raises(KeyError, match="5"):
        Hosted(troublemakers.fail, 5).result()


def test_an_exception_that_does_not_unpickle_is_told_of():
    with pytest.raises(RuntimeError, match="NeedsTwoArguments: 5 and 5"):
        Hosted(troublemakers.fail_beyond_pickling, 5).result()


@posix
def test_a_process_that_dies_is_told_of():
    hosted = Hosted(troublemakers.die, None)
    assert hosted.ended(TIME_LIMIT)
    with pytest.raises(WorkerEnded, match="The process of the run was killed by SIGKILL") as caught:
        hosted.result()
    assert caught.value.workers == ()


@posix
def test_in_it_too_an_interrupt_waits_where_it_is_deferred(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        Hosted(troublemakers.be_interrupted_where_interrupts_are_deferred, str(tmp_path / "went on")).result()
    assert (tmp_path / "went on").exists()


def test_a_call_that_fails_leaves_no_file_open():
    def still_open(function):
        try:
            Hosted(function, 5).result()
        except KeyError:
            pass
        process = psutil.Process()
        return process.num_handles() if os.name == "nt" else process.num_fds()

    gc.disable()  # it may be long until it looks
    try:
        before = still_open(troublemakers.double)
        assert [still_open(troublemakers.fail) for _ in range(3)] == [before] * 3
    finally:
        gc.enable()


@pytest.mark.parametrize("times", [1, 2])
def test_end_ends_it_and_all_below_it(families, times):
    hosted, processes = families
    for _ in range(times):
        hosted.end()
    assert have_ended(processes)


@posix
def test_end_ends_even_what_does_not_care_for_an_interrupt_and_all_below_it(tmp_path):
    hosted = Hosted(troublemakers.ignore_interrupts, str(tmp_path))
    processes = family(tmp_path, 2)
    semaphore = leftovers.FOLDER / f"sem.{(tmp_path / 'semaphore').read_text()[1:]}"
    hosted.end()
    assert have_ended(processes)
    give_up = time.monotonic() + PATIENCE
    while semaphore.exists() and time.monotonic() < give_up:  # its resource tracker removes it
        time.sleep(0.01)
    if semaphore.exists():
        semaphore.unlink()
        pytest.fail("a semaphore was left")


@posix
def test_an_interrupt_has_to_wait_until_the_process_and_all_below_it_have_ended(families, monkeypatch):
    hosted, processes = families
    join = hosted._process.join

    def interrupted(*seconds):
        signal.raise_signal(signal.SIGINT)
        join(*seconds)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(hosted._process, "join", interrupted)
        hosted.end()
    assert have_ended(processes)


@posix
def test_end_does_not_mind_a_process_that_ends_just_then(monkeypatch):
    hosted = Hosted(troublemakers.double, 21)
    process, is_alive = hosted._process, hosted._process.is_alive

    def ends_now():
        """Say that it is alive. Then it ends and is reaped, as if by another thread that starts a process."""
        process.join()
        monkeypatch.setattr(process, "is_alive", is_alive)
        return True

    monkeypatch.setattr(process, "is_alive", ends_now)
    hosted.end()
    assert not process.is_alive()


@posix
def test_when_it_is_killed_all_below_it_end_too(families):
    hosted, processes = families
    (child,) = multiprocessing.active_children()
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="SIGKILL"):
        hosted.result()
    assert have_ended(processes)


@posix
def test_an_interrupt_of_the_whole_group_raises_here_and_prints_nothing(families, capfd):
    hosted, processes = families
    for process in processes:
        try:
            process.send_signal(signal.SIGINT)
        except psutil.NoSuchProcess:  # the first one's interrupt may have ended it already
            pass
    assert hosted.ended(TIME_LIMIT)
    with pytest.raises(KeyboardInterrupt):
        hosted.result()
    assert have_ended(processes)
    assert "Traceback" not in capfd.readouterr().err


@posix
def test_what_it_made_is_removed_when_it_is_killed(monkeypatch):
    """Its resource tracker removes it, and has ended by then too."""
    prefix = f"/mp-killed-{os.getpid()}"
    monkeypatch.setitem(multiprocessing.current_process()._config, "semprefix", prefix)
    hosted = Hosted(troublemakers.make_semaphores_and_die, prefix)
    with pytest.raises(RuntimeError, match="SIGKILL"):
        hosted.result()
    give_up = time.monotonic() + TIME_LIMIT
    while left := list(Path("/dev/shm").glob(f"sem.{prefix[1:]}-*")):
        assert time.monotonic() < give_up, left
        time.sleep(0.01)


@posix
def test_an_interrupt_that_comes_before_it_is_ready_is_not_lost(tmp_path, capfd):
    hosted = Hosted(troublemakers.found_a_family, str(tmp_path))
    (child,) = multiprocessing.active_children()
    os.kill(child.pid, signal.SIGINT)  # its Python is still starting
    assert hosted.ended(TIME_LIMIT)
    with pytest.raises(KeyboardInterrupt):
        hosted.result()
    assert "Traceback" not in capfd.readouterr().err


FIRST = """
import multiprocessing, os, signal, sys, troublemakers
from helpers.running.hosted import Hosted

hosted = Hosted(troublemakers.found_a_family, sys.argv[1])
(child,) = multiprocessing.active_children()
os.kill(child.pid, signal.SIGINT)
try:
    hosted.result()
except KeyboardInterrupt:
    print("interrupted")
"""


@posix
def test_an_interrupt_is_not_lost_in_a_program_s_first_one_either(tmp_path):
    """Python's resource tracker starts along with the first one."""
    command = [sys.executable, "-c", FIRST, str(tmp_path)]
    ran = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=TIME_LIMIT)
    assert (ran.stdout, ran.stderr) == ("interrupted\n", "")


@posix
def test_an_interrupt_that_comes_where_python_loses_it_is_not_lost(tmp_path, capfd):
    with Hosted(troublemakers.lose_an_interrupt, str(tmp_path)) as hosted:
        (process,) = family(tmp_path, 1)
        process.send_signal(signal.SIGINT)
        assert hosted.ended(TIME_LIMIT)
        with pytest.raises(KeyboardInterrupt):
            hosted.result()
    assert "Traceback" not in capfd.readouterr().err


def test_results_that_can_not_be_sent_are_told_with_their_task():
    with pytest.raises(TypeError, match="The result of task 2 can't be sent to the parent"):
        Hosted(troublemakers.return_a_list_with_a_lambda).result()


def test_a_process_in_which_workers_run_is_told_of_with_its_tasks():
    log = Log(3, 2)
    items = [(number, "os_exit") for number in (1, 2, 3)]
    hosted = Hosted(run_logged, troublemakers.end_in_task_2, items, log, "serial", log=log)
    with pytest.raises(
        WorkerEnded, match=r"^Worker 1 \(PID \d+\) ended with exit code 0 in task 2, before the task was"
    ) as caught:
        hosted.result()
    assert caught.value.workers == (1,)


@pytest.mark.parametrize(("how", "ended"), [("threads", {1, 2}), ("pool", {1}), ("pool", {2})])
def test_who_ended_is_known_here_too(how, ended):
    """Threads end together with their process. In a pool, one worker ends."""
    log = Log(2, 2)
    number = min(ended) if how == "pool" else 1
    hosted = Hosted(run_logged, troublemakers.end_if_worker, [number] * 2, log, how, log=log)
    with pytest.raises(WorkerEnded) as caught:
        hosted.result()
    assert set(caught.value.workers) == ended


def test_the_cause_of_what_the_function_raises_is_told_too():
    with pytest.raises(ValueError, match="the second") as caught:
        Hosted(troublemakers.fail_because_of_another, 1).result()
    assert "the first" in str(caught.value.__cause__)


def test_it_ends_with_its_block(tmp_path):
    with Hosted(troublemakers.found_a_family, str(tmp_path)):
        processes = family(tmp_path, 3)
    assert have_ended(processes)
