"""Each failure of notebook 09 happens, and its cure works, under each start method, in the notebook's own scripts."""

import os
import re
import subprocess
import sys
import textwrap
from multiprocessing.shared_memory import SharedMemory
from types import SimpleNamespace

import course
import pytest

from helpers.machine import start_methods
from helpers.scripts.tracing import traced_run

NOTEBOOK = course.FOLDER / "09-when-things-go-wrong.ipynb"
HANGS = 6.0  # seconds after which a script that should hang is stopped
ENDS = 60.0  # seconds for a script that should end

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals and processes")


def sources():
    """Return file → what the notebook writes into it."""
    found = {}
    for cell in course.cells(NOTEBOOK, "code"):
        first, _, rest = cell.source.partition("\n")
        if first.startswith("%%writefile "):
            found[first.split()[1]] = rest + "\n"
    return found


def cell_with(text):
    """Return the notebook's only cell that has this text and writes no file, as the body of a script with a guard."""
    (found,) = [
        cell.source
        for cell in course.cells(NOTEBOOK, "code")
        if text in cell.source and not cell.source.startswith("%%")
    ]
    return guarded(f"import multiprocessing, re, subprocess, sys, time\n{found}")


def guarded(code):
    return f"if __name__ == '__main__':\n{textwrap.indent(textwrap.dedent(code), '    ')}"


@pytest.fixture(params=start_methods())
def run(request, tmp_path):
    """Run a script of the notebook, or another one next to them, and return its exit code, output and verdict."""
    for name, source in sources().items():
        (tmp_path / name).write_text(source, encoding="utf-8")

    def run_script(name, *arguments, source=None, limit=ENDS):
        if source:
            (tmp_path / name).write_text(source, encoding="utf-8")
        printed = []
        trace = traced_run(
            tmp_path / name, limit, printed.append, arguments=arguments, COURSE_START_METHOD=request.param
        )
        output = "".join(printed)
        return SimpleNamespace(
            exit_code=trace.exit_code, hangs=trace.exit_code is None, output=output, verdict=trace.verdict
        )

    return run_script


# --- Errors ---


def test_only_map_raises_an_error_that_nobody_asked_for(run):
    ran = run("who_hears.py")
    assert ran.exit_code == 0
    assert re.findall(r"^(\w+): (nothing|ValueError)$", ran.output, re.MULTILINE) == [
        ("process", "nothing"),
        ("pool_map", "ValueError"),
        ("pool_apply_async", "nothing"),
        ("executor_submit", "nothing"),
        ("executor_map", "nothing"),
    ]


def test_an_error_that_can_not_be_unpickled_makes_the_pool_deaf(run):
    ran = run("bad_error.py", limit=HANGS)
    assert ran.hangs and "(_handle_results)" in ran.output
    assert "missing 1 required positional argument: 'reason'" in ran.output


BROKEN = guarded("""
    from concurrent.futures import ProcessPoolExecutor
    from bad_error import read
    with ProcessPoolExecutor(1) as executor:
        print(type(executor.submit(read, 3).exception()).__name__)
""")


def test_such_an_error_breaks_an_executor(run):
    assert run("broken.py", source=BROKEN).output == "BrokenProcessPool\n"


def test_an_error_with_all_its_arguments_arrives(run):
    assert run("good_error.py").output == "RowError: row 3: empty\n"


REDUCED = sources()["bad_error.py"].replace(
    'reason}")\n',
    'reason}")\n        self.row, self.reason = row, reason\n\n'
    "    def __reduce__(self):\n        return RowError, (self.row, self.reason)\n",
    1,
)


def test_so_does_one_that_says_how_to_make_it_anew(run):
    ran = run("reduced.py", source=REDUCED)
    assert ran.exit_code == 1 and ran.output.endswith("RowError: row 3: empty\n")


# --- Tasks that take too long, and workers that die ---

TOO_LONG = guarded("""
    import multiprocessing, time
    from within import within
    print(within(60, abs, -3))
    try:
        within(0.5, time.sleep, 600)
    except TimeoutError as error:
        print(error)
    print(multiprocessing.active_children())
""")


def test_a_process_of_its_own_can_be_ended(run):
    assert run("too_long.py", source=TOO_LONG).output == "3\nno result after 0.5 s\n[]\n"


@pytest.mark.skipif(sys.version_info < (3, 14), reason="kill_workers() came with Python 3.14")
def test_an_executor_can_kill_its_workers(run):
    cell = cell_with("executor.kill_workers()").replace(
        "import", "from concurrent.futures import ProcessPoolExecutor\n    import", 1
    )
    ran = run("kill_workers.py", source=cell)
    assert ran.output == "quick: 1  slow: BrokenProcessPool\n"


def test_a_pool_waits_forever_for_a_worker_that_was_killed(run):
    ran = run("killed.py", limit=HANGS)
    assert ran.hangs and "ended with a task in hand" in ran.verdict


def test_an_executor_notices_and_a_second_attempt_finds_the_task(run):
    lines = run("killed_executor.py").output.splitlines()
    assert re.fullmatch("1 1(?: at the second attempt)?", lines[0])
    assert lines[1:] == ["2 kills its worker", "3 9 at the second attempt", "4 16 at the second attempt"]


def test_a_pool_can_not_be_nested_in_a_pool_but_in_an_executor(run):
    assert run("pool_in_pool.py").output.splitlines() == [
        "Pool: AssertionError: daemonic processes are not allowed to have children",
        "ProcessPoolExecutor: 3",
    ]


