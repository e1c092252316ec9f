"""Play a recorded run on a machine that you don't have: on 1 to 1024 workers, with costs measured on this one.

A simulation does what a real `Pool.map` does. One process, the parent, starts the workers one after another. Then it
sends out chunks of tasks and receives their results, one at a time. Each worker takes the next chunk in line, runs its
tasks, and sends the results back. Parent and workers share the cores.
"""

import pickle
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from statistics import mean, median
from time import perf_counter, process_time, sleep

from helpers import inputs
from helpers.inputs import a_kind_of, listed, one_of, whole_number
from helpers.machine import usable_cores
from helpers.measure import in_rounds, numbers_of_workers
from helpers.running.inside import Span, processor_time
from helpers.running.load import Watch, is_busy
from helpers.running.log import Life, Log
from helpers.running.supervise import WatchedContext
from helpers.running.ways import chunks
from helpers.runs import Run, require_importable, run, run_logged
from helpers.words import counted
from helpers.workers import count_primes

SIZES = [2**power for power in range(11)]  # numbers of workers: 1, 2, 4, … 1024
MOST_SIMULATED = 10_000  # workers: more would take minutes


# --- What a Pool costs ---


@dataclass(frozen=True)
class Costs:
    """What a Pool costs besides its tasks, in seconds of computing. `measure_costs` measures it.

    setup         the parent: to make the pool's queues
    launch        the parent: to start a worker
    boot          a worker: from its start until it is up
    parent_chunk  the parent: to send a chunk and to receive its results
    worker_chunk  a worker: to receive a chunk and to send its results
    parent_task   the parent: for each task of a chunk
    worker_task   a worker: for each task of a chunk
    parent_byte   the parent: for each byte of an item or a result
    worker_byte   a worker: for each byte of an item or a result
    wake          the parent: to wake up when it has waited for a result; less if it has waited for less than that
    recording     no cost of a Pool: how long a task that does nothing seems to take in a recorded run
    crowding      no seconds, but a factor: how many times as long a task computes while all cores are busy

    Raises TypeError or ValueError for a figure that can't be right.
    """

    setup: float = 0.0
    launch: float = 0.0
    boot: float = 0.0
    parent_chunk: float = 0.0
    worker_chunk: float = 0.0
    parent_task: float = 0.0
    worker_task: float = 0.0
    parent_byte: float = 0.0
    worker_byte: float = 0.0
    wake: float = 0.0
    recording: float = 0.0
    crowding: float = 1.0

    def __post_init__(self):
        for name, figure in vars(self).items():
            inputs.number(name, figure, least=LEAST.get(name, 0))


LEAST = {"crowding": 1}  # for a cost that can't be as small as 0
STARTED = 4  # workers, to find out what it costs to start them
# tasks that do nothing, their chunksize, and the size of their items in bytes
ALONE, GROUPED, HEAVY = (3000, 1, 0), (30_000, 500, 0), (8, 1, 2**20)
NAPS, NAP = 100, 0.001  # tasks that only wait, and for how many seconds: after each of them the parent has to wake up


def measure_costs(start_method=None, rounds=5, worker=count_primes, items=(20_000,) * 8):
    """Measure what a Pool costs on this machine, in some seconds. Return `Costs`, the median of all rounds.

    start_method   "fork", "spawn" or "forkserver" (default: Python's own default)
    rounds         how often everything is measured
    worker, items  what is computed to find out how much busy cores slow each other down

    Raises ValueError or TypeError for arguments that can't work.
    """
    require_importable(worker)
    whole_number("rounds", rounds)
    items = require_items(items)
    measure_start_up(start_method)  # warm-up
    found = [measure_each_cost(start_method, worker, items) for _ in in_rounds(rounds)]
    middle = {name: median(costs[name] for costs in found) for name in found[0]}
    # a difference of two measurements may be negative if it is small
    return Costs(**{name: max(figure, LEAST.get(name, 0.0)) for name, figure in middle.items()})


def measure_each_cost(start_method, worker, items):
    """Measure each of the `Costs` once. Return name → figure."""
    cores = usable_cores()
    one, all_cores = (run(worker, [*items] * size, "pool", size, 1, start_method).computing for size in (1, cores))
    recorded = run(abs, [0] * ALONE[0], "serial")
    return {
        **measure_start_up(start_method),
        **measure_messages(start_method),
        "recording": median(span.end - span.start for span in recorded.spans),
        "crowding": all_cores / cores / one,
    }


