"""Processes are ended with everything that they started, and nothing of theirs stays in shared memory."""

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from helpers.machine import start_methods
from helpers.running import families
from helpers.running.families import OWN_GROUP, descendants, end_below, end_group, group, lives, wait_for_end

TIME_LIMIT = 60  # seconds
SHARED_MEMORY = Path("/dev/shm")

pytestmark = pytest.mark.timeout(2 * TIME_LIMIT)
posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX has sessions and processes whose parent has ended")

# A script: each of its processes leaves a file named after its PID, and all wait forever
FAMILY = """\
import os, pathlib, subprocess, sys, time

def here():
    pathlib.Path(str(os.getpid())).touch()

if len(sys.argv) > 1:
    subprocess.Popen([sys.executable, __file__, *sys.argv[2:]])
here()
{then}
time.sleep(3600)
"""

# The last one starts twice as many each time, but no more than a machine can take
EVER_MORE = "for _ in range(7 * (len(sys.argv) == 1)): os.fork(); time.sleep(0.02)"


@pytest.fixture
def start(tmp_path):
    """Yield a function that starts a script in a group of its own and waits until `processes` of its family are up."""
    scripts = []

    def start_and_wait(text, *arguments, processes):
        path = tmp_path / "script.py"
        path.write_text(text)
        script = subprocess.Popen(
            [sys.executable, path, *arguments], cwd=tmp_path, stderr=subprocess.DEVNULL, **OWN_GROUP
        )
        scripts.append(script)
        return script, family(tmp_path, processes)

    yield start_and_wait
    for script in scripts:
        end_group(script)


def family(folder, size):
    """Wait until some number of processes have left files named after their PIDs in the folder, and return them.

    The oldest process comes first.
    """
    give_up = time.monotonic() + TIME_LIMIT
    while len(pids := [int(path.name) for path in folder.iterdir() if path.name.isdigit()]) < size:
        assert time.monotonic() < give_up, pids
        time.sleep(0.01)
    return sorted(map(psutil.Process, pids), key=psutil.Process.create_time)


def test_who_waits_lives_and_who_was_killed_does_not_even_before_its_parent_knows(start):
    script, (process,) = start(FAMILY.format(then=""), processes=1)
    assert lives(process) and wait_for_end([process], 0) == [process]
    process.kill()
    assert wait_for_end([process], TIME_LIMIT) == []
    assert not lives(process)
    script.wait()
    assert not lives(process)


def test_descendants_are_all_below_and_those_of_an_ended_process_are_none(start):
    script, (child, grandchild, last) = start(FAMILY.format(then=""), "x", "x", processes=3)
    assert set(descendants(script.pid)) == {grandchild, last} - {child}
    end_group(script)
    assert descendants(script.pid) == []


def test_end_below_ends_all_below_and_nothing_else(start):
    script, (top, *below) = start(FAMILY.format(then=""), "x", "x", processes=3)
    end_below(script.pid)
    assert wait_for_end(below, TIME_LIMIT) == [] and lives(top)


def test_to_end_what_is_below_an_ended_process_is_no_error(start):
    script, _ = start(FAMILY.format(then=""), processes=1)
    end_group(script)
    end_below(script.pid)


def test_who_has_ended_meanwhile_is_passed_over(start):
    script, (process,) = start(FAMILY.format(then=""), processes=1)
    end_group(script)
    families.kill([process])
    families.hold_still(lambda: {process})
    assert not families.is_tracker(process) and not lives(process)


@posix
def test_end_below_keeps_up_with_processes_that_start_ever_more(start):
    script, (top, _) = start(FAMILY.format(then=EVER_MORE), "x", processes=2)
    while len(group(script.pid)) < 5:
        pass
    end_below(script.pid)
    give_up = time.monotonic() + TIME_LIMIT
    while group(script.pid) != {top} and time.monotonic() < give_up:
        time.sleep(0.01)
    assert group(script.pid) == {top}


def test_end_group_ends_the_script_and_all_below_it(start):
    script, processes = start(FAMILY.format(then=""), "x", "x", processes=3)
    assert group(script.pid) == set(processes)
    end_group(script)
    assert script.returncode is not None
    assert not any(map(lives, processes))
    end_group(script)  # and once more is no error


@posix
def test_end_group_ends_who_has_lost_its_parent(start):
    then = "if len(sys.argv) == 2: os._exit(0)"  # the child
    script, (_, child, grandchild) = start(FAMILY.format(then=then), "x", "x", processes=3)
    assert wait_for_end([child], TIME_LIMIT) == []
    assert lives(grandchild) and grandchild not in descendants(script.pid)
    end_group(script)
    assert not lives(grandchild)


