"""An attempt says what a script did, under each start method, and the script does the same as without a witness."""

import ast
import concurrent.futures
import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from conftest import ROOT

from helpers.machine import start_methods
from helpers.running.families import lives
from helpers.scripts import capture_script
from helpers.scripts.attempt import Attempt, Call, Hopeless, activity, outermost, took_turns
from helpers.scripts.notes import read_facts


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
    print("the", end=" ", flush=True)
    print("end")
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


SENDING = """\
import multiprocessing

def work(number, sender, queue):
    sender.send(number)
    queue.put(number)

if __name__ == "__main__":
    processes, receivers, queue = [], [], multiprocessing.SimpleQueue()
    for number in range(3):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        processes.append(multiprocessing.Process(target=work, args=(number, sender, queue)))
        receivers.append(receiver)
        processes[-1].start()
    def take(number):
        {take}
    {both}
"""
FROM_PIPES, FROM_QUEUE = "receivers[number].recv()", "queue.get()"
TAKE_ALL, JOIN_ALL = "for number in range(3): take(number)", "for process in processes: process.join()"
IN_TURN = "for number in range(3): {}; {}"


@pytest.mark.parametrize("take", [FROM_PIPES, FROM_QUEUE])
@pytest.mark.parametrize(
    ("both", "joined_first"),
    [
        (f"{TAKE_ALL}\n    {JOIN_ALL}", False),
        (f"{JOIN_ALL}\n    {TAKE_ALL}", True),
        (IN_TURN.format("take(number)", "processes[number].join()"), False),
        (IN_TURN.format("processes[number].join()", "take(number)"), True),
        (JOIN_ALL, False),
    ],
)
def test_it_knows_whether_processes_were_joined_before_their_messages_were_taken(take, both, joined_first, attempt_at):
    attempt = attempt_at(SENDING.format(take=take, both=both))
    assert attempt.exit_code == 0
    assert attempt.joined_first == joined_first


def test_what_a_pool_sends_does_not_count_as_joined_first(attempt_at):
    attempt = attempt_at("""\
import multiprocessing

if __name__ == "__main__":
    process = multiprocessing.Process(target=print)
    process.start()
    process.join()
    with multiprocessing.Pool(2) as pool:
        print(pool.map(abs, [-1, -2]))
""")
    assert attempt.lines == ["", "[1, 2]"]
    assert attempt.received == [] and not attempt.joined_first


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
    monkeypatch.setattr("helpers.scripts.attempt.TIME_LIMIT", 3600.0)
    monkeypatch.setattr("helpers.scripts.attempt.IDLE_LIMIT", 2.0)
    attempt = attempt_at(IDLE)
    assert attempt.timed_out
    (pid,) = [int(path.name) for path in Path(tmp_path).iterdir() if path.name.isdigit()]
    assert not psutil.pid_exists(pid) or not lives(psutil.Process(pid))


def test_a_pool_whose_workers_keep_dying_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.scripts.attempt.TIME_LIMIT", 3600.0)
    path = tmp_path / "script.py"
    path.write_text("import multiprocessing\nmultiprocessing.Pool(2).map(print, [1])\n")  # no guard
    attempt = Attempt(path, "spawn")
    assert attempt.timed_out and attempt.workers_replaced
    assert "bootstrapping phase" in attempt.output


@pytest.mark.skipif(
    not hasattr(concurrent.futures, "InterpreterPoolExecutor"), reason="such interpreters came with Python 3.14"
)
def test_tasks_in_further_interpreters_run_as_without_a_witness(tmp_path):
    (tmp_path / "script.py").write_text("""
from concurrent.futures import InterpreterPoolExecutor

def square(number):
    return number * number

if __name__ == "__main__":
    with InterpreterPoolExecutor(2) as executor:
        print(list(executor.map(square, [1, 2, 3])))
""")
    attempt = Attempt(tmp_path / "script.py")
    assert (attempt.output, attempt.blind) == ("[1, 4, 9]\n", None)


def test_the_standard_library_is_not_part_of_a_script_in_a_folder_above_it(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "helpers/scripts/inside_scripts")
    wrapping = importlib.import_module("course_witness.wrapping")
    above = Path(os.__file__).parent.parent
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(above / "script.py"), raising=False)
    assert wrapping.is_of_script(str(above / "script.py")) and wrapping.is_of_script(str(above / "beside.py"))
    assert not wrapping.is_of_script(os.__file__) and not wrapping.is_of_script(f"{above}er/other.py")


