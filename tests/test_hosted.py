"""What runs in a process of its own gives its result or says what became of it, and leaves nothing behind."""

import multiprocessing
import os
import signal
import time

import psutil
import pytest
import troublemakers

from helpers.running.hosted import Live

TIME_LIMIT = 60  # seconds

posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")


@pytest.fixture(autouse=True)
def no_process_left():
    yield
    assert multiprocessing.active_children() == []


@pytest.fixture
def families(tmp_path):
    """Give a `Live` with a child and a grandchild that both wait for ever, and the three processes."""
    live = Live(troublemakers.found_a_family, str(tmp_path))
    yield live, family(tmp_path, 3)
    live.end()


def family(folder, size):
    """Wait until so many processes have left a file named by their PID; return them."""
    give_up = time.monotonic() + TIME_LIMIT
    while len(pids := [int(path.name) for path in folder.glob("[0-9]*")]) < size:
        assert time.monotonic() < give_up, pids
        time.sleep(0.01)
    return [psutil.Process(pid) for pid in pids]


def have_ended(processes):
    """Wait for the end of all, reaped or not; return whether it came."""
    give_up = time.monotonic() + TIME_LIMIT
    while left := [process for process in processes if lives(process)]:
        if time.monotonic() > give_up:
            return not left
        time.sleep(0.005)
    return True


def lives(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_returns_what_the_function_returns():
    live = Live(troublemakers.double, 21)
    assert live.ended(TIME_LIMIT)
    assert live.result() == 42


def test_it_runs_in_another_process():
    assert Live(troublemakers.process_id, None).result() != os.getpid()


def test_it_has_not_ended_while_it_goes_on(tmp_path):
    (tmp_path / "wait").touch()
    live = Live(troublemakers.obey, (str(tmp_path), 7))
    assert not live.ended(0.01)
    (tmp_path / "wait").unlink()
    assert live.ended(TIME_LIMIT)
    assert live.result() == 7


def test_it_raises_what_the_function_raises():
    with pytest.raises(KeyError, match="5"):
        Live(troublemakers.fail, 5).result()


def test_an_exception_that_does_not_unpickle_is_told_of():
    with pytest.raises(RuntimeError, match="NeedsTwoArguments: 5 and 5"):
        Live(troublemakers.fail_beyond_pickling, 5).result()


@posix
def test_a_process_that_dies_is_told_of():
    live = Live(troublemakers.die, None)
    assert live.ended(TIME_LIMIT)
    with pytest.raises(RuntimeError, match="The process of the run was killed by SIGKILL"):
        live.result()


@pytest.mark.parametrize("times", [1, 2])
def test_end_ends_it_and_all_below_it(families, times):
    live, processes = families
    for _ in range(times):
        live.end()
    assert have_ended(processes)


@posix
def test_end_ends_even_what_does_not_care_for_an_interrupt_and_all_below_it(tmp_path):
    live = Live(troublemakers.ignore_interrupts, str(tmp_path))
    processes = family(tmp_path, 2)
    live.end()
    assert have_ended(processes)


@posix
def test_when_it_is_killed_all_below_it_end_too(families):
    live, processes = families
    (child,) = multiprocessing.active_children()
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="SIGKILL"):
        live.result()
    assert have_ended(processes)


@posix
def test_an_interrupt_of_the_whole_group_raises_here_and_prints_nothing(families, capfd):
    live, processes = families
    for process in processes:
        try:
            process.send_signal(signal.SIGINT)
        except psutil.NoSuchProcess:  # the first one's interrupt may have ended it already
            pass
    assert live.ended(TIME_LIMIT)
    with pytest.raises(KeyboardInterrupt):
        live.result()
    assert have_ended(processes)
    assert "Traceback" not in capfd.readouterr().err