def measure_start_up(start_method):
    """Measure what it costs to start a Pool. Return name → seconds."""
    log = Log(STARTED, STARTED)
    run_logged(processor_time, [None] * STARTED, log, "pool", 1, start_method)
    launch = (log.asked[-1] - log.asked[0]) / (STARTED - 1)
    up = median(life.ready - life.asked for life in log.lives if life.ready)
    return {"setup": log.asked[0] - log.began, "launch": launch, "boot": up - launch}


def measure_messages(start_method):
    """Measure what it costs to send tasks and to receive their results. Return name → seconds.

    That is processor time, so what other programs do meanwhile matters little.
    """
    context = WatchedContext(start_method)
    with context.no_process_left(), context.pool(workers=2) as pool:
        run_nothing(context, pool, *ALONE)  # warm-up
        measured = [run_nothing(context, pool, *tasks) for tasks in (ALONE, GROUPED, HEAVY)]
        napping = parent_computes(context, pool, sleep, [NAP] * NAPS, 1)
    sides = zip(("parent", "worker"), *measured)
    found = {"wake": napping - measured[0][0]}
    for side, alone, grouped, heavy in sides:
        chunk = (alone - grouped) / (1 - 1 / GROUPED[1])
        found |= {
            f"{side}_chunk": chunk,
            f"{side}_task": alone - chunk,
            f"{side}_byte": (heavy - alone) / HEAVY[2],
        }
    return found


def run_nothing(context, pool, tasks, chunksize, size):
    """Let a pool run tasks that do nothing, with items of `size` bytes, for the parent's cost and then for a worker's.

    What tells a worker's cost is a larger result than most tasks have: it would add to the parent's. Return for how
    many seconds the parent computed for each task, and for how many a worker did.
    """
    items = [bytes(size)] * tasks
    parent = parent_computes(context, pool, len, items, chunksize)
    moments = context.fetch(pool.map_async(processor_time, items, chunksize))
    by_worker = {}
    for worker, moment in moments:
        by_worker.setdefault(worker, []).append(moment)
    between = sum(max(own) - min(own) for own in by_worker.values()) / max(1, tasks - len(by_worker))
    began = process_time()
    for _ in range(tasks):
        processor_time(None)
    return parent, between - (process_time() - began) / tasks


def parent_computes(context, pool, worker, items, chunksize):
    """Return for how many seconds the parent computes for each task while a pool runs the worker over the items."""
    computed = process_time()
    context.fetch(pool.map_async(worker, items, chunksize))
    return (process_time() - computed) / len(items)


# --- The machine: processes that share its cores ---


class Machine:
    """A machine whose cores divide their time evenly among all that computes.

    Generators tell what its processes do. They yield

        COMPUTE, seconds    to go on when that much computing is done
        WAIT, seconds       to go on after that time, without a core
        SLEEP, line         to go on when something is put into a `Line`

    cores      how many processes can compute at the same time
    crowding   how many times as long they take if all cores are busy
    now        seconds since the start
    core_time  seconds of a core that a process has had by now, if it has computed all the time
    """

    def __init__(self, cores, crowding=1.0):
        self.cores, self.crowding = cores, crowding
        self.now = self.core_time = 0.0
        self._work = 0.0  # what a process has got done by now, if it has computed all the time
        self._computing, self._waiting = [], []  # heaps of (the work, or the moment, at which it ends, number, process)
        self._numbers = count()  # so that of two that end at once, the one that began first goes on first

    def go_on(self, process):
        """Let a process go on, up to what it yields next."""
        verb, what = next(process, (None, None))
        if verb is COMPUTE:
            heappush(self._computing, (self._work + what, next(self._numbers), process))
        elif verb is WAIT:
            heappush(self._waiting, (self.now + what, next(self._numbers), process))
        elif verb is SLEEP:
            what.sleepers.append(process)

    def run(self):
        """Let time pass until nothing computes or waits anymore."""
        while self._computing or self._waiting:
            busy = min(len(self._computing), self.cores)
            share = busy / len(self._computing) if busy else 0.0  # of a core, for each process that computes
            speed = share / self.slowdown(busy)
            done = self.now + (self._computing[0][0] - self._work) / speed if busy else float("inf")
            over = self._waiting[0][0] if self._waiting else float("inf")
            passed = min(done, over) - self.now
            self.now += passed
            self.core_time += passed * share
            self._work += passed * speed
            _, _, process = heappop(self._computing if done <= over else self._waiting)
            self.go_on(process)

    def slowdown(self, busy):
        """Return how many times as long everything takes while so many cores are busy, compared with one."""
        return 1 + (self.crowding - 1) * (busy - 1) / (self.cores - 1) if busy > 1 else 1


