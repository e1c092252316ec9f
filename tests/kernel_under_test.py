"""Prepares a kernel to be tested: its start method, and a report of what each cell leaves behind."""

import multiprocessing
from pathlib import Path

import psutil
from IPython import get_ipython

import helpers.measure

SHARED_MEMORY = Path("/dev/shm")


def prepare(start_method, report):
    """Force a start method, measure each thing once, and write to the file `report` what a cell leaves behind."""
    multiprocessing.set_start_method(start_method)
    helpers.measure.MOST_ROUNDS = 1
    get_ipython().events.register("post_run_cell", watch(Path(report)))


def watch(report):
    """Return a function for IPython to call after each cell."""
    report.write_text("watched\n")
    before = shared_memory()

    def after_cell(result):
        left = [*workers(), *(shared_memory() - before)]
        if left:
            with report.open("a") as file:
                file.write(f"{left} after {result.info.raw_cell[:60]!r}\n")

    return after_cell


def workers():
    """Return the command lines of the kernel's children, but for multiprocessing's own two helpers.

    The forkserver and the resource tracker stay for the next process; the forkserver's children are workers.
    """
    left = []
    for child in psutil.Process().children(recursive=True):
        try:
            command = " ".join(child.cmdline())
            is_helper = child.parent() == psutil.Process() and (
                "forkserver" in command or "resource_tracker" in command
            )
            if not is_helper and child.status() != psutil.STATUS_ZOMBIE:
                left.append(command)
        except psutil.NoSuchProcess:
            pass
    return left


def shared_memory():
    """Return the names of multiprocessing's shared memory blocks (where they are files: on Linux)."""
    return {path.name for path in SHARED_MEMORY.glob("psm_*")}