@posix
def test_end_group_ends_what_a_script_leaves_that_has_ended_by_itself(start):
    then = "if len(sys.argv) == 2: os._exit(0)"
    script, (_, child) = start(FAMILY.format(then=then), "x", processes=2)
    assert script.wait(TIME_LIMIT) == 0 and lives(child)
    end_group(script)
    assert not lives(child)


@posix
def test_end_group_ends_what_is_below_the_script_in_another_session(start):
    text = FAMILY.format(then="").replace("*sys.argv[2:]]", "*sys.argv[2:]], start_new_session=True")
    script, processes = start(text, "x", "x", processes=3)
    assert len({os.getsid(process.pid) for process in processes}) == 3
    end_group(script)
    assert not any(map(lives, processes))


@posix
def test_end_group_keeps_up_with_a_script_that_starts_ever_more(start):
    script, _ = start(FAMILY.format(then=EVER_MORE), processes=1)
    while len(group(script.pid)) < 4:
        pass
    end_group(script)
    assert group(script.pid) == set()


@posix
def test_end_group_stops_all_at_one_moment_before_it_looks_for_them(start, monkeypatch):
    script, processes = start(FAMILY.format(then=""), "x", "x", processes=3)
    hold_still = families.hold_still

    def wait_until_stopped(find):
        give_up = time.monotonic() + TIME_LIMIT
        while any(process.status() != psutil.STATUS_STOPPED for process in processes):
            assert time.monotonic() < give_up
        return hold_still(find)

    monkeypatch.setattr(families, "hold_still", wait_until_stopped)
    end_group(script)
    assert not any(map(lives, processes))


# --- Shared memory ---

# Names of its own tell what this script leaves in shared memory from what others leave there at the same time
HANGS = """\
import multiprocessing, os, pathlib, sys, time
from multiprocessing.shared_memory import SharedMemory

def here(number):
    pathlib.Path(str(os.getpid())).touch()
    time.sleep(3600)

if __name__ == "__main__":
    multiprocessing.current_process()._config["semprefix"] = "/mp-{mark}"
    multiprocessing.set_start_method({method!r})
    {then}
"""
POOL = """\
    with multiprocessing.Pool(2) as pool:
        pool.map(here, range(2), chunksize=1)
"""
MANAGER = """\
    manager, lock = multiprocessing.Manager(), multiprocessing.Lock()
    processes = [multiprocessing.Process(target=here, args=(0,)) for _ in range(2)]
    for process in processes:
        process.start()
    processes[0].join()
"""
MEMORY = """\
    memory = SharedMemory("psm_{mark}", create=True, size=100)
    processes = [multiprocessing.Process(target=here, args=(0,)) for _ in range(2)]
    for process in processes:
        process.start()
    processes[0].join()
"""
LEAVES = MEMORY.replace("processes[0].join()", "while len(os.listdir()) < 3: time.sleep(0.01)\n    os._exit(0)")


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="only Linux shows shared memory as files")
@pytest.mark.parametrize("then", [POOL, MANAGER, MEMORY, LEAVES], ids=["pool", "manager", "memory", "leaves"])
@pytest.mark.parametrize("method", start_methods())
def test_nothing_stays_in_shared_memory_and_no_process(then, method, start):
    mark = uuid.uuid4().hex[:8]
    script, workers = start(HANGS.format(mark=mark, method=method, then=then.strip().format(mark=mark)), processes=2)
    processes = group(script.pid)
    assert processes >= set(workers)
    if then in (MEMORY, LEAVES) or method != "fork":  # forked processes need no names for their semaphores
        assert [path.name for path in SHARED_MEMORY.iterdir() if mark in path.name]
    end_group(script)
    assert [path.name for path in SHARED_MEMORY.iterdir() if mark in path.name] == []
    assert not any(map(lives, processes)) and group(script.pid) == set()


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="only Linux shows shared memory as files")
def test_a_semaphore_of_which_no_tracker_knows_is_removed(start):
    name = f"mp-{uuid.uuid4().hex[:8]}"
    text = (
        "import os, pathlib, time\n"
        "from _multiprocessing import SemLock\n"
        f"lock = SemLock(1, 1, 1, '/{name}', False)\n"
        "pathlib.Path(str(os.getpid())).touch()\n"
        "time.sleep(3600)"
    )
    script, _ = start(text, processes=1)
    assert (SHARED_MEMORY / f"sem.{name}").exists()
    end_group(script)
    assert not (SHARED_MEMORY / f"sem.{name}").exists()


