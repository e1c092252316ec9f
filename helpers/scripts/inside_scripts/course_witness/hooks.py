"""What the witness watches: functions of multiprocessing, concurrent.futures, threading and time are wrapped.

They are wrapped when their module is imported, so a script pays only for what it uses. Wrapped functions do and return
the same as before, and no traceback shows the wrapping.

Much of what is wrapped is private to multiprocessing, and a later Python may no longer have it. Then that is noted, and
the script continues. So a function that wraps something looks up everything it needs before it changes anything.
"""

import os
import sys
import time
from _frozen_importlib_external import PathFinder  # importlib.machinery's, which takes a millisecond to import
from _thread import get_ident
from time import thread_time

from course_witness import notes
from course_witness.notes import note, settings, unharmed
from course_witness.tracebacks import hide_witness, hiding
from course_witness.wrapping import noting_wait, watched

WORKERS = ("count_primes", "fetch_page", "hash_password", "mandelbrot_tile")  # those of helpers.workers that do work
MOST_TEXT = 1000  # characters noted of what is printed at once


def watch(folder, start_method):
    """Start to write notes into `folder`, and make `start_method`, if given, the script's default."""
    settings.update(folder=folder, start_method=start_method)
    notes.begin()
    note("python", computed=thread_time())
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin_in_child)
    note_what_is_printed()
    sys.excepthook = hiding(sys.excepthook)
    time.sleep = noting_wait(time.sleep, "sleep", seconds_at=0)
    for name in PATCHES.keys() & sys.modules.keys():  # a .pth file in the environment may have imported some
        with unharmed:
            PATCHES[name](sys.modules[name])
    sys.meta_path.insert(0, PatchOnImport)


def begin_in_child():
    """Start again in a forked process. If multiprocessing forked it, its parent notes that."""
    notes.begin()
    if not sys._getframe(1).f_globals.get("__name__", "").startswith("multiprocessing."):
        note("forked")


def note_what_is_printed():
    """Note each line that this process prints, to know who printed what."""
    write, flush, begun = sys.stdout.write, sys.stdout.flush, {}  # thread → a line that has not ended yet

    def noted_write(text):
        written = write(text)
        with unharmed:
            text = begun.pop(get_ident(), "") + text
            end = text.rfind("\n") + 1 if len(text) < MOST_TEXT else len(text)
            if end:
                note_printed(text[:end], get_ident())
            if end < len(text):
                begun[get_ident()] = text[end:]
        return written

    def noted_flush():
        flush()
        while begun:
            thread, text = begun.popitem()
            note_printed(text, thread)

    sys.stdout.write, sys.stdout.flush = noted_write, noted_flush


def note_printed(text, thread):
    """Note what a thread printed. If it is long, note its beginning and how many lines are left out."""
    if len(text) <= MOST_TEXT:
        note("printed", text=text, thread=thread)
    else:
        end = "\n" * text.endswith("\n")
        note("printed", text=text[:MOST_TEXT] + end, thread=thread, left_out=text.count("\n", MOST_TEXT) - len(end))


class PatchOnImport:
    """Patches a module as soon as it has been imported."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        patch = PATCHES.get(name)
        spec = patch and PathFinder.find_spec(name, path)
        if not spec:
            return None
        execute = spec.loader.exec_module

        def execute_and_patch(module):
            execute(module)
            with unharmed:
                patch(module)

        spec.loader.exec_module = execute_and_patch
        return spec


def patch_workers(workers):
    for name in WORKERS:
        setattr(workers, name, watched(getattr(workers, name)))


def by(module, function):
    """Return a function that imports a module of this package and calls one of its functions."""

    def patch(patched):
        name = f"course_witness.{module}"
        __import__(name)
        getattr(sys.modules[name], function)(patched)

    return patch


PATCHES = {
    "traceback": hide_witness,
    "threading": by("processes", "patch_threading"),
    "queue": by("channels", "patch_queue"),
    "selectors": by("channels", "patch_selectors"),
    "multiprocessing.synchronize": by("locks", "patch_synchronize"),
    "multiprocessing.process": by("processes", "patch_process"),
    "multiprocessing.popen_fork": by("processes", "patch_popen"),
    "multiprocessing.popen_forkserver": by("processes", "patch_popen"),
    "multiprocessing.popen_spawn_win32": by("processes", "patch_popen"),
    "multiprocessing.context": by("processes", "patch_context"),
    "multiprocessing.util": by("processes", "patch_util"),
    "multiprocessing.connection": by("channels", "patch_connection"),
    "multiprocessing.queues": by("channels", "patch_queues"),
    "multiprocessing.managers": by("channels", "patch_managers"),
    "multiprocessing.pool": by("pools", "patch_pool"),
    "concurrent.futures._base": by("pools", "patch_futures"),
    "concurrent.futures.process": by("pools", "patch_executor"),
    "concurrent.futures.thread": by("pools", "patch_thread_executor"),
    "helpers.workers": patch_workers,
}