def workers_replaced_after(run, tasks):
    source = sources()["replaced.py"].replace("max_tasks_per_child=2", f"max_tasks_per_child={tasks}")
    return run("replaced.py", "executor", source=source, limit=HANGS if tasks > 1 else ENDS)


def test_a_pool_replaces_its_workers(run):
    assert run("replaced.py", "pool").output == "3 workers\n"


def test_an_executor_replaces_its_workers_unless_its_python_has_the_bug(run):
    assert workers_replaced_after(run, tasks=1).output == "6 workers\n"
    ran = workers_replaced_after(run, tasks=2)
    assert ran.hangs or ran.output == "3 workers\n"
    if sys.version_info < (3, 13):  # nobody will mend it there
        assert ran.hangs
    if sys.version_info >= (3, 14, 10):
        assert not ran.hangs


# --- Locks and messages ---


def test_two_locks_in_opposite_order_are_a_circle(run):
    ran = run("two_locks.py", limit=HANGS)
    assert ran.hangs and "wait for each other" in ran.verdict


def test_two_locks_in_the_same_order_are_none(run):
    source = sources()["two_locks.py"].replace("args=(b, a, barrier)", "args=(a, b, barrier)")
    ran = run("one_order.py", source=source.replace("barrier.wait()", "pass"))
    assert ran.output == "moved\nmoved\n"


def test_half_a_message_in_a_queue_is_waited_for_forever(run):
    ran = run("half_a_message.py", limit=HANGS)
    assert ran.hangs and ran.output == "Is the queue empty? False\n"


def test_a_pipe_says_that_its_other_end_has_gone(run):
    assert run("half_in_a_pipe.py").output == "The other end has gone.\n"


# --- What is left behind ---


@posix
@pytest.mark.parametrize(("options", "tracebacks"), [([], 2), (["ignore"], 0)])
def test_ctrl_c_reaches_the_workers_unless_they_ignore_it(run, options, tracebacks):
    ran = run("ctrl_c.py", *options)
    assert ran.output.endswith("the parent is interrupted\nworkers left: 0\n")
    assert ran.output.count("Traceback (most recent call last)") == tracebacks


@posix
def test_a_process_that_nobody_joins_is_a_zombie(run):
    assert run("zombies.py").output == "before the join: zombie zombie zombie\nafter the join:  0 left\n"


@pytest.mark.parametrize(("options", "left"), [([], 2), (["watch"], 0)])
def test_workers_outlive_a_parent_that_was_killed_unless_they_watch_it(run, options, left):
    assert run("orphans.py", *options).output == f"{left} orphans\n"


@posix
@pytest.mark.parametrize(("options", "stays"), [([], False), (["kill"], True)])
def test_shared_memory_stays_if_the_tracker_is_killed_too(tmp_path, options, stays):
    script = tmp_path / "leak.py"
    script.write_text(sources()["leak.py"], encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, script, *options], capture_output=True, text=True, timeout=ENDS, start_new_session=True
    )
    try:
        block = SharedMemory(ran.stdout.strip())
    except FileNotFoundError:
        block = None
    else:
        block.close()
        block.unlink()
    assert bool(block) == stays
    assert ("leaked shared_memory objects" in ran.stderr) == (not stays)


# --- Logs, and where a process stands ---


def test_a_spawned_worker_does_not_log_and_a_queue_brings_its_log_home(run):
    assert run("log_lost.py").output == "INFO:root:done\n"
    kept = run("log_kept.py").output
    assert sorted(re.findall(r"^INFO: task (.), says \w+PoolWorker-\d+$", kept, re.MULTILINE)) == ["1", "2", "3", "4"]


def test_a_task_says_where_it_was_when_its_time_was_up(run):
    ran = run("say_where.py")
    assert re.search(r'halvings\.py", line [345] in halvings', ran.output)
    assert ran.output.endswith("8 3\n5 2\n0 BrokenProcessPool\n")


ON_A_SIGNAL = guarded("""
    import faulthandler, multiprocessing, os, signal, time
    from halvings import halvings
    with multiprocessing.Pool(1, initializer=faulthandler.register, initargs=(signal.SIGUSR1,)) as pool:
        pool.apply(abs, (1,))  # now it has registered
        pool.apply_async(halvings, (0,))
        (worker,) = multiprocessing.active_children()
        time.sleep(0.5)
        os.kill(worker.pid, signal.SIGUSR1)
        time.sleep(0.5)
        print("still there:", worker.is_alive())
""")


@posix
def test_a_worker_says_where_it_is_when_asked_by_a_signal(run):
    ran = run("on_a_signal.py", source=ON_A_SIGNAL)
    assert re.search(r'halvings\.py", line [345] in halvings', ran.output)
    assert ran.output.endswith("still there: True\n")


def test_a_running_process_is_asked_from_outside(run):
    ran = run("ask.py", source=cell_with('"profiling.sampling": ["-m"'))
    assert ran.exit_code == 0 and "Is the worker still running? True" in ran.output
    for name, since in {"pdb": (3, 14), "profiling.sampling": (3, 15)}.items():
        said = re.search(rf"^{re.escape(name)}\b.*", ran.output, re.MULTILINE)[0]
        assert ("needs Python" in said) == (sys.version_info < since)
        assert "needs Python" in said or "not permitted" in said or "halvings" in said