def test_processes_that_a_script_terminates_as_pools_do_are_no_reason_to_give_up(attempt_at):
    attempt = attempt_at("""
import multiprocessing, time
if __name__ == "__main__":
    for _ in range(22):
        process = multiprocessing.Process(target=time.sleep, args=(60,))
        process.start()
        process.terminate()
        process.join()
    time.sleep(1.2)
    print("done")
""")
    assert (attempt.output, attempt.timed_out) == ("done\n", False)


WAITS = {
    "sleep": "time.sleep(3)",
    "short sleeps": "for _ in range(30): time.sleep(0.1)",
    "join": "multiprocessing.Process(target=time.sleep, args=(3,)).start()",
    "timeout of join": "process = multiprocessing.Process(target=event.wait, daemon=True)\n"
    "    process.start()\n    process.join(3)",
    "event": "event.wait(3)",
    "event of threads": "threading.Event().wait(timeout=3)",
    "queue": "try: multiprocessing.Queue().get(timeout=3)\n    except queue.Empty: pass",
    "loop of asyncio": "asyncio.run(asyncio.sleep(3))",
}
WAITING = """\
import asyncio, multiprocessing, queue, threading, time
if __name__ == "__main__":
    event = multiprocessing.Event()
    {wait}
    print("awake")
"""


