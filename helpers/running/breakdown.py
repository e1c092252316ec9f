"""Where the time of a run went: what each worker did when. Everything here was measured in the run itself."""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

PARTS = {
    "start-up": "from the run's beginning until a worker is up",
    "computing": "processor time of the tasks",
    "waiting": "tasks that did not compute: they waited for a core, the GIL, a lock, a disk or the network",
    "between tasks": "handing out tasks, sending and receiving; and the last result on its way back",
    "no task left": "workers that were done while others still had a task",
}


@dataclass
class Row:
    """What one worker did. Times are in seconds since the run began.

    asked      whether it was started at all
    ready      when it was up; infinite if it was not
    gone       when it had ended; infinite if it had not
    starts     when each of its tasks began, ascending
    ends       when each of them ended; now, if it is still running
    computing  for how long each of them computed; not a number if it is still running
    tasks      which tasks they were, counted from 0, if the row comes from a `Log`
    """

    asked: bool
    ready: float
    gone: float
    starts: np.ndarray
    ends: np.ndarray
    computing: np.ndarray
    tasks: np.ndarray | None = None


def rows(run):
    """Return the `Row` of each worker of a finished `Run`."""
    return [row_of(life, spans, run.began) for life, spans in zip(run.lives, run.workers)]


def row_of(life, spans, began):
    """Return the `Row` of a worker, given its `Life` and its `Span`s."""
    return Row(
        asked=bool(life.asked),
        ready=max(0.0, since(began, life.ready)),
        gone=since(began, life.gone),
        starts=np.array([span.start for span in spans]) - began,
        ends=np.array([span.end for span in spans]) - began,
        computing=np.array([span.computing for span in spans]),
    )


def since(began, moment):
    """Return the seconds from the start of the run until a moment. A moment of 0 means that it has not come yet."""
    return moment - began if moment else np.inf


def rows_now(log):
    """Return the `Row` of each worker of a run in progress, how many tasks are done, and how long it has run."""
    began = log.began
    if not began:
        return [replace(row_of(life, [], 0.0), tasks=np.array([], int)) for life in log.lives], 0, 0.0
    # copies, since the workers keep writing
    worker, start, end, computing = map(np.array, (log.worker, log.start, log.end, log.computing))
    seconds = (log.ended or perf_counter()) - began
    begun = np.flatnonzero(worker)
    order = begun[np.lexsort((start[begun], worker[begun]))]
    edges = np.searchsorted(worker[order], np.arange(1, len(log.lives) + 2))
    goes_on = end[order] == 0
    starts = start[order] - began
    ends = np.where(goes_on, seconds, end[order] - began)
    computing = np.where(goes_on, np.nan, computing[order])
    crew = []
    for life, *own in zip(log.lives, edges, edges[1:]):
        own = slice(*own)
        gone = since(began, life.gone)
        up = since(began, life.ready)
        crew.append(Row(bool(life.asked), up, gone, starts[own], ends[own], computing[own], order[own]))
    return crew, int(np.count_nonzero(end)), seconds


def started(crew):
    """Return the rows of workers that were started. An executor starts no more than it has tasks for."""
    return [row for row in crew if row.asked]


def time_spent(run):
    """Return part → seconds, summed over the workers that were started; together they are workers × makespan.

    The parts are those of `PARTS`. None is negative.
    """
    return spent_by(rows(run), run.makespan)[0]


def spent_by(crew, until, more=False):
    """Return part → seconds for `Row`s up to a moment, and the seconds of tasks still running, which have no part yet.

    until  the moment, in seconds since the run began
    more   whether some tasks have not begun, so that an idle worker will still get one
    """
    spent, going = dict.fromkeys(PARTS, 0.0), 0.0
    crew = started(crew)
    last = max((row.ends.max() for row in crew if len(row.ends)), default=until)
    for row in crew:
        up = min(row.ready, until)
        done = row.ends.max() if len(row.ends) else up
        lengths = row.ends - row.starts
        computing, unknown = float(np.nansum(row.computing)), float(np.sum(lengths[np.isnan(row.computing)]))
        idle = 0.0 if more else max(0.0, last - done)
        spent["start-up"] += up
        spent["computing"] += computing
        spent["waiting"] += float(np.sum(lengths)) - unknown - computing
        spent["no task left"] += idle
        spent["between tasks"] += until - up - float(np.sum(lengths)) - idle
        going += unknown
    return spent, going


def rounded(parts, digits=2):
    """Round figures so that the rounded ones add up: each is the difference of two rounded sums."""
    sums = np.round(np.cumsum([0.0, *parts.values()]), digits)
    return dict(zip(parts, np.round(np.diff(sums), digits)))