COMPUTE, WAIT, SLEEP = "compute", "wait", "sleep"


class Line:
    """Things that wait in line to be taken. A process that finds none sleeps until one is put in."""

    def __init__(self, machine):
        self.machine, self.things, self.sleepers = machine, deque(), deque()

    def put(self, thing):
        self.things.append(thing)
        if self.sleepers:
            self.machine.go_on(self.sleepers.popleft())


# --- What runs on it: a Pool ---


@dataclass
class Task:
    """A task of a recorded run.

    index               its place in the run
    computing, waiting  for how many seconds it computed, and for how many it waited
    result              what the worker returned
    sent, received      the sizes of its item and its result, in bytes
    """

    index: int
    computing: float
    waiting: float
    result: object
    sent: int
    received: int


BEGAN = 1.0  # when a simulated run begins: in a `Life`, a time of 0 means "not yet"


class Play:
    """A `Pool.map` on a `Machine`, as its parent and its workers do it."""

    def __init__(self, machine, costs, packets):
        self.machine, self.costs = machine, costs
        self.to_send, self.tasks, self.results = deque(packets), Line(machine), Line(machine)
        self.lives, self.spans, self.ended = [], {}, 0.0

    def parent(self, workers, serial):
        """Do the serial part, start the workers, then send the chunks; but first receive what results there are.

        A real parent does so in threads. They share the GIL and seldom compute at the same time, so here they are one.
        """
        left = len(self.to_send)
        yield COMPUTE, serial + self.costs.setup
        for number in range(1, workers + 1):
            self.lives.append(Life(number, number, self.time(), 0.0, 0.0))
            yield COMPUTE, self.costs.launch
            self.machine.go_on(self.worker(number))
        while left:
            if self.results.things:
                chunk = self.results.things.popleft()
                yield COMPUTE, self.message(chunk, "received", "parent")
                left -= 1
            elif self.to_send:
                chunk = self.to_send.popleft()
                yield COMPUTE, self.message(chunk, "sent", "parent")
                self.tasks.put(chunk)
            else:
                asleep = self.time()
                yield SLEEP, self.results
                yield COMPUTE, min(self.costs.wake, self.time() - asleep)
        self.ended = self.time()

    def worker(self, number):
        """Start up. Then take a chunk, run its tasks and send their results, again and again."""
        yield COMPUTE, self.costs.boot
        up = self.time()
        self.lives[number - 1] = self.lives[number - 1]._replace(ready=up)
        while True:
            while not self.tasks.things:
                yield SLEEP, self.tasks
            chunk = self.tasks.things.popleft()
            yield COMPUTE, self.message(chunk, "sent", "worker")
            for task in chunk:
                start, before = self.time(), self.machine.core_time
                yield COMPUTE, task.computing
                computing = self.machine.core_time - before
                if task.waiting:
                    yield WAIT, task.waiting
                self.spans[task.index] = Span(number, number, up, start, self.time(), computing, task.result)
            yield COMPUTE, self.message(chunk, "received", "worker")
            self.results.put(chunk)

    def time(self):
        """Return the moment on the clock of the simulated run."""
        return BEGAN + self.machine.now

    def message(self, chunk, way, side):
        """Return how long a side computes to pass a chunk on: half of what chunk and tasks cost, and its bytes."""
        costs = self.costs
        if side == "parent":
            of_chunk, of_task, of_byte = costs.parent_chunk, costs.parent_task, costs.parent_byte
        else:
            of_chunk, of_task, of_byte = costs.worker_chunk, costs.worker_task, costs.worker_byte
        return (of_chunk + len(chunk) * of_task) / 2 + sum(getattr(task, way) for task in chunk) * of_byte


def play_pool(packets, costs, workers, cores, serial=0.0):
    """Play a Pool that gets these chunks, each a list of `Task`s. Return the `Play` once it has ended.

    serial  seconds that the parent computes before it starts the pool
    """
    machine = Machine(cores, costs.crowding)
    play = Play(machine, costs, packets)
    machine.go_on(play.parent(workers, serial))
    machine.run()
    return play


ORDERS = {
    "as given": lambda task: task.index,
    "longest first": lambda task: -(task.computing + task.waiting),
    "shortest first": lambda task: task.computing + task.waiting,
}


