"""What advice is based on: facts, each of them measured."""

from dataclasses import dataclass, field

from helpers.advice.travel import Obstacle
from helpers.simulate import Costs

SHORT = 100e-6  # seconds: of a shorter task, the clocks don't tell much


@dataclass
class Probe:
    """A few tasks, run for real, and what the model said about them.

    tasks      how many they were: some of those that were tried alone, or the same several times
    workers    how many threads or processes ran them
    measured   seconds that they took
    predicted  seconds that the model says for just these tasks
    """

    tasks: int
    workers: int
    measured: float
    predicted: float

    @property
    def error(self):
        """By which share the model is off, without its sign."""
        return abs(self.predicted / self.measured - 1) if self.measured else 0.0


@dataclass
class Facts:
    """What is known of a function and its items. Times are in seconds, sizes in bytes.

    name          the function's name
    tasks         how many items there are
    cores         usable cores
    start_method  of the processes that were tried
    positions     which items were tried, in ascending order. The lists that follow have a figure for each of them
    seconds       how long its task took
    computing     for how long it computed, all its threads together
    sent          size of the item on its way to a worker
    received      size of the result on its way back
    pickling      seconds to pack an item and its result, on average
    unfinished    whether the last task that was tried had no time to finish
    own_threads   how many cores a task keeps busy by itself while it computes: more than 1 with threads of its own
    gil           whether this Python has a GIL
    thread_cores  how many cores two threads kept busy
    thread_costs  the `Costs` of a pool of threads
    thread_probe  the `Probe` of threads, or None if none was made
    pool_costs    the `Costs` of a pool of processes, or None if no process can do the work
    pool_probe    the `Probe` of processes, or None
    memory        what a worker process took, or None if unknown
    free          memory that is free
    obstacle      the `Obstacle` that keeps the work from worker processes, or None
    failed        why worker processes failed, though nothing seemed to be in their way; or ""
    busy          whether other programs took cores meanwhile
    """

    name: str
    tasks: int
    cores: int
    start_method: str = ""
    positions: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    computing: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    pickling: float = 0.0
    unfinished: bool = False
    own_threads: float = 1.0
    gil: bool = True
    thread_cores: float = 1.0
    thread_costs: Costs = Costs()
    thread_probe: Probe | None = None
    pool_costs: Costs | None = None
    pool_probe: Probe | None = None
    memory: int | None = None
    free: int = 0
    obstacle: Obstacle | None = None
    failed: str = ""
    busy: bool = False

    @property
    def mean(self):
        """Mean seconds of the tasks that were tried."""
        return sum(self.seconds) / len(self.seconds)

    @property
    def share_computing(self):
        """Share of their time for which tasks computed, at most 1."""
        return min(1.0, sum(self.computing) / max(sum(self.seconds), 1e-12))

    @property
    def fit(self):
        """How many worker processes fit into the free memory, or None if that is unknown."""
        return max(1, int(self.free / self.memory)) if self.memory else None
