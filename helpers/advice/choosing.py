"""From facts to a choice: the loop, threads or processes, how many, which chunksize, and what to expect.

The model is that of notebook 10: a simulated Pool, with costs that were measured. Nothing is measured here, so the
same facts always give the same choice.
"""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import sqrt
from statistics import stdev

from helpers.simulate import BEGAN, Task, play_pool

MOST_BLOCKS = 2000  # of tasks that are simulated: more would take long
WORTH = 1.1  # a gain below this is not worth the trouble
NEAR = 1.03  # as good as the best, if fewer workers or smaller chunks do it
MANY = 32  # threads at most, for tasks that wait: the other end may not like more
MOST_PER_CORE = 4  # processes, for tasks that wait
WAITS = 0.5  # a task that computes for a smaller share of its time waits mostly
LEAST_ERROR = 0.1  # what notebook 10's model is often off by, on an idle machine
UNTRIED = 0.3  # the error to expect if the model could not be tried on this work
TELLING = 0.03  # a limit that costs a smaller share of the time is not told


@dataclass(frozen=True)
class Candidate:
    """One way to do all the work, and how many seconds the model says it takes."""

    engine: str
    workers: int
    chunksize: int
    seconds: float


@dataclass
class Choice:
    """What to do, and what to expect of it.

    best      the `Candidate` that was chosen
    loop      the `Candidate` of the loop
    others    the best candidates of the other engines
    error     by which share the speedup may be off
    limits    what limits the speedup → how many times as fast the run would be without it, the largest first
    """

    best: Candidate
    loop: Candidate
    others: list[Candidate]
    error: float
    limits: dict[str, float] = field(default_factory=dict)

    @property
    def speedup(self):
        return self.loop.seconds / self.best.seconds

    @property
    def range(self):
        """The lowest and the highest speedup to expect."""
        if self.best.engine == "loop":
            return 1.0, 1.0
        return self.speedup / (1 + self.error), self.speedup * (1 + self.error)


def choose(facts):
    """Return the `Choice` for the `Facts`."""
    work = Work(facts)
    loop = Candidate("loop", 1, 1, work.serial)
    others = []
    if facts.tasks > 1:
        others.append(best_of(work, "threads", thread_counts(facts)))
        if facts.pool_costs:
            others.append(best_of(work, "processes", process_counts(facts)))
    best = loop
    for other in others:
        if other.seconds * WORTH < best.seconds:
            best = other
    choice = Choice(best, loop, others, error_of(facts, best.engine))
    if best is not loop:
        choice.limits = limits(work, best)
    return choice


def best_of(work, engine, counts):
    """Return the quickest `Candidate` of an engine; of several that are about as quick, the one with fewest workers."""
    tried = [
        Candidate(engine, workers, chunksize, work.seconds(engine, workers, chunksize))
        for workers in counts
        for chunksize in work.chunksizes(engine, workers)
    ]
    quickest = min(candidate.seconds for candidate in tried)
    near = [candidate for candidate in tried if candidate.seconds <= NEAR * quickest]
    return min(near, key=lambda candidate: (candidate.workers, candidate.chunksize))


def thread_counts(facts):
    """Return the numbers of threads to consider."""
    most = MANY if facts.share_computing < WAITS else max(2, facts.cores)
    return doubling(2, min(most, facts.tasks))


def process_counts(facts):
    """Return the numbers of processes to consider: so many that the cores are busy, if the memory holds them."""
    most = facts.cores * min(MOST_PER_CORE, round(1 / max(facts.share_computing, 1 / MOST_PER_CORE)))
    return doubling(2, max(2, min(most, facts.tasks, facts.fit or most)))


def doubling(least, most):
    """Return least, 2 × least, 4 × least and so on up to most, and most itself."""
    counts = [least]
    while 2 * counts[-1] < most:
        counts.append(2 * counts[-1])
    return sorted({*counts, max(least, most)})