@pytest.mark.parametrize("wait", WAITS.values(), ids=list(WAITS))
def test_a_script_that_waits_for_a_time_is_not_given_up(wait, tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.scripts.attempt.IDLE_LIMIT", 1.5)
    (tmp_path / "script.py").write_text(WAITING.format(wait=wait))
    attempt = Attempt(tmp_path / "script.py")
    assert (attempt.output, attempt.exit_code, attempt.asleep) == ("awake\n", 0, False)


def test_a_manager_that_waits_beside_does_not_count_as_waiting_for_a_time(attempt_at, monkeypatch):
    monkeypatch.setattr("helpers.scripts.attempt.TIME_LIMIT", 3600.0)
    monkeypatch.setattr("helpers.scripts.attempt.IDLE_LIMIT", 2.0)
    attempt = attempt_at(WAITING.format(wait="manager = multiprocessing.Manager()\n    event.wait()"))
    assert attempt.timed_out and not attempt.asleep and not attempt.output


def test_a_process_that_has_ended_does_not_hide_what_others_compute(monkeypatch):
    def ended():
        raise psutil.ZombieProcess(1)

    def busy():
        return SimpleNamespace(user=1.0, system=0.5)

    processes = [SimpleNamespace(pid=1, cpu_times=ended), SimpleNamespace(pid=2, cpu_times=busy)]
    monkeypatch.setattr("helpers.scripts.attempt.group", lambda pid: processes)
    assert activity(1) == {2: 1.5}


def test_what_is_noted_is_limited_for_the_whole_script_and_what_is_rare_is_noted_all_the_same(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (tmp_path / "script.py").write_text("""\
import multiprocessing
from course_witness import notes
notes.MOST_NOTED = 200_000

def talk():
    for _ in range(2000):
        print("talking")

if __name__ == "__main__":
    for _ in range(8):
        process = multiprocessing.Process(target=talk)
        process.start()
        process.join()
""")
    assert capture_script(tmp_path / "script.py", COURSE_WITNESS=str(folder)).exit_code == 0
    assert 200_000 < sum(file.stat().st_size for file in folder.glob("facts-*")) < 400_000
    assert len(list(read_facts(folder, "ended"))) == len(list(read_facts(folder, "joined"))) == 8


# --- A later Python ---

# A name is not there when the witness looks for it, and there again when Python needs it
LATER = """\
import operator, sys
import course_witness.hooks as witness

def without(patch, names, name):
    def patch_without(module):
        owner = operator.attrgetter(names)(module) if names else module
        value = getattr(owner, name)
        delattr(owner, name)
        try:
            patch(module)
        finally:
            setattr(owner, name, value)
    return patch_without

module, names, name = {module!r}, {names!r}, {name!r}
witness.PATCHES[module] = without(witness.PATCHES[module], names, name)

import multiprocessing, multiprocessing.pool
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

def double(number):
    return 2 * number

if __name__ == "__main__":
    process = multiprocessing.Process(target=double, args=(1,))
    process.start()
    process.join()
    with multiprocessing.Pool(2) as pool:
        print(pool.map(double, [1, 2]))
    for executor in (ProcessPoolExecutor(2), ThreadPoolExecutor(2)):
        with executor:
            print(list(executor.map(double, [1, 2])))
"""


@pytest.mark.parametrize(
    ("module", "names", "name"),
    [
        ("multiprocessing.process", "BaseProcess", "_bootstrap"),
        ("multiprocessing.context", "", "_default_context"),
        ("multiprocessing.connection", "Connection", "_send_bytes"),
        ("multiprocessing.pool", "", "mapstar"),
        ("multiprocessing.pool", "", "worker"),
        ("concurrent.futures.process", "", "_process_worker"),
        ("concurrent.futures.process", "", "_process_chunk"),
    ],
)
def test_a_script_runs_in_a_later_python_that_lacks_a_name_and_the_attempt_says_so(module, names, name, tmp_path):
    (tmp_path / "script.py").write_text(LATER.format(module=module, names=names, name=name))
    attempt = Attempt(tmp_path / "script.py", "spawn")
    assert (attempt.output, attempt.exit_code) == ("[2, 4]\n" * 3, 0)
    assert name in attempt.blind


@pytest.mark.parametrize("function", ["wrapping.name_of", "pools.watched"])
def test_a_script_runs_on_if_the_witness_fails_meanwhile_and_the_attempt_says_so(function, attempt_at):
    attempt = attempt_at(f"import course_witness.pools\ncourse_witness.{function} = None\n" + POOLS)
    assert attempt.exit_code == 0 and attempt.output == "[0, 2, 4, 6, 8]\n[3] 3 [2]\n[0, 2, 4] 3\n[2, 4]\n[2, 4]\n"
    assert "'NoneType' object is not callable" in attempt.blind


def test_as_a_rule_an_attempt_is_not_blind(attempt_at):
    assert attempt_at(POOLS).blind is None and attempt_at(PROCESSES).blind is None


# --- Many calls ---

MANY = 100_000


def test_calls_within_calls_are_told_from_those_that_come_after():
    def calls(*times):
        return [Call("f", 1, 1, began, ended) for began, ended in times]

    assert outermost(calls((0, 9), (1, 2), (3, 8), (4, 5), (10, 11))) == calls((0, 9), (10, 11))
    assert outermost(calls((0, 2), (2, 4), (3, 4))) == calls((0, 2), (2, 4))
    elsewhere = [Call("f", 1, 2, 1, 2), Call("f", 2, 1, 1, 2)]
    assert outermost(calls((0, 3)) + elsewhere) == calls((0, 3)) + elsewhere


@pytest.mark.timeout(60)
def test_many_calls_are_looked_through_in_time():
    calls = [Call("f", 1, 1, number, number + 0.5) for number in range(MANY)]
    assert outermost(calls) == calls


@pytest.mark.timeout(60)
def test_many_tasks_are_looked_through_in_time():
    assert took_turns(range(MANY), [number + 0.5 for number in range(MANY)])
    assert not took_turns(range(MANY), [number + 1.5 for number in range(MANY)])


def test_only_multiprocessing_has_classes_called_process_and_pool():
    for path in (ROOT / "helpers").rglob("*.py"):
        classes = {node.name for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.ClassDef)}
        assert not classes & {"Process", "Pool"}, path


def test_what_a_script_prints_is_not_taken_for_a_note(tmp_path):
    path = tmp_path / "script.py"
    printed = "joined\n{'what': 'joined'}\n"
    path.write_text(f"print({printed!r}, end='')")
    folder = tmp_path / "notes"
    folder.mkdir()
    assert capture_script(path, COURSE_WITNESS=str(folder)).output == printed
    assert "".join(note["text"] for note in read_facts(folder, "printed")) == printed
    assert list(read_facts(folder, "joined")) == [] and Hopeless(folder).deaths() == 0


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
import os, pathlib, time
folder = pathlib.Path(os.environ["COURSE_WITNESS"])
(folder / "a-folder").mkdir()
(folder / "facts-1-1").write_text("{'what': junk}\\n{\\n{'what': 'x'}\\n[1]\\n")
(folder / "records-notes.txt").touch()
time.sleep(0.7)  # somebody looks every half a second
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
    (environment / "sitecustomize.py").write_text("import threading, course_witness.hooks as it; it.watch('.', None)")
    (tmp_path / "script.py").write_text("import threading; print(threading.Thread.run.__module__)")
    folders = os.pathsep.join(map(str, (environment, inside_scripts)))
    assert capture_script(tmp_path / "script.py", PYTHONPATH=folders).output == "course_witness.processes\n"


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
    path.write_text("import sys; print('course_witness' in sys.modules)")
    assert capture_script(path).output == "False\n"
    assert Attempt(path).output == "True\n"


def test_a_script_that_needs_no_processes_does_not_import_multiprocessing_for_the_witness(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("import sys; print({'multiprocessing', 'threading', 'json'} & set(sys.modules))")
    assert Attempt(path).output == "set()\n"
