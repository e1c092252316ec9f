"""Measure things in repeated rounds after a warm-up, interleaved with what they are compared to."""

from dataclasses import dataclass, field
from itertools import count
from statistics import median
from time import perf_counter

from helpers.inputs import MOST_WORKERS, a_kind_of, flag, function, listed, whole_number
from helpers.machine import usable_cores
from helpers.running.comparison import was_disturbed
from helpers.running.inside import work_alone
from helpers.running.load import is_busy
from helpers.running.supervise import TIME_LIMIT, WatchedContext, no_space_explained
from helpers.running.ways import WAYS
from helpers.runs import require_importable, run

MOST_ROUNDS = 100  # tests that check what is shown, and not how fast it was, lower it


@dataclass
class Speedups:
    """What `measure_speedups` measured. Each list holds one figure per round.

    While it is still measuring, some sizes have no figure yet. `measured_sizes()` says which do.

    sizes     numbers of workers, ascending
    cores     usable cores
    serial    seconds for all items, one after the other, in this process
    makespan  number of workers → seconds for all items, from the start of the run until the last result arrived
    start_up  number of workers → seconds until a worker is up, averaged over the workers
    limit     number of workers → speedup of that many processes that never talk to each other
    busy      whether other programs took cores that the run could have used, once per run
    way       what was measured, such as "Pool"
    with_start_up  whether the time to start counts in `rounds`, `speedup` and `efficiency`
    """

    sizes: list[int]
    cores: int
    way: str = "Pool"
    with_start_up: bool = False
    serial: list[float] = field(default_factory=list)
    makespan: dict[int, list[float]] = field(default_factory=dict)
    start_up: dict[int, list[float]] = field(default_factory=dict)
    limit: dict[int, list[float]] = field(default_factory=dict)
    busy: list[bool] = field(default_factory=list)

    def measured_sizes(self):
        """Return the sizes that have a figure. For the others, `speedup` and what depends on it raise KeyError."""
        return [size for size in self.sizes if size in self.makespan]

    def rounds(self, size):
        """Return the speedup (serial time ÷ parallel time) of each round in which the size was measured."""
        if self.with_start_up:
            return self.rounds_with_start_up(size)
        times = zip(self.serial, self.makespan[size], self.start_up[size])
        return [serial / (makespan - start_up) for serial, makespan, start_up in times]

    def rounds_with_start_up(self, size):
        """Return the speedup of each round, with the workers' start-up included."""
        return [serial / makespan for serial, makespan in zip(self.serial, self.makespan[size])]

    def speedup(self, size):
        """Return the median speedup with `size` workers."""
        return median(self.rounds(size))

    def speedup_with_start_up(self, size):
        """Return the median speedup with the workers' start-up included."""
        return median(self.rounds_with_start_up(size))

    def machine_limit(self, size):
        """Return the median speedup of `size` processes, or fewer, that never talk to each other.

        Fewer count too, since a program may leave some workers idle. So the limit never falls with more workers.
        """
        return max(median(limits) for fewer, limits in self.limit.items() if fewer <= size)

    def start_up_time(self, size):
        """Return the median seconds until a worker is up."""
        return median(self.start_up[size])

    def efficiency(self, size):
        """Return the median speedup per worker, 1.0 at best."""
        return self.speedup(size) / size

    @property
    def was_busy(self):
        """Whether other programs took cores in at least a third of the runs."""
        return 3 * sum(self.busy) >= len(self.busy) > 0


def time_each(calls, rounds=5):
    """Time several calls in turn, `rounds` times, after one warm-up. Return label → list of seconds.

    calls  label → function without arguments

    Raises ValueError without calls or rounds, TypeError for what can't be called.
    """
    if not isinstance(calls, dict):
        raise TypeError(f'time_each takes a dictionary such as {{"a loop": my_function}}, not {a_kind_of(calls)}.')
    for label, call in calls.items():
        function(f"What is timed as {label!r}", call, "my_function")
    if not calls:
        raise ValueError('There is nothing to time. Give calls such as {"a loop": my_function}.')
    whole_number("rounds", rounds)
    for call in calls.values():
        call()
    seconds = {label: [] for label in calls}
    for _ in in_rounds(rounds):
        for label, call in calls.items():
            start = perf_counter()
            call()
            seconds[label].append(perf_counter() - start)
    return seconds


def capped(rounds):
    """Return how many rounds to measure, given how many were asked for."""
    return min(rounds, MOST_ROUNDS)


def in_rounds(rounds):
    """Yield the number of each round, and show a progress bar."""
    from tqdm.auto import tqdm  # imported here, since it would slow down the start of programs that need no bar

    return tqdm(range(capped(rounds)), desc="measuring", unit="round", leave=False)


def numbers_of_workers(sizes):
    """Return the numbers of workers to measure in ascending order (default: `default_sizes()`)."""
    if sizes is None:
        return default_sizes()
    found = listed(sizes, "sizes", "[1, 2, 4]")
    if not found:
        raise ValueError("There are no numbers of workers to measure. Give some, such as sizes=[1, 2, 4].")
    return sorted({whole_number("a number of workers", size, MOST_WORKERS) for size in found})


