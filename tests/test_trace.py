"""An attempt tells what a script did, under each start method, and the script does what it does without a witness."""

import os
from pathlib import Path

import pytest
from conftest import ROOT
from test_scripts import wait_for_end

from helpers.machine import start_methods
from helpers.scripts import capture_script
from helpers.scripts.trace import Attempt, Hopeless, read_notes


@pytest.fixture(params=start_methods())
def attempt_at(request, tmp_path):
    """Write a script, run it under a start method, and return its `Attempt`."""

    def write_and_run(script):
        path = tmp_path / "script.py"
        path.write_text(script)
        return Attempt(path, request.param)

    write_and_run.start_method = request.param
    return write_and_run


PROCESSES = """\
import multiprocessing, sys

def leave(code):
    print("leaving")
    sys.exit(code)

if __name__ == "__main__":
    processes = [
        multiprocessing.Process(target=leave, args=(0,), name="well"),
        multiprocessing.Process(target=leave, args=(3,), daemon=True),
        multiprocessing.Process(),
    ]
    for process in processes:
        process.start()
    for process in processes[:2]:
        process.join()
    print("the end")
"""


def test_it_knows_each_process(attempt_at):
    attempt = attempt_at(PROCESSES)
    assert attempt.exit_code == 0 and not attempt.timed_out
    well, badly, idle = attempt.processes
    assert (well.name, well.target, well.daemon, well.exit_code) == ("well", "leave", False, 0)
    assert (badly.name, badly.target, badly.daemon, badly.exit_code) == ("Process-2", "leave", True, 3)
    assert well.ended < well.joined < attempt.printed_by_parent("the end")
    assert attempt.printed_by_parent("leaving") is None
    assert (idle.target, idle.runs, idle.joined) == (None, False, None)
    assert {process.start_method for process in attempt.processes} == {attempt_at.start_method}
    assert all(process.starting < process.ended for process in attempt.processes)
    assert attempt.forks == (attempt_at.start_method == "fork")
    assert attempt.lines_of_children == ["leaving"] * 2 and attempt.lines[-1] == "the end"


POOLS = """\
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

def double(number):
    return 2 * number

def add(a, b):
    return a + b

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(pool.map(double, range(5), chunksize=2))
        print(pool.starmap(add, [(1, 2)]), pool.apply(add, (1, 2)), list(pool.imap(double, [1])))
    pool = multiprocessing.Pool(1)
    pool.close()
    pool.join()
    with ProcessPoolExecutor(2) as executor:
        print(list(executor.map(double, range(3), chunksize=3)), executor.submit(add, 1, 2).result())
    with ThreadPool(2) as pool:
        print(pool.map(double, [1, 2]))
    with ThreadPoolExecutor(2) as executor:
        print(list(executor.map(double, [1, 2])))
    forgotten = multiprocessing.Pool(2)
"""


def test_it_knows_each_pool_and_each_task(attempt_at):
    attempt = attempt_at(POOLS)
    assert attempt.output == "[0, 2, 4, 6, 8]\n[3] 3 [2]\n[0, 2, 4] 3\n[2, 4]\n[2, 4]\n"
    made = [(pool.kind, pool.size, pool.ended) for pool in attempt.pools]
    assert made == [
        ("Pool", 2, True),
        ("Pool", 1, True),
        ("ProcessPoolExecutor", 2, True),
        ("ThreadPool", 2, True),
        ("ThreadPoolExecutor", 2, True),
        ("Pool", 2, False),
    ]
    assert attempt.pools[0].methods[:3] == ["map", "starmap", "apply"]
    assert len(attempt.calls_in_children("double")) == 9 and len(attempt.calls_in_children("add")) == 3
    assert len(attempt.calls_in_parent("double")) == 4
    assert attempt.processes == [] and attempt.left_alive == 2
    assert sorted(attempt.chunks) == [1] * 7 + [2, 2, 3]


BIG = """\
import multiprocessing

def measure(text):
    return len(text)

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        print(pool.map(measure, ["x" * 500_000]))
"""


def test_it_knows_how_large_messages_were(attempt_at):
    assert 500_000 < attempt_at(BIG).largest_message < 600_000
    assert attempt_at(BIG.replace("500_000", "5")).largest_message < 10_000


TAKING_TURNS = """\
import multiprocessing

def work(number):
    return number

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print({call})
"""


@pytest.mark.parametrize(
    ("call", "taking_turns"),
    [
        ("[pool.apply(work, (number,)) for number in range(4)]", True),
        ("[pool.apply_async(work, (number,)).get() for number in range(4)]", True),
        ("sum([pool.map(work, [number]) for number in range(4)], [])", True),
        ("pool.map(work, range(4))", False),
        ("pool.map(work, [0, 1]) + pool.map(work, [2, 3])", False),
    ],
)
def test_it_knows_whether_tasks_were_handed_over_one_by_one(call, taking_turns, attempt_at):
    attempt = attempt_at(TAKING_TURNS.format(call=call))
    assert attempt.output == "[0, 1, 2, 3]\n"
    assert attempt.one_by_one == taking_turns


MEETING = """\
import multiprocessing

def work(barrier):
    barrier.wait(timeout=30)

if __name__ == "__main__":
    barrier = multiprocessing.Barrier(3)
    processes = [multiprocessing.Process(target=work, args=(barrier,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
"""
ALONE = MEETING.replace("Barrier(3)", "Barrier(1)").replace(".start()\n    for process in processes:", ".start()")