@posix
def test_a_tracker_that_does_not_end_by_itself_is_killed(start, monkeypatch):
    monkeypatch.setattr(families, "TIDY_LIMIT", 0.2)
    text = 'class main:\n  def __init__(self): open(str(os.getpid()), "w"); time.sleep(3600)\nimport os, time\nmain()'
    script, (top, tracker) = start(
        "import os, pathlib, subprocess, sys, time\n"
        "pathlib.Path(str(os.getpid())).touch()\n"
        "pathlib.Path('fake').mkdir()\n"
        f"pathlib.Path('fake/resource_tracker.py').write_text({text!r})\n"
        "subprocess.Popen([sys.executable, '-c', 'from fake.resource_tracker import main;main(7)'])\n"
        "time.sleep(3600)",
        processes=2,
    )
    end_group(script)
    assert not lives(top) and not lives(tracker)


# --- Orphans, and processes with a world of their own ---


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_who_leaves_session_and_parent_is_adopted_and_ended(tmp_path):
    orphan = (
        "import os, pathlib, time\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "pathlib.Path(str(os.getpid())).touch()\n"
        "time.sleep(3600)"
    )
    adopts = (
        "import os, pathlib, subprocess, sys, time\n"
        "from helpers.running.families import adopt_orphans, descendants, end_descendants\n"
        "adopt_orphans()\n"
        f"subprocess.run([sys.executable, '-c', {orphan!r}])\n"
        "while not list(pathlib.Path().iterdir()) or not descendants(os.getpid()): time.sleep(0.01)\n"
        "end_descendants()"
    )
    subprocess.run([sys.executable, "-c", adopts], cwd=tmp_path, check=True, timeout=TIME_LIMIT)
    (left,) = tmp_path.iterdir()
    assert wait_for_end([*families.psutil_processes([int(left.name)])], TIME_LIMIT / 10) == []


@pytest.mark.skipif(os.name != "posix", reason="here it is a command for learners only")
def test_what_was_there_before_stays(tmp_path):
    program = (
        "import psutil, subprocess, sys\n"
        "from helpers.running.families import end_descendants\n"
        "sleeper = [sys.executable, '-c', 'import time; time.sleep(3600)']\n"
        "stays, goes = subprocess.Popen(sleeper), subprocess.Popen(sleeper)\n"
        "end_descendants(but={psutil.Process(stays.pid)})\n"
        "print(stays.poll(), goes.wait())\n"
        "stays.kill()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=TIME_LIMIT)
    assert ran.stdout == "None -9\n", ran.stderr


def has_namespaces():
    """Return whether this system lets a process have a shared memory and PIDs of its own."""
    try:
        return subprocess.run([*APART, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


APART = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"]
needs_namespaces = pytest.mark.skipif(not has_namespaces(), reason="needs Linux and unshare with user namespaces")


@needs_namespaces
def test_a_process_in_a_world_of_its_own_has_another_pid_there(tmp_path):
    script = subprocess.Popen([*APART, sys.executable, "-c", "input()"], stdin=subprocess.PIPE, **OWN_GROUP)
    try:
        while not (below := descendants(script.pid)):
            time.sleep(0.01)
        assert families.own_pid(below[0].pid) == 1 != below[0].pid
        assert families.own_pid(script.pid) == script.pid
    finally:
        end_group(script)
    assert families.own_pid(script.pid) == script.pid  # it has ended


@needs_namespaces
def test_what_lies_in_another_shared_memory_is_not_taken_for_a_file_here(tmp_path):
    """Files in two shared memories have the same numbers."""
    mapped = (
        "import pathlib, time; from multiprocessing.shared_memory import SharedMemory\n"
        "kept = SharedMemory(create=True, size=100); pathlib.Path('mapped').touch(); time.sleep(3600)"
    )
    new_memory = 'mount -t tmpfs none /dev/shm && exec "$@"'
    command = [*APART, "sh", "-c", new_memory, "sh", sys.executable, "-c", mapped]
    script = subprocess.Popen(command, cwd=tmp_path, **OWN_GROUP)
    try:
        give_up = time.monotonic() + TIME_LIMIT
        while not (tmp_path / "mapped").exists():
            assert time.monotonic() < give_up and script.poll() is None
            time.sleep(0.01)
        assert families.mapped_by(group(script.pid)) == set()
    finally:
        end_group(script)
