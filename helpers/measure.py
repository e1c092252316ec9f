"""Measure: repeats, interleaved with what they are compared to, after a warm-up."""

from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from helpers.machine import usable_cores
from helpers.running.inside import wait_at, work_alone
from helpers.running.supervise import WatchedContext
from helpers.runs import require_importable, run, whole_number

MOST_ROUNDS = 100  # the tests lower it where they look at what is shown, not at how fast it was


@dataclass
class Speedups:
    """What `measure_speedups` or `sweep` measured; each list holds one figure a round.

    sizes     pool sizes, ascending
    cores     usable cores
    serial    seconds for all items, one after the other, in this process
    work      pool size → seconds for all items once the workers are up
    start_up  pool size → seconds until the workers are up
    limit     pool size → speedup of as many processes that never talk to each other
    way       what was measured, such as "Pool.map"
    with_start_up  whether the time to start counts in `rounds`, `speedup` and `efficiency`
    """

    sizes: list[int]
    cores: int
    way: str = "Pool.map"
    with_start_up: bool = False
    serial: list[float] = field(default_factory=list)
    work: dict[int, list[float]] = field(default_factory=dict)
    start_up: dict[int, list[float]] = field(default_factory=dict)
    limit: dict[int, list[float]] = field(default_factory=dict)

    def rounds(self, size):
        """Return the speedup (serial time ÷ parallel time) of each round."""
        return self._rounds(size, self.with_start_up)

    def _rounds(self, size, with_start_up):
        times = zip(self.serial, self.work[size], self.start_up[size])
        return [serial / (work + start_up * with_start_up) for serial, work, start_up in times]

    def speedup(self, size):
        """Return the median speedup with `size` workers."""
        return median(self.rounds(size))

    def speedup_with_start_up(self, size):
        """Return the median speedup if the time to start the workers counts too."""
        return median(self._rounds(size, with_start_up=True))

    def machine_limit(self, size):
        """Return the median speedup of `size` processes, or fewer, that never talk to each other.

        Fewer count too, since a program may leave some idle: more workers never lower the limit.
        """
        return max(median(limits) for fewer, limits in self.limit.items() if fewer <= size)

    def start_up_time(self, size):
        """Return the median seconds until the workers of a new pool are up."""
        return median(self.start_up[size])

    def efficiency(self, size):
        """Return the median speedup a worker, 1.0 at best."""
        return self.speedup(size) / size


def time_each(calls, rounds=5):
    """Time several calls in turn, `rounds` times after one warm-up; return label → list of seconds.

    calls  label → function without arguments
    """
    for call in calls.values():
        call()
    seconds = {label: [] for label in calls}
    for _ in in_rounds(rounds):
        for label, call in calls.items():
            start = perf_counter()
            call()
            seconds[label].append(perf_counter() - start)
    return seconds


def in_rounds(rounds):
    """Count through the rounds of a measurement under a progress bar."""
    from tqdm.auto import tqdm  # here, since it would slow down the start of what needs no bar

    return tqdm(range(min(rounds, MOST_ROUNDS)), desc="measuring", unit="round", leave=False)


def default_sizes():
    """Return pool sizes worth measuring here: powers of two, the usable cores, twice the cores."""
    cores = usable_cores()
    return sorted({2**power for power in range(cores.bit_length())} | {cores, 2 * cores})


def measure_speedups(worker, items, sizes=None, rounds=5, start_method=None):
    """Measure the speedup of `Pool.map` over pool sizes, in interleaved rounds.

    worker        a function of one item that a worker process can import
    items         what the worker is called with, one a task
    sizes         pool sizes (default: `default_sizes()`)
    rounds        how often everything is measured
    start_method  "fork", "spawn" or "forkserver" (default: Python's own default)

    Returns `Speedups`. Raises as `helpers.runs.run` does.
    """
    require_importable(worker)
    sizes = sorted({whole_number("a pool size", size) for size in sizes or default_sizes()})
    items = list(items)
    sample = items[::4]  # the limit needs less work, since each process does all of it
    measured = Speedups(sizes, usable_cores())
    time_serial(worker, sample)  # warm-up
    time_pool(worker, sample, 1, start_method)
    for _ in in_rounds(rounds):
        measured.serial.append(time_serial(worker, items))
        alone = time_independent(worker, sample, 1, start_method)
        for size in sizes:
            start_up, work = time_pool(worker, items, size, start_method)
            together = time_independent(worker, sample, size, start_method) if size > 1 else alone
            measured.start_up.setdefault(size, []).append(start_up)
            measured.work.setdefault(size, []).append(work)
            measured.limit.setdefault(size, []).append(size * alone / together)
    return measured


SWEEP_ROUNDS = 3


def sweep_steps(sizes):
    """Return how many measurements a `sweep` makes."""
    return SWEEP_ROUNDS * (2 + 2 * len(sizes))


def sweep(worker, items, how, sizes, chunksize, start_method, done):
    """Measure the speedup of one way of running over numbers of workers, in interleaved rounds.

    how, chunksize, start_method  as `helpers.runs.run` takes them
    done                          a shared number to which one is added after each measurement

    Returns `Speedups` in which start-up counts. Raises as `run` does.
    """
    sample = items[::4]
    measured = Speedups(sizes, usable_cores(), way=how, with_start_up=True)

    def count(call, *args):
        result = call(*args)
        done.value += 1
        return result

    time_serial(worker, sample)  # warm-up
    time_independent(worker, sample, 1, start_method)
    for _ in range(SWEEP_ROUNDS):
        measured.serial.append(count(time_serial, worker, items))
        alone = count(time_independent, worker, sample, 1, start_method)
        for size in sizes:
            made = count(run, worker, items, how, size, chunksize, start_method)
            start_up = min(span.start for span in made.spans) - made.began
            measured.start_up.setdefault(size, []).append(start_up)
            measured.work.setdefault(size, []).append(made.makespan - start_up)
            together = count(time_independent, worker, sample, size, start_method)
            measured.limit.setdefault(size, []).append(size * alone / together)
    return measured


def time_serial(worker, items):
    """Return the seconds that this process alone needs for all items."""
    start = perf_counter()
    for item in items:
        worker(item)
    return perf_counter() - start


def time_pool(worker, items, size, start_method):
    """Return the seconds until a new pool's workers are up, and those that its `map` takes."""
    context = WatchedContext(start_method)
    barrier = context.Barrier(size + 1)
    began = perf_counter()
    with context.no_process_left(), context.pool(size, wait_at, (barrier,)) as pool:
        barrier.wait(context.time_left)
        up = perf_counter()
        context.wait_for(pool.map_async(worker, items)).get()
        return up - began, perf_counter() - up


def time_independent(worker, items, size, start_method):
    """Return the seconds that `size` processes need if each runs all items by itself at the same time."""
    context = WatchedContext(start_method)
    barrier = context.Barrier(size)
    pipes = []
    with context.no_process_left():
        for _ in range(size):
            receiver, sender = context.Pipe(duplex=False)
            context.Process(target=work_alone, args=(worker, items, barrier, sender)).start()
            sender.close()  # so that the pipe ends when the process does
            pipes.append(receiver)
        starts, ends = zip(*context.receive_all(pipes))
    return max(ends) - min(starts)
