"""How much of the usable cores other programs took during a run."""

import os
from pathlib import Path
from time import perf_counter, process_time

import psutil

from helpers.running.log import Load

BUSY = 0.2  # share of the cores: if other programs take more than this, it shows in a measurement
SHORTEST = 0.1  # seconds: a shorter run says nothing, since the system counts processor time in steps of 10 ms


def is_busy(load):
    """Return whether other programs took cores that a run could have used. An unknown load (None) is not busy."""
    return bool(load) and load.others > BUSY * load.cores and load.idle < BUSY * load.cores


class Watch:
    """Watches the usable cores from the moment it is created."""

    def __init__(self):
        self._began, self._computed, self._before = perf_counter(), process_time(), processor_times()

    def load(self, used):
        """Return the `Load` since the watch was made, or None if the time was too short to tell.

        used  seconds of processor time that worker processes have taken; this process's own is measured here
        """
        seconds = perf_counter() - self._began
        if seconds < SHORTEST or not self._before:
            return None
        busy, idle = (after - before for after, before in zip(processor_times(), self._before))
        own = used + process_time() - self._computed
        return Load(usable_cpus(), max(0.0, busy - own) / seconds, max(0.0, idle) / seconds)


def processor_times():
    """Return the seconds that the usable CPUs have been (busy, idle) since the start; None if the system hides them."""
    each = psutil.cpu_times(percpu=True)
    if hasattr(os, "sched_getaffinity"):
        each = [times for number, times in enumerate(each) if number in os.sched_getaffinity(0)]
    idle = sum(times.idle + getattr(times, "iowait", 0.0) for times in each)
    # a guest's time is already included in its host's user time
    busy = sum(sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0) for times in each) - idle
    return (busy, idle) if busy + idle else None


def waited_for_core():
    """Return for how many seconds the calling thread has been ready to run without a core, or 0 if that is unknown.

    Only Linux reports it. It's the time that other programs cost a task; the task's own waits don't count.
    """
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def usable_cpus():
    """Return the number of CPUs whose times `processor_times` adds up."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count()
