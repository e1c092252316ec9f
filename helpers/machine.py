"""What this computer offers Python's multiprocessing."""

import multiprocessing
import os
import platform
import sys
from pathlib import Path

import psutil

from helpers.inputs import whole_number


def usable_cores():
    """Return how many cores (logical CPUs) this process may use, given its CPU affinity and any container quota."""
    import joblib  # imported here: it takes longer than starting a process, and few processes need it

    return joblib.cpu_count()


def physical_cores():
    """Return how many physical cores this computer has, or None if the system doesn't say. It ignores any limits."""
    return psutil.cpu_count(logical=False)


def start_methods():
    """Return the names of this platform's start methods, the default first."""
    known = multiprocessing.get_all_start_methods()  # joblib adds some of its own
    return [method for method in known if method in ("fork", "spawn", "forkserver")]


def gil_enabled():
    """Return whether this interpreter runs with the global interpreter lock (GIL) on."""
    return getattr(sys, "_is_gil_enabled", lambda: True)()


# where Linux keeps a container's limit, in bytes: in version 2 of its control groups, and in version 1
MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def usable_memory():
    """Return the memory, in bytes, that this process may use, given any container limit."""
    limits = [psutil.virtual_memory().total]
    for file in MEMORY_LIMITS:
        try:
            limits.append(int(Path(file).read_text()))
        except (OSError, ValueError):  # no control groups of this version, or "max": no limit
            pass
    return min(limits)


def memory_of(pid):
    """Return the memory, in bytes, that would be freed if the process `pid` ended (its USS).

    On macOS only root can ask that about other processes. There it is the memory they use, shared or not (RSS).
    Raises TypeError or ValueError for what is no PID of a process that runs.
    """
    try:
        process = psutil.Process(whole_number("pid", pid))
    except psutil.NoSuchProcess:
        raise ValueError(f"There is no process {pid}. Give the PID of one that runs, such as os.getpid().") from None
    try:
        return process.memory_full_info().uss
    except psutil.AccessDenied:
        return process.memory_info().rss


def card():
    """Return what this machine offers, as (what, value) pairs in reading order."""
    default, *others = start_methods()
    return [
        ("usable cores", str(usable_cores())),
        ("os.cpu_count()", str(os.cpu_count())),
        ("physical cores", str(physical_cores() or "not known")),
        ("memory", f"{usable_memory() / 2**30:.1f} GiB"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("system", f"{platform.system()} on {platform.machine()}"),
        ("GIL", "on" if gil_enabled() else "off"),
        ("default start method", default),
        ("other start methods", ", ".join(others) or "none"),
    ]