def test_it_knows_whether_processes_ran_together(attempt_at):
    together, alone = attempt_at(MEETING), attempt_at(ALONE)
    assert together.overlapped("work") and not together.one_by_one
    assert not alone.overlapped("work") and alone.one_by_one


IDLE = """\
import multiprocessing, os, pathlib

def wait_for_ever(event):
    pathlib.Path(str(os.getpid())).touch()
    event.wait()

if __name__ == "__main__":
    event = multiprocessing.Event()
    process = multiprocessing.Process(target=wait_for_ever, args=(event,))
    process.start()
    process.join()
"""


def test_a_script_in_which_all_wait_for_ever_is_given_up_with_its_workers(attempt_at, tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.scripts.trace.TIME_LIMIT", 3600.0)
    monkeypatch.setattr("helpers.scripts.trace.IDLE_LIMIT", 2.0)
    attempt = attempt_at(IDLE)
    assert attempt.timed_out
    (pid,) = [int(path.name) for path in Path(tmp_path).iterdir() if path.name.isdigit()]
    wait_for_end(pid)


def test_a_pool_whose_workers_keep_dying_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.scripts.trace.TIME_LIMIT", 3600.0)
    path = tmp_path / "script.py"
    path.write_text("import multiprocessing\nmultiprocessing.Pool(2).map(print, [1])\n")  # no guard
    attempt = Attempt(path, "spawn")
    assert attempt.timed_out and attempt.workers_replaced
    assert "bootstrapping phase" in attempt.output


def test_what_a_script_prints_is_not_taken_for_a_note(tmp_path):
    path = tmp_path / "script.py"
    printed = "joined\n{'what': 'joined'}\n"
    path.write_text(f"print({printed!r}, end='')")
    folder = tmp_path / "notes"
    folder.mkdir()
    assert capture_script(path, COURSE_WITNESS=str(folder)).output == printed
    assert "".join(note["text"] for note in read_notes(folder, "printed")) == printed
    assert list(read_notes(folder, "joined")) == [] and Hopeless(folder).deaths() == 0


STRANGE = {
    "it uses a pool that it forked away from": """
import multiprocessing.pool, os
pool = multiprocessing.pool.ThreadPool(1)
if os.fork() == 0:
    pool.close()
    os._exit(0)
os.wait()
pool.close()
pool.join()
""",
    "it has a name that is no literal": """
import multiprocessing
class Name(str):
    __repr__ = str.__str__
if __name__ == "__main__":
    process = multiprocessing.Process(target=print, name=Name("x"))
    process.start()
    process.join()
""",
    "it removes the notes": """
import os, shutil
shutil.rmtree(os.environ["COURSE_WITNESS"])
""",
    "it writes among the notes": """
import os, pathlib
folder = pathlib.Path(os.environ["COURSE_WITNESS"])
(folder / "a-folder").mkdir()
(folder / "a-file").write_text("{'what': junk}\\n{\\n{}\\n[1]\\n")
""",
}


@pytest.mark.parametrize("script", STRANGE.values(), ids=list(STRANGE))
def test_a_strange_script_can_be_asked_about_all_the_same(script, tmp_path):
    if "fork" in script and "fork" not in start_methods():
        pytest.skip("no fork here")
    (tmp_path / "script.py").write_text(script)
    attempt = Attempt(tmp_path / "script.py")
    assert attempt.exit_code == 0 and "Traceback" not in attempt.output


def test_a_pool_whose_size_is_no_int_counts(tmp_path):
    (tmp_path / "script.py").write_text("""
import multiprocessing, numpy
if __name__ == "__main__":
    with multiprocessing.Pool(numpy.int64(2)):
        pass
""")
    assert [pool.size for pool in Attempt(tmp_path / "script.py").pools] == [2]


def test_a_module_that_the_environment_has_imported_before_is_watched_too(tmp_path):
    environment, inside_scripts = tmp_path / "environment", ROOT / "helpers/scripts/inside_scripts"
    environment.mkdir()
    (environment / "sitecustomize.py").write_text("import threading, witness; witness.watch('.', None)")
    (tmp_path / "script.py").write_text("import threading; print(threading.Thread.run.__module__)")
    folders = os.pathsep.join(map(str, (environment, inside_scripts)))
    assert capture_script(tmp_path / "script.py", PYTHONPATH=folders).output == "witness\n"


def test_it_leaves_no_file_behind(attempt_at, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert attempt_at(POOLS).exit_code == 0
    assert list(folder.iterdir()) == []


def test_a_script_may_still_choose_its_start_method(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(
        "import multiprocessing as m\n"
        "if __name__ == '__main__':\n    m.set_start_method('spawn')\n    m.Process(target=print).start()"
    )
    attempt = Attempt(path, start_methods()[-1])
    assert attempt.exit_code == 0, attempt.output
    assert [process.start_method for process in attempt.processes] == ["spawn"]


def test_without_a_witness_nothing_is_watched(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("import sys; print('witness' in sys.modules)")
    assert capture_script(path).output == "False\n"
    assert Attempt(path).output == "True\n"


def test_a_script_that_needs_no_processes_does_not_import_multiprocessing_for_the_witness(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("import sys; print({'multiprocessing', 'threading', 'json'} & set(sys.modules))")
    assert Attempt(path).output == "set()\n"