def simulate(recorded, costs, workers, chunksize=1, order="as given", serial_share=0.0, cores=None, items=()):
    """Play a recorded run as a `Pool.map` on a simulated machine. Return a `Run` whose title says so.

    recorded      a `Run` of the same tasks. Its tasks must not have waited for a core: so record it serially, or with
                  no more workers than cores
    costs         the `Costs` of the machine
    workers       how many workers the pool has
    chunksize     tasks handed to a worker at a time
    order         of the tasks: "as given", "longest first" or "shortest first"
    serial_share  share of the work, from 0 to 1, that the parent does alone before it starts the pool
    cores         of the machine (default: one for each worker)
    items         the items of the recorded run, if they are large: then sending them takes time too

    Raises TypeError or ValueError for anything else.
    """
    items = listed(items)
    require_recorded(recorded, items)
    whole_number("workers", workers, MOST_SIMULATED)
    whole_number("chunksize", chunksize)
    cores = workers if cores is None else whole_number("cores", cores)
    inputs.number("serial_share", serial_share, most=1)
    require_costs(costs)
    one_of("order", order, ORDERS)
    tasks = tasks_of(recorded, costs.recording, items)
    serial = serial_share * sum(task.computing + task.waiting for task in tasks)
    for task in tasks:
        task.computing *= 1 - serial_share
        task.waiting *= 1 - serial_share
    tasks.sort(key=ORDERS[order])
    play = play_pool(chunks(tasks, chunksize), costs, workers, cores, serial)
    title = f"simulated: Pool, {counted(workers, 'worker')}"
    more = {
        f" on {counted(cores, 'core')}": cores != workers,
        f", chunksize {chunksize}": chunksize > 1,
        f", {order}": order != "as given",
        f", {serial_share:.0%} serial": serial_share > 0,
    }
    title += "".join(words for words, differs in more.items() if differs)
    return Run(title, [play.spans[index] for index in range(len(tasks))], BEGAN, play.ended, play.lives)


def tasks_of(recorded, recording, items):
    """Return a recorded run's tasks, each without the time that recording it took."""
    sent = [size_of(item) for item in items] or [0] * len(recorded.spans)
    tasks = []
    for index, (span, bytes_sent) in enumerate(zip(recorded.spans, sent)):
        seconds = max(0.0, span.end - span.start - recording)
        computing = min(span.computing, seconds)
        tasks.append(Task(index, computing, seconds - computing, span.result, bytes_sent, size_of(span.result)))
    return tasks


def size_of(value):
    """Return how many bytes a value takes on its way to another process. Raises TypeError if it can't be sent there."""
    try:
        return len(pickle.dumps(value))
    except Exception as error:  # what an object's own __reduce__ raises can be anything
        raise TypeError(
            f"{a_kind_of(value).capitalize()} can't be sent to a worker process, since it can't be pickled: {error}. "
            "Play a run whose items and results are numbers, strings, lists and similar values."
        ) from error


def require_recorded(recorded, items):
    """Raise a TypeError or ValueError if there is no `Run` to play, or if the items aren't its items."""
    if not isinstance(recorded, Run):
        raise TypeError(f"A simulation plays what run(worker, items) or recording(title) returns, not {recorded!r}.")
    if not recorded.spans:
        raise ValueError("The run has no tasks to play. Record one with some items: run(worker, items, 'serial').")
    if items and len(items) != len(recorded.spans):
        tasks, given = counted(len(recorded.spans), "task"), counted(len(items), "item")
        raise ValueError(f"The run has {tasks}, but you gave {given}. Give the items of the recorded run.")


def require_costs(costs):
    """Raise a TypeError if these are no `Costs`."""
    if not isinstance(costs, Costs):
        raise TypeError(f"costs must be Costs, as measure_costs() returns them, not {costs!r}.")


def require_items(items):
    """Return the items as a list. Raises a ValueError if there is nothing to measure."""
    items = listed(items)
    if not items:
        raise ValueError("There are no items, so there is nothing to measure. Give a list such as [20_000] * 80.")
    return items


def simulate_sizes(recorded, costs, sizes=SIZES, **settings):
    """Play a recorded run on several numbers of workers. Return number of workers → `Run`.

    settings  what `simulate` takes besides: chunksize, order, serial_share, cores, items

    Raises TypeError or ValueError for anything else.
    """
    sizes = listed(sizes, "sizes", "[1, 2, 4]")
    if not sizes:
        raise ValueError("There are no numbers of workers to simulate. Give some, such as sizes=[1, 2, 4].")
    return {size: simulate(recorded, costs, size, **settings) for size in sizes}


# --- It must earn trust first ---


