"""nbval runs each notebook under each start method: every cell shows what is stored and leaves nothing behind."""

import re
import subprocess
import sys
import warnings

import course
import leftovers
import nbformat
import pytest
from conftest import ROOT
from course import every_notebook

from helpers.machine import start_methods

# IPython runs this in the kernel before the first cell
STARTUP = """\
import sys

sys.path.append({tests!r})
import kernel_under_test

kernel_under_test.prepare({start_method!r}, {report!r})
del sys, kernel_under_test
"""

# pytest reads this next to the notebook
CONFTEST = """\
from nbval.kernel import RunningKernel


def end_as_jupyterlab_does(running):
    # nbval would kill the kernel, and with it Python's resource tracker, which tidies up behind it
    running.kc.stop_channels()
    running.km.shutdown_kernel()


RunningKernel.stop = end_as_jupyterlab_does
"""


THE_END = "THE_END = True"  # a cell that tells the kernel that this was the last one: see kernel_under_test


def run(notebook, start_method, folder):
    """Run a notebook under nbval, in a kernel with this start method. Return the outcome and the kernel's report."""
    add_cells(notebook, THE_END)
    (notebook.parent / "conftest.py").write_text(CONFTEST)
    report = folder / "report"
    startup = STARTUP.format(start_method=start_method, tests=str(ROOT / "tests"), report=str(report))
    nbval = ["--nbval", "--nbval-cell-timeout=120", f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *nbval, notebook],
        cwd=folder,
        env=course.environment(folder / "ipython", course.NO_PROGRESS_BARS + startup),
        capture_output=True,
        text=True,
    )
    return ran, report.read_text()


def add_cells(path, *sources):
    """Add code cells at the end of a notebook."""
    notebook = course.read(path)
    notebook.cells += map(nbformat.v4.new_code_cell, sources)
    nbformat.write(notebook, path)


@pytest.mark.timeout(800)  # for both
@pytest.mark.parametrize("start_method", start_methods())
@every_notebook
def test_every_cell_shows_what_is_stored_and_leaves_nothing_behind(path, start_method, tmp_path):
    """A cell that compares times may fail on a machine that stalls, so a notebook has a second try, and pytest says so.

    What a cell leaves behind is no matter of time, and gets none.
    """
    ran = try_notebook(path, start_method, tmp_path / "first")
    if ran.returncode != 0:
        warnings.warn(f"{path.stem} under {start_method}: the first try failed\n{ran.stdout[-5000:]}", stacklevel=1)
        ran = try_notebook(path, start_method, tmp_path / "second")
    assert ran.returncode == 0, ran.stdout[-5000:]


def try_notebook(path, start_method, folder):
    ran, report = run(course.copy(folder / "notebooks") / path.name, start_method, folder)
    assert report == "watched\n"
    return ran


# --- The report itself ---

LEAVE_A_PROCESS = """\
import subprocess, sys
process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
"""
END_THE_PROCESS = "process.kill(); process.wait()"
LEAVE_A_BLOCK = "from multiprocessing.shared_memory import SharedMemory; block = SharedMemory(create=True, size=10)"
CLOSE_THE_BLOCK = "block.close()"
REMOVE_THE_BLOCK = "block.unlink()"
KEEP_AN_EVENT = "import multiprocessing; mine = multiprocessing.Event()"
HIDE_AN_EVENT = "import multiprocessing, helpers; helpers.hidden = multiprocessing.Event()"
LOSE_A_SEMAPHORE = """\
import multiprocessing

process = multiprocessing.get_context("spawn").Process(
    target=exec,
    args=("import multiprocessing, os; lock = multiprocessing.get_context('spawn').Lock(); os._exit(0)",),
)
process.start()
process.join()
"""


@pytest.mark.skipif(not leftovers.FOLDER.exists(), reason="here semaphores are no files")
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("sources", "lines"),
    [
        ([KEEP_AN_EVENT], []),  # it is the learner's
        ([KEEP_AN_EVENT, HIDE_AN_EVENT], ["sem.mp-.* after 'THE_END"]),
        ([LOSE_A_SEMAPHORE], ["sem.mp-.* after 'import", "sem.mp-.* after 'THE_END"]),
        ([LEAVE_A_BLOCK, CLOSE_THE_BLOCK, REMOVE_THE_BLOCK], ["psm_.* after 'from", "psm_.* after 'block.close"]),
        ([LEAVE_A_PROCESS, END_THE_PROCESS], ["time.sleep.* after 'import"]),
    ],
    ids=["kept", "hidden", "lost", "block", "process"],
)
def test_what_a_cell_leaves_behind_is_reported(sources, lines, tmp_path):
    notebook = tmp_path / "notebooks" / "leaving.ipynb"
    notebook.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), notebook)
    add_cells(notebook, *sources)
    ran, report = run(notebook, "spawn", tmp_path)
    assert ran.returncode == 0, ran.stdout[-5000:]
    watched, *found = report.splitlines()
    assert watched == "watched" and len(found) == len(lines), report
    assert all(map(re.search, lines, found)), report
