"""Where the time of a run went: what each worker did when, and what was lost on the way."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np


@dataclass
class Row:
    """What one worker did, in seconds since the run began.

    ready   when it was up; infinite if it never was
    starts  when each of its tasks began, ascending
    ends    when each of them ended, or now for one that goes on
    """

    ready: float
    starts: np.ndarray
    ends: np.ndarray


NEVER = Row(np.inf, np.empty(0), np.empty(0))


def rows(run):
    """Return the `Row` of each worker of a finished `Run`; who never was up comes last."""
    found = [
        Row(
            ready=run.crew.get(key, spans[0].start if spans else run.ended) - run.began,
            starts=np.array([span.start for span in spans]) - run.began,
            ends=np.array([span.end for span in spans]) - run.began,
        )
        for key, spans in run.spans_of_worker.items()
    ]
    return found + [NEVER] * (run.size - len(found))


def rows_now(log):
    """Return the `Row` of each worker of a run that goes on, how many tasks have ended, and how long it has run."""
    if not log.began.value:
        return [NEVER] * len(log.ready), 0, 0.0
    worker, start, end = map(np.array, (log.worker, log.start, log.end))  # copies: the workers go on writing
    seconds = (log.ended.value or perf_counter()) - log.began.value
    begun = np.flatnonzero(worker)
    order = begun[np.argsort(start[begun], kind="stable")]
    starts, ends = start[order] - log.began.value, end[order] - log.began.value
    ends[end[order] == 0] = seconds
    mine = [worker[order] == number for number in range(1, len(log.ready) + 1)]
    readies = [ready - log.began.value if ready else np.inf for ready in log.ready]
    crew = [Row(ready, starts[own], ends[own]) for ready, own in zip(readies, mine)]
    return crew, int(np.count_nonzero(end)), seconds


PARTS = {
    "work": "the tasks, as long as they take in the serial run",
    "start-up": "until a worker is up",
    "sending and receiving": "between a worker's tasks, and until the last result is home",
    "waiting": "tasks that took longer than in the serial run: they waited for a core, or for each other",
    "imbalance": "workers without a task while others still had one",
}


def time_spent(run, serial):
    """Return part → seconds, summed over the workers; together they are workers × makespan.

    serial  how long all tasks take one after the other, in seconds

    The parts are those of `PARTS`. Waiting can be negative: no two runs are the same.
    """
    crew = rows(run)
    last = max((row.ends[-1] for row in crew if len(row.ends)), default=run.makespan)
    busy = sum(float(np.sum(row.ends - row.starts)) for row in crew)
    start_up = sum(min(row.ready, last) for row in crew)
    imbalance = sum(last - (row.ends[-1] if len(row.ends) else min(row.ready, last)) for row in crew)
    whole = len(crew) * run.makespan
    return {
        "work": serial,
        "start-up": start_up,
        "sending and receiving": whole - busy - start_up - imbalance,
        "waiting": busy - serial,
        "imbalance": imbalance,
    }


def rounded(parts, digits=2):
    """Round figures so that what is shown adds up: each is the difference of two rounded sums."""
    sums = np.round(np.cumsum([0.0, *parts.values()]), digits)
    return dict(zip(parts, np.round(np.diff(sums), digits)))