@dataclass
class Trial:
    """How well a simulation predicts what this machine can measure. Each list holds a figure per round.

    predicted  number of workers → the simulated makespan, in seconds
    measured   number of workers → the makespan of the real pool, in seconds
    busy       whether other programs took cores that the run could have used, once per run
    """

    predicted: dict[int, list[float]] = field(default_factory=dict)
    measured: dict[int, list[float]] = field(default_factory=dict)
    busy: list[bool] = field(default_factory=list)

    def error(self, size):
        """Return by which share the prediction is off, negative if it is below: the median of the rounds.

        Each round is compared with itself, since the speed of a machine may drift.
        """
        return median(said / was for said, was in zip(self.predicted[size], self.measured[size])) - 1

    @property
    def median_error(self):
        """The median of the errors at all sizes, without their signs."""
        return median(abs(self.error(size)) for size in self.measured)

    @property
    def was_busy(self):
        """Whether other programs took cores in at least a third of the runs."""
        return 3 * sum(self.busy) >= len(self.busy) > 0


def try_out(worker, items, costs, sizes=None, rounds=5, chunksize=1, start_method=None):
    """Predict and measure the makespan of a Pool for each number of workers, in interleaved rounds. Return a `Trial`.

    In each round a serial run is recorded before and after each pool, and played on this machine's cores. The
    prediction lies in the middle of the two, since the speed of a machine may drift.

    worker, items  a function of one item that a worker process can import, and its items
    costs          the `Costs` of this machine, for the same start method
    sizes          numbers of workers (default: `helpers.measure.default_sizes()`)
    rounds         how often everything is measured
    chunksize      tasks handed to a worker at a time
    start_method   "fork", "spawn" or "forkserver" (default: Python's own default)

    Raises what `simulate` and `helpers.runs.run` raise.
    """
    require_importable(worker)
    require_costs(costs)
    whole_number("rounds", rounds)
    whole_number("chunksize", chunksize)
    trial, items, sizes = Trial(), require_items(items), numbers_of_workers(sizes)
    run(worker, items[::4], "serial")  # warm-up
    for _ in in_rounds(rounds):
        after = run(worker, items, "serial")
        for size in sizes:
            before = after
            measured, load = time_pool(worker, items, size, chunksize, start_method)
            after = run(worker, items, "serial")
            played = [
                simulate(recorded, costs, size, chunksize, cores=usable_cores(), items=items).makespan
                for recorded in (before, after)
            ]
            trial.predicted.setdefault(size, []).append(mean(played))
            trial.measured.setdefault(size, []).append(measured)
            trial.busy += [is_busy(each) for each in (load, after.load)]
    return trial


def time_pool(worker, items, size, chunksize, start_method):
    """Call a Pool's map. Return how many seconds it took, from the start of the pool, and the `Load` of the cores.

    No task is recorded here, since that would cost more than a tiny task.
    """
    context = WatchedContext(start_method)
    watch = Watch()
    with context.no_process_left():
        began = perf_counter()
        with context.pool(size) as pool:
            context.fetch(pool.map_async(worker, items, chunksize))
            makespan = perf_counter() - began
            load = watch.load(context.processor_time())
    return makespan, load


# --- Two laws ---


def amdahl(serial_share, workers):
    """Return the speedup by Amdahl's law: the work stays the same, and a share of it can't be divided.

    serial_share  share of the serial run's time, from 0 to 1, that only one worker can do
    workers       how many workers divide the rest

    Speedup = 1 ÷ (s + (1 − s) ÷ N). It never exceeds 1 ÷ s. The argument is that of Gene M. Amdahl, "Validity of the
    single processor approach to achieving large scale computing capabilities", AFIPS Spring Joint Computer Conference,
    1967, pages 483–485. The formula in this form is in Gustafson's article, see `gustafson`.
    """
    inputs.number("serial_share", serial_share, most=1)
    return 1 / (serial_share + (1 - serial_share) / whole_number("workers", workers))


def gustafson(serial_share, workers):
    """Return the speedup by Gustafson's law: more workers get more work to do, in the same time.

    serial_share  share of the parallel run's time, from 0 to 1, in which only one worker works
    workers       how many workers share the rest of the time

    Scaled speedup = N + (1 − N) × s. From John L. Gustafson, "Reevaluating Amdahl's law", Communications of the ACM 31
    (5), 1988, pages 532–533.
    """
    inputs.number("serial_share", serial_share, most=1)
    return whole_number("workers", workers) + (1 - workers) * serial_share