def default_sizes():
    """Return the pool sizes worth measuring here: powers of two, the usable cores, and twice that."""
    cores = usable_cores()
    return sorted({2**power for power in range(cores.bit_length())} | {cores, 2 * cores})


def measure_speedups(
    worker,
    items,
    sizes=None,
    how="pool",
    rounds=5,
    chunksize=1,
    start_method=None,
    with_start_up=False,
    heard=None,
    method="map",
):
    """Measure the speedup of one way to run tasks, for several numbers of workers, in interleaved rounds.

    worker         a function of one item that a worker process can import
    items          what the worker is called with, one item per task
    sizes          numbers of workers (default: `default_sizes()`)
    how            a way with workers, as in `helpers.runs.run`
    rounds         how often everything is measured
    chunksize      tasks handed to a worker at a time, by "pool", "executor" and "joblib"
    start_method   "fork", "spawn" or "forkserver" (default: Python's own default)
    with_start_up  whether the time to start the workers counts in the speedup
    heard          the sending end of a pipe, in place of a progress bar: after each measurement it is sent the number
                   of measurements so far, and the `Speedups` so far. Each is a few KB: without a reader a pipe fills up
    method         what "pool" calls: "map", "imap", "imap_unordered" or "apply_async"

    Returns `Speedups`. Raises what `helpers.runs.run` raises, and ValueError if there is nothing to measure.
    """
    require_importable(worker)
    items, sizes = listed(items), numbers_of_workers(sizes)
    require_something_to_measure(items, how, rounds)
    flag("with_start_up", with_start_up)
    if heard is not None and not hasattr(heard, "send"):
        raise TypeError(f"heard must be the sending end of a pipe, not {a_kind_of(heard)}.")
    measured = Speedups(sizes, usable_cores(), WAYS[how].label, with_start_up)
    counter = count(1)

    def tell():
        if heard:
            heard.send((next(counter), measured))

    def run_it(size, items):
        return run(worker, items, how, size, chunksize, start_method, method=method)

    run(worker, items[::4], "serial")  # warm-up
    run_it(1, items[::4])
    for _ in range(rounds) if heard else in_rounds(rounds):
        measure_round(measured, worker, items, run_it, start_method, tell)
    return measured


def require_something_to_measure(items, how, rounds):
    """Raise a ValueError or TypeError if there is nothing to measure."""
    whole_number("rounds", rounds)
    if not items:
        raise ValueError("There are no items, so there is nothing to measure. Give a list such as [20_000] * 80.")
    parallel = [name for name, way in WAYS.items() if "workers" in way.uses]
    if how not in parallel:
        raise ValueError(
            f"how={how!r} has no number of workers to measure. Use one of {', '.join(map(repr, parallel))}."
        )


def measure_round(measured, worker, items, run_it, start_method, tell):
    """Measure everything once, in turn, and add it to the `Speedups`.

    run_it  called with a number of workers and items, runs the items in the way that is measured
    tell    called after each measurement
    """
    sample = items[::4]  # the limit needs less work, since each process does all of it
    serial = run(worker, items, "serial")
    measured.serial.append(serial.makespan)
    tell()
    alone = time_independent(worker, sample, 1, start_method)
    tell()
    runs = []
    for size in measured.sizes:
        limits = measured.limit.setdefault(size, [])
        if size == 1:
            limits.append(1.0)
        else:
            limits.append(size * alone / time_independent(worker, sample, size, start_method))
            tell()
        runs.append(run_it(size, items))
        measured.makespan.setdefault(size, []).append(runs[-1].makespan)
        measured.start_up.setdefault(size, []).append(runs[-1].start_up)
        tell()
    if any(was_disturbed(serial, made) for made in runs):
        serial = min(serial, run(worker, items, "serial"), key=lambda serial: serial.makespan)
        measured.serial[-1] = serial.makespan
    measured.busy += [is_busy(made.load) for made in (serial, *runs)]


def steps(rounds, sizes):
    """Return how many measurements `measure_speedups` makes."""
    return rounds * (2 + 2 * len(sizes) - (1 in sizes))


def serial_runs(rounds, sizes):
    """Return about how many serial runs take as long as `measure_speedups` does, if the items only compute."""
    cores = usable_cores()
    sample = 1 / 4  # of the items
    runs = sum(1 / min(size, cores) for size in sizes)
    limits = sum(sample * max(1, size / cores) for size in sizes if size > 1)
    return 2 * sample + rounds * (1 + sample + runs + limits)


def time_independent(worker, items, size, start_method):
    """Return how many seconds `size` processes need if each runs all items by itself at the same time."""
    context = WatchedContext(start_method, TIME_LIMIT)
    with no_space_explained():
        barrier = context.Barrier(size)
    shares = {}
    with context.no_process_left():
        for _ in range(size):
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=work_alone, args=(worker, items, barrier, sender))
            process.start()
            sender.close()  # so that the pipe ends when the process does
            shares[receiver] = process, 1
        starts, ends = zip(*context.receive(shares))
        context.let_end()
    return max(ends) - min(starts)
