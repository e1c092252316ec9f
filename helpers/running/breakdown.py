"""Where the time of a run went: what each worker did when. All that is said here was measured in the run itself."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from helpers.running.load import SHORTEST, is_busy

PARTS = {
    "start-up": "from the run's beginning until a worker is up",
    "computing": "processor time of the tasks",
    "waiting": "tasks that did not compute: they waited for a core, the GIL, a lock, a disk or the network",
    "between tasks": "sending, receiving, handing out; and the last result's way home",
    "no task left": "workers that were done while others still had a task",
}


@dataclass
class Row:
    """What one worker did, in seconds since the run began.

    asked      whether it was asked for at all
    ready      when it was up; infinite if it was not
    gone       when it had ended; infinite if it had not
    starts     when each of its tasks began, ascending
    ends       when each of them ended, or now for one that goes on
    computing  for how long each of them computed; not a number for one that goes on
    """

    asked: bool
    ready: float
    gone: float
    starts: np.ndarray
    ends: np.ndarray
    computing: np.ndarray


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
    """Return the seconds from the run's beginning until a moment, where 0 stands for one that has not come."""
    return moment - began if moment else np.inf


def rows_now(log):
    """Return the `Row` of each worker of a run that goes on, how many tasks have ended, and how long it has run."""
    began = log.began
    if not began:
        return [row_of(life, [], 0.0) for life in log.lives], 0, 0.0
    worker, start, end, computing = map(np.array, (log.worker, log.start, log.end, log.computing))  # they write on
    seconds = (log.ended or perf_counter()) - began
    begun = np.flatnonzero(worker)
    order = begun[np.argsort(start[begun], kind="stable")]
    goes_on = end[order] == 0
    starts = start[order] - began
    ends = np.where(goes_on, seconds, end[order] - began)
    computing = np.where(goes_on, np.nan, computing[order])
    crew = []
    for number, life in enumerate(log.lives, start=1):
        own = worker[order] == number
        gone = since(began, life.gone)
        crew.append(Row(bool(life.asked), since(began, life.ready), gone, starts[own], ends[own], computing[own]))
    return crew, int(np.count_nonzero(end)), seconds


def started(crew):
    """Return those rows whose workers were started. An executor starts only as many as it has tasks for."""
    return [row for row in crew if row.asked]


def time_spent(run):
    """Return part → seconds, summed over the workers that were started; together they are workers × makespan.

    The parts are those of `PARTS`. None is negative.
    """
    spent = dict.fromkeys(PARTS, 0.0)
    crew = started(rows(run))
    last = max((row.ends.max() for row in crew if len(row.ends)), default=run.makespan)
    for row in crew:
        up = min(row.ready, run.makespan)
        done = row.ends.max() if len(row.ends) else up
        in_tasks = float(np.sum(row.ends - row.starts))
        idle = max(0.0, last - done)
        spent["start-up"] += up
        spent["computing"] += float(np.sum(row.computing))
        spent["waiting"] += in_tasks - float(np.sum(row.computing))
        spent["no task left"] += idle
        spent["between tasks"] += run.makespan - up - in_tasks - idle
    return spent


def rounded(parts, digits=2):
    """Round figures so that what is shown adds up: each is the difference of two rounded sums."""
    sums = np.round(np.cumsum([0.0, *parts.values()]), digits)
    return dict(zip(parts, np.round(np.diff(sums), digits)))


# --- Compared with the serial run ---

NOISE = 0.03  # two measurements of the same may differ by this share
MUCH = 0.15  # more than that is no noise


class Comparison:
    """A run beside a serial run of the same tasks.

    run     a `Run`
    serial  the serial `Run` that it is compared to, the quickest so far
    again   whether other programs disturbed an earlier serial run, which therefore was measured again
    """

    def __init__(self, run, serial, again=False):
        self.run, self.serial, self.again = run, serial, again

    @property
    def speedup(self):
        """Serial time ÷ parallel time, or None where the figure can't be: the serial run was slowed down."""
        ratio = self.serial.makespan / self.run.makespan
        return ratio if ratio <= (1 + NOISE) * self.run.size else None

    @property
    def efficiency(self):
        """Speedup ÷ workers that were started, or None as `speedup`."""
        return None if self.speedup is None else self.speedup / self.run.size

    def figures(self):
        """Return speedup and efficiency as text."""
        if self.speedup is None:
            return "no speedup can be told, since the machine was busy during the serial run"
        return f"speedup {self.speedup:.2f}, efficiency {self.efficiency:.0%}"

    def remarks(self):
        """Return sentences on what else there is to know: a busy machine, and tasks that needed more computing."""
        said = []
        load = self.run.load
        if is_busy(load):
            said.append(
                f"The machine was busy: other programs took {load.others:.1f} of its {load.cores:.0f} cores meanwhile."
            )
        elif is_busy(self.serial.load):
            said.append("The machine was busy during the serial run.")
        elif self.again:
            said.append("The machine was busy during an earlier serial run, so that was measured again.")
        more = self.run.computing - self.serial.computing
        if more > 2 * NOISE * self.serial.makespan and self.serial.computing > 0.5 * self.serial.makespan:
            said.append(
                f"The tasks computed {more / self.serial.computing:.0%} longer than in the serial run: workers share "
                "caches and memory, and perhaps the two logical CPUs of a core."
            )
        return said


def was_disturbed(serial, run, tolerance=NOISE):
    """Return whether a serial `Run` was slowed down by other programs, as far as a later run of the same tasks tells.

    It was if it took longer than the tasks now took together, if it computed longer, or if it computed for a smaller
    share of its time. Of runs that are too short to tell, none was.
    """
    if serial.makespan < SHORTEST:
        return False
    share = serial.computing / serial.makespan
    share_now = run.computing / max(run.time_in_tasks, 1e-9)
    return (
        is_busy(serial.load)
        or serial.makespan > (1 + tolerance) * run.time_in_tasks
        or serial.computing - run.computing > tolerance * serial.makespan
        or share_now - share > tolerance
    )
