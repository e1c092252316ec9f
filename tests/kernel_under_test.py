"""Prepare a kernel for testing: set its start method, and report what each cell leaves behind, or opens to others."""

import gc
import multiprocessing
import os
import secrets
import sys
import threading
import time
from multiprocessing import shared_memory
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import SemLock
from pathlib import Path

import leftovers
import listening
import psutil
from IPython import get_ipython

import helpers.measure
import helpers.panels.workloads
import helpers.workers

FINEST = 48  # pixels of a tile
PATIENCE = 5  # seconds for a resource tracker to clean up
LOOK_EVERY = 0.5  # seconds between looks for sockets that other machines can reach
MARK = secrets.token_hex(2)
BEFORE = leftovers.names()  # of programs of the past, whose PIDs come again
started = {os.getpid()}  # PIDs of this kernel and of the processes that it started
open_to_others = set()  # addresses beyond loopback at which they have listened since the last cell began
of_others = listening.any_beyond_loopback()  # sockets of other programs


def prepare(start_method, report):
    """Force a start method, and write to the file `report` what a cell leaves behind, or opens to other machines.

    Each thing is measured twice at most, the tasks of panels are short, and pictures are coarse.
    """
    multiprocessing.set_start_method(start_method)
    helpers.measure.MOST_ROUNDS, helpers.panels.workloads.SHARE = 2, 0.1
    helpers.panels.workloads.pace = lambda: 1  # the same sizes on each machine
    helpers.workers.mandelbrot_tiles = coarse(helpers.workers.mandelbrot_tiles)
    mark_names()
    threading.Thread(target=watch_sockets, daemon=True).start()
    get_ipython().events.register("post_run_cell", watch(Path(report)))


def coarse(mandelbrot_tiles):
    """Return the function `mandelbrot_tiles` with a limit on the pixels of a tile."""

    def coarse_tiles(across=8, pixels=32, **square):
        return mandelbrot_tiles(across, min(pixels, FINEST), **square)

    return coarse_tiles


def mark_names():
    """Give this kernel's semaphores and memory blocks names that tell them apart from those of other programs.

    Its processes inherit the semaphores' prefix. Where joblib is imported, the prefix is the PID of the maker.
    """
    multiprocessing.current_process()._config["semprefix"] = f"/mp-{os.getpid()}-{MARK}"
    shared_memory._SHM_NAME_PREFIX = f"/psm_{MARK}_"
    start = BaseProcess.start

    def start_and_note(process):
        start(process)
        started.add(process.pid)

    BaseProcess.start = start_and_note


def watch(report):
    """Return a function for IPython to call after each cell."""
    report.write_text("watched\n")

    def left():
        found, made = [*leftovers.names(f"psm_{MARK}_*")], semaphores()
        if made:  # it takes a while to look for all locks
            found += made - alive()
        if the_end():
            found += made - tqdms()
        return found

    def after_cell(result):
        processes = workers()
        if the_end():
            forget_everything()
        due = time.monotonic() + PATIENCE
        while (found := left()) and time.monotonic() < due:
            time.sleep(0.1)
        look_for_sockets()
        listened = [f"listened at {open_to_others.pop()}" for _ in range(len(open_to_others))]
        if processes or found or listened:
            with report.open("a") as file:
                file.write(f"{processes + found + listened} after {result.info.raw_cell[:60]!r}\n")

    return after_cell


def watch_sockets():
    """Look for sockets again and again, since a cell may open one and close it."""
    while listening.TABLES[0].exists():  # elsewhere, each look would take long
        look_for_sockets()
        time.sleep(LOOK_EVERY)


def look_for_sockets():
    """Note at which addresses beyond loopback this kernel and its processes listen."""
    new = listening.any_beyond_loopback() - of_others
    if new or not listening.TABLES[0].exists():
        kernel = psutil.Process()
        found = listening.beyond_loopback([kernel, *kernel.children(recursive=True)])
        open_to_others.update(found)
        if not found:
            of_others.update(new)


def the_end():
    """Return whether the notebook has reached its end: its last cell, which the test added, says so."""
    return get_ipython().user_ns.get("THE_END", False)


def forget_everything():
    """Delete what the notebook's cells have made, except the sign that it has reached its end."""
    get_ipython().reset(new_session=False)
    get_ipython().user_ns["THE_END"] = True
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):  # an error keeps its frames
        if hasattr(sys, name):
            delattr(sys, name)
    gc.collect()


def workers():
    """Return the command lines of the kernel's children, except multiprocessing's own two helpers.

    The forkserver and the resource tracker stay for the next process; the forkserver's children are workers.
    """
    left = []
    for child in psutil.Process().children(recursive=True):
        try:
            command = " ".join(child.cmdline())
            is_helper = child.parent() == psutil.Process() and (
                "forkserver" in command or "resource_tracker" in command
            )
            is_ending = not command or child.status() == psutil.STATUS_ZOMBIE  # its memory is gone
            if not is_helper and not is_ending:
                left.append(command)
        except psutil.NoSuchProcess:
            pass
    return left


def semaphores():
    """Return the names of semaphores that this kernel, or a process that it started, made and has not removed.

    Scripts are programs of their own: theirs have other names.
    """
    prefix = multiprocessing.current_process()._config["semprefix"].removeprefix("/")
    kinds = [f"sem.{prefix}-*", *(f"sem.loky-{pid}-*" for pid in started)]
    return leftovers.names(*kinds) - BEFORE


def alive():
    """Return the names of the semaphores of locks, events, pools ... that the notebook still has."""
    locks = [thing for thing in gc.get_objects() if issubclass(type(thing), SemLock)]
    return {file_of(lock) for lock in locks}


def tqdms():
    """Return the name of the semaphore that tqdm keeps for as long as the kernel lives."""
    lock = getattr(sys.modules["tqdm.std"].TqdmDefaultWriteLock, "mp_lock", None) if "tqdm.std" in sys.modules else None
    return {file_of(lock)} if lock else set()


def file_of(lock):
    """Return the name of the file of a lock's semaphore; under fork it has none."""
    return f"sem.{(lock._semlock.name or '/').removeprefix('/')}"