class Work:
    """All tasks, in blocks of equal size. The tasks that weren't tried count like the nearest ones that were.

    block   tasks in a block
    blocks  a `Task` for each block, with the sums of its tasks
    serial  seconds of the loop
    """

    def __init__(self, facts):
        self.facts = facts
        self.block = -(-facts.tasks // MOST_BLOCKS)
        self.blocks = [self._task(first) for first in range(0, facts.tasks, self.block)]
        self.serial = sum(
            size * facts.seconds[place] for place, size in map(self._nearest, range(0, facts.tasks, self.block))
        )

    def _nearest(self, first):
        """Return which tried task stands for the block that begins there, and how many tasks the block has."""
        size = min(self.block, self.facts.tasks - first)
        middle, positions = first + size // 2, self.facts.positions
        place = bisect_left(positions, middle)
        if place == len(positions) or place and middle - positions[place - 1] <= positions[place] - middle:
            place -= 1
        return place, size

    def _task(self, first):
        place, size = self._nearest(first)
        facts = self.facts
        computing = facts.computing[place]
        waiting = max(0.0, facts.seconds[place] - computing)
        return Task(
            first, size * computing, size * waiting, None, size * facts.sent[place], size * facts.received[place]
        )

    def chunksizes(self, engine, workers):
        """Return the chunksizes to consider: threads take one task at a time."""
        if engine == "threads":
            return [1]
        most = max(1, self.facts.tasks // (2 * workers))
        return sorted({min(size, most) for size in doubling(self.block, max(self.block, most))})

    def costs(self, engine):
        return self.facts.thread_costs if engine == "threads" else self.facts.pool_costs

    def cores(self, engine):
        return self.thread_cores if engine == "threads" else self.facts.cores

    @property
    def thread_cores(self):
        """How many cores threads can keep busy: two that did so almost fully may become as many as there are cores."""
        kept = self.facts.thread_cores
        return self.facts.cores if kept > 1.6 else max(1.0, min(kept, self.facts.cores))

    def seconds(self, engine, workers, chunksize, costs=None, cores=None, blocks=None):
        """Return how many seconds the model says, with these costs and cores or with the measured ones."""
        costs, cores = costs or self.costs(engine), cores or self.cores(engine)
        packets, costs = packed(blocks or self.blocks, self.block, chunksize, costs)
        return play_pool(packets, costs, workers, cores).ended - BEGAN


def packed(blocks, block, chunksize, costs):
    """Return chunks of one `Task` each, and the `Costs` of a chunk with what its tasks cost counted in."""
    together = max(1, chunksize // block)  # blocks in a chunk
    messages, more = max(1, block // chunksize), together * block - 1
    costs = replace(
        costs,
        parent_chunk=messages * costs.parent_chunk + more * costs.parent_task,
        worker_chunk=messages * costs.worker_chunk + more * costs.worker_task,
        wake=messages * costs.wake,
    )
    return [[merged(blocks[first : first + together])] for first in range(0, len(blocks), together)], costs


def merged(tasks):
    """Return tasks that one worker does one after the other as one `Task`."""
    first, *_ = tasks
    return Task(
        first.index,
        sum(task.computing for task in tasks),
        sum(task.waiting for task in tasks),
        None,
        sum(task.sent for task in tasks),
        sum(task.received for task in tasks),
    )


# --- How sure it is ---


def error_of(facts, engine):
    """Return by which share a speedup may be off: what the model was off by when tried, and the sample's own."""
    probe = {"threads": facts.thread_probe, "processes": facts.pool_probe}.get(engine)
    tried = max(LEAST_ERROR, probe.error) if probe else UNTRIED
    return sqrt(tried**2 + sampling_error(facts) ** 2)


def sampling_error(facts):
    """Return the standard error of the tasks' mean time, as a share of it. It is 0 if all were tried."""
    tried = len(facts.seconds)
    if tried == facts.tasks and not facts.unfinished:
        return 0.0
    if tried < 2 or not facts.mean:
        return UNTRIED
    return stdev(facts.seconds) / facts.mean / sqrt(tried) * sqrt(1 - tried / facts.tasks)


# --- What limits it ---


def limits(work, chosen):
    """Return what limits the chosen way → how many times as fast it would be without that, the largest first."""
    engine, workers, chunksize = chosen.engine, chosen.workers, chosen.chunksize
    costs, cores = work.costs(engine), work.cores(engine)
    without = {
        "start-up": {"costs": replace(costs, setup=0.0, launch=0.0, boot=0.0)},
        "sending": {"costs": replace(costs, **dict.fromkeys(MESSAGES, 0.0))},
        "imbalance": {"blocks": evened(work.blocks)},
        "memory": {"costs": replace(costs, crowding=1.0)},
    }
    if engine == "threads":
        without["the GIL"] = {"cores": max(work.facts.cores, cores)}
    gains = {
        what: chosen.seconds / work.seconds(engine, workers, chunksize, **changed) for what, changed in without.items()
    }
    more_workers, more_cores = (
        chosen.seconds / work.seconds(engine, 2 * workers, max(1, chunksize // 2), cores=times * cores)
        for times in (1, 2)
    )
    if more_workers > 0.9 * more_cores:  # cores wouldn't add much
        gains["workers"] = more_workers
    else:
        gains["cores"] = more_cores
    told = {what: gain for what, gain in gains.items() if gain > 1 + TELLING}
    return dict(sorted(told.items(), key=lambda item: -item[1]))


MESSAGES = ("parent_chunk", "worker_chunk", "parent_task", "worker_task", "parent_byte", "worker_byte", "wake")


def evened(blocks):
    """Return the same work in blocks that all take the same time."""
    count = len(blocks)
    computing, waiting = sum(task.computing for task in blocks) / count, sum(task.waiting for task in blocks) / count
    return [replace(task, computing=computing, waiting=waiting) for task in blocks]
