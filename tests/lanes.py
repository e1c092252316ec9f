"""Run a notebook in a lane: on one Python, under one start method. nbval compares its cells with what is stored."""

import subprocess
import sys
import time
from dataclasses import dataclass

import course
import nbformat

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
TESTS = course.FOLDER.parent / "tests"


@dataclass(frozen=True)
class Lane:
    """A Python, as the path of one that has the course's packages, and a start method."""

    python: str
    start_method: str


@dataclass(frozen=True)
class Tried:
    """How a notebook fared: what failed (the end of nbval's report, or ""), what it left, and how long it took."""

    failed: str
    left: list[str]  # a line for each cell that left something
    seconds: float


def start_method_of(path):
    """Return the start method under which the tests run a notebook. `make matrix` runs it under all of them.

    Notebooks take turns with the start methods, and each Python begins with another one.
    """
    methods = start_methods()
    return methods[(int(path.stem[:2]) + sys.version_info.minor) % len(methods)]


def try_notebook(path, lane, folder):
    """Run a copy of the notebook at `path` in a new folder, and return a `Tried`."""
    return run(course.copy(folder / "notebooks") / path.name, lane, folder)


def run(notebook, lane, folder):
    """Run a notebook, which may be changed, under nbval, and return a `Tried`."""
    add_cells(notebook, THE_END)
    (notebook.parent / "conftest.py").write_text(CONFTEST)
    report = folder / "report"
    startup = STARTUP.format(start_method=lane.start_method, tests=str(TESTS), report=str(report))
    nbval = [
        "-p",
        "nbval.plugin",
        "--nbval",
        "--nbval-cell-timeout=120",
        f"--nbval-sanitize-with={TESTS / 'nbval.cfg'}",
    ]
    environment = course.environment(folder / "ipython", course.NO_PROGRESS_BARS + startup)
    began = time.perf_counter()
    ran = subprocess.run(
        [lane.python, "-m", "pytest", "-q", *nbval, notebook],
        cwd=folder,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # others take a second
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    watched, *left = report.read_text().splitlines() if report.exists() else ["The kernel was not watched."]
    assert watched == "watched", f"{watched}\n{ran.stdout[-5000:]}{ran.stderr}"
    return Tried(ran.stdout[-5000:] if ran.returncode else "", left, seconds)


def add_cells(path, *sources):
    """Add code cells at the end of a notebook."""
    notebook = course.read(path)
    notebook.cells += map(nbformat.v4.new_code_cell, sources)
    nbformat.write(notebook, path)
