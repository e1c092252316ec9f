"""What the workers of a run write down while it goes on.

Standard library only, as in `helpers.workers`: every worker process imports this file.
"""

from multiprocessing import RawArray, RawValue

from helpers.running.inside import Span


class Log:
    """Memory that the workers of a run share with whoever watches it.

    tasks    how many tasks there are
    workers  how many workers there may be

    Times are in seconds on the clock that all processes of a machine share; 0 stands for "not yet".
    No lock is needed: each task and each worker has a place of its own, which one worker writes.
    """

    def __init__(self, tasks, workers):
        self.began = RawValue("d")
        self.ended = RawValue("d")
        # of each worker: its PID, the system's id of its thread, and when it was up
        self.process = RawArray("q", workers)
        self.thread = RawArray("q", workers)
        self.ready = RawArray("d", workers)
        # of each task: its worker, counted from 1, and when it began and ended
        self.worker = RawArray("i", tasks)
        self.start = RawArray("d", tasks)
        self.end = RawArray("d", tasks)

    def spans(self, results):
        """Return a `Span` for each task of a finished run, given its results in the order of the tasks."""
        return [
            Span(self.process[worker - 1], self.thread[worker - 1], start, end, result)
            for worker, start, end, result in zip(self.worker, self.start, self.end, results)
        ]

    def crew(self):
        """Return (PID, thread) → when it was up, for each worker that came up."""
        return {
            (process, thread): ready for process, thread, ready in zip(self.process, self.thread, self.ready) if ready
        }
