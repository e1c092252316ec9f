"""What the workers of a run record during the run.

Standard library only, as in `helpers.workers`: every worker process imports this file.
"""

import os
from collections import namedtuple
from itertools import chain, islice
from multiprocessing.heap import Arena  # not RawArray: ctypes would cost each new worker four milliseconds
from multiprocessing.reduction import ForkingPickler

from helpers.running.inside import Span

Life = namedtuple("Life", "process thread asked ready gone")
Life.__doc__ = """The life of a worker. Times are in seconds on the clock that all processes share; 0 means "not yet".

process  its PID
thread   the operating system's id of its thread
asked    when its start began
ready    when it was up
gone     when it had done all that it was started for
"""


Load = namedtuple("Load", "cores others idle")
Load.__doc__ = """How many of the usable cores other programs took during a run, and how many were idle.

cores   how many CPUs this process may run on
others  how many of them other programs took, on average
idle    how many of them were idle, on average
"""


class Log:
    """Memory that the workers of a run share with whatever watches it.

    tasks    how many tasks there are
    workers  how many workers there may be
    room     bytes for the result of each task, so that it can be looked at during the run

    Times are in seconds on the clock that all processes of a machine share. 0 means "not yet".
    No lock is needed: each task and each worker has a place of its own, which only one worker writes. When each result
    arrived is written only by the process that began the run.
    """

    def __init__(self, tasks, workers, room=0):
        self._size = tasks, workers, room
        self._memory = Arena(8 * 5 + 8 * 6 * workers + (8 * 4 + 4 * 2 + room) * tasks)
        reserve(self._memory)
        self._cut(memoryview(self._memory.buffer))

    def __getstate__(self):
        return self._size, bytes(ForkingPickler.dumps(self._memory))  # other picklers, as joblib's, can't do that

    def __setstate__(self, state):
        self._size, pickled = state
        self._memory = ForkingPickler.loads(pickled)
        self._cut(memoryview(self._memory.buffer))

    @property
    def shared(self):
        """What another interpreter in this process needs for `over`: the size and the memory itself."""
        return self._size, memoryview(self._memory.buffer)

    @classmethod
    def over(cls, size, memory):
        """Return the log whose `shared` was (size, memory)."""
        log = cls.__new__(cls)
        log._size = size
        log._cut(memory)
        return log

    def _cut(self, memory):
        """Cut the memory into columns."""
        tasks, workers, room = self._size

        def column(kind, size, length):
            nonlocal memory
            cut, memory = memory[: size * length], memory[size * length :]
            return cut.cast(kind)

        # of the run: when it began, when its last result had arrived, and what a `Load` says
        self._run = column("d", 8, 5)
        # of each worker: what a `Life` says
        self.process, self.thread = (column("q", 8, workers) for _ in range(2))
        self.asked, self.ready, self.gone = (column("d", 8, workers) for _ in range(3))
        self._lives = self.process, self.thread, self.asked, self.ready, self.gone
        # and what its process had computed, in seconds, when it was last noted: see `computed_so_far`
        self.used = column("d", 8, workers)
        # of each task: when it began and ended, how long it computed, and its worker, counted from 1
        self.start, self.end, self.computing = (column("d", 8, tasks) for _ in range(3))
        self.worker = column("i", 4, tasks)
        # of each result: when it reached the parent, how many bytes of it can be looked at, and those bytes
        self.home = column("d", 8, tasks)
        self._shown = column("i", 4, tasks)
        self._results = column("B", room, tasks)

    @property
    def began(self):
        """When the run began."""
        return self._run[0]

    @began.setter
    def began(self, moment):
        self._run[0] = moment

    @property
    def ended(self):
        """When the last result had arrived."""
        return self._run[1]

    @ended.setter
    def ended(self, moment):
        self._run[1] = moment

    @property
    def load(self):
        """The `Load` of the cores during the run, or None."""
        return Load(*self._run[2:]) if self._run[2] else None

    @load.setter
    def load(self, load):
        for place, figure in enumerate(load or (), start=2):
            self._run[place] = figure

    def note_result(self, index, result):
        """Keep a copy of the result of a task, so that it can be looked at, if there is room.

        Only a result that is rows of whole numbers from 0 to 255 is kept.
        """
        if room := self._size[2]:
            shown = flat(result, room + 1)
            if len(shown) <= room:
                self._results[index * room : index * room + len(shown)] = shown
                self._shown[index] = len(shown)

    def shown(self, index):
        """Return the result of a finished task as bytes, row by row, or b"" if it can't be looked at."""
        first = index * self._size[2]
        return bytes(self._results[first : first + self._shown[index]]) if self.end[index] else b""

    @property
    def lives(self):
        """A `Life` for each worker there may be."""
        return [Life(*facts) for facts in zip(*self._lives)]

    def spans(self, results):
        """Return a `Span` for each task of a finished run, given its results in the order of the tasks."""
        columns = zip(self.worker, self.start, self.end, self.computing, results)
        return [
            Span(self.process[worker - 1], self.thread[worker - 1], self.ready[worker - 1], *task)
            for worker, *task in columns
        ]

    def tasks_of(self, number):
        """Return the indexes of the tasks that a worker has begun, and of those that it has finished."""
        begun = [index for index, worker in enumerate(self.worker) if worker == number]
        return begun, [index for index in begun if self.end[index]]


def reserve(memory):
    """Reserve the memory of an Arena, or raise OSError. Else writing where there is no more room would end Python."""
    if hasattr(os, "posix_fallocate"):  # macOS has none
        os.posix_fallocate(memory.fd, 0, memory.size)


def flat(rows, most):
    """Return a list of rows of whole numbers from 0 to 255 as at most `most` bytes. Return b"" for anything else."""
    if not isinstance(rows, list):  # looking at an iterator would use it up
        return b""
    try:
        return bytes(islice(chain.from_iterable(rows), most))
    except Exception:  # the result may be made of anything
        return b""
