"""Look at a function and some of its items: run them alone, in threads and in processes, and write down the facts."""

import os
import pickle
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from multiprocessing.pool import ThreadPool
from pathlib import Path
from statistics import mean, median
from threading import Event, Thread
from time import perf_counter, process_time, thread_time

import psutil

from helpers.advice.choosing import WAITS, Work
from helpers.advice.facts import SHORT, Facts, Probe
from helpers.advice.travel import arrival, obstacle_in
from helpers.machine import gil_enabled, memory_of, usable_cores, usable_memory
from helpers.running.hosted import Hosted
from helpers.running.inside import WorkerEnded, run_task
from helpers.running.load import Watch, is_busy, waited_for_core
from helpers.running.log import Log
from helpers.running.supervise import WatchedContext
from helpers.simulate import Costs, measure_messages, measure_start_up

SECONDS = 10.0  # that all of it may take
ALONE = 1.2  # seconds for tasks that run one after the other; the last one may take a little longer
LONGEST = 3.5  # seconds after which such a task is given up
PROBED = 0.8  # seconds that a probe of threads or of processes is to take
CONTENDED = 0.1  # seconds: in less time, threads hardly get to compete for the GIL, which changes hands every 5 ms
AT_ONCE = 3.0  # seconds after which it is given up
SPARE = 1.5  # seconds: to start the process that looks, and to compute what the facts mean
MOST_THREADS = 16  # for tasks that wait
MOST_TRIED = 2000  # items
MOST_BYTES = 2**26  # of items that are tried
SIZED = 20  # results whose size is looked at
LOOK_EVERY = 0.02  # seconds between two looks at the memory of the workers
QUICK = 0.2  # seconds: a first task that takes no longer is run again, since a first call may take longer than others
COUNTED = 500  # tasks that do nothing, to find out what threads cost
STARTED = 4  # pools of threads, for the same purpose


@dataclass
class Sample:
    """The items to try.

    positions  which of them are tried, in the order in which they are tried
    items      these items, in the same order
    sizes      of these items on their way to a worker; 0 if it can't be sent
    """

    positions: list[int]
    items: list
    sizes: list[int]


def sample_of(items):
    """Return the `Sample` of the items: spread over all of them, and so is each beginning of it."""
    count = len(items)
    kept, sizes, total = [], [], 0
    for position in spread(count, MOST_TRIED):
        size = size_of(items[position])
        if kept and total + size > MOST_BYTES:
            break
        kept.append(position)
        sizes.append(size)
        total += size
    return Sample(kept, [items[position] for position in kept], sizes)


def spread(count, most):
    """Return up to `most` of the numbers below `count`, so that any first few of them are spread evenly.

    They begin with the one in the middle, go on with those in the middles of the two halves, and so on.
    """
    bits = max(1, (min(count, most) - 1).bit_length())
    steps = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1, 2**bits))
    return list(dict.fromkeys([*(step * count >> bits for step in steps), 0]))[:most]


def size_of(value):
    """Return how many bytes a value takes on its way to another process, or 0 if it can't be sent."""
    try:
        return len(pickle.dumps(value))
    except Exception:
        return 0


# --- In this process, or in one of its own ---


def look_at(worker, items, name, start_method=None):
    """Look at the function and its items, and return the `Facts`. It takes at most SECONDS.

    Raises what the function raises, and TimeoutError if a task could not be stopped.
    """
    began = perf_counter()
    sample = sample_of(items)
    facts = Facts(name, len(items), usable_cores(), gil=gil_enabled(), free=free_memory())
    facts.start_method = WatchedContext(start_method).get_start_method()
    facts.obstacle = first_obstacle(worker, sample)
    if not facts.obstacle:
        try:
            facts = look_elsewhere(worker, sample, facts, began)
        except NotArrived as error:
            facts.obstacle = error.args[0]
    if facts.obstacle and not facts.seconds:
        tried = look_alone(worker, sample, facts)
        look_in_threads(worker, tried, facts, perf_counter() + AT_ONCE)
    return facts


def first_obstacle(worker, sample):
    """Return what keeps the function or an item from a worker process, as an `Obstacle`, or None."""
    if found := obstacle_in("the function", worker):
        return found
    pairs = sorted(zip(sample.positions, sample.items), key=lambda pair: pair[0])
    found = (obstacle_in(f"item {position + 1}", item) for position, item in pairs)
    return next(filter(None, found), None)


class NotArrived(Exception):
    """The function or an item was packed, but could not be unpacked in another process."""


def look_elsewhere(worker, sample, facts, began):
    """Look at everything in a process of its own, which can be ended whatever the function does."""
    packed = pickle.dumps((worker, sample))
    with Hosted(look_inside, packed, facts, began + SECONDS - SPARE) as hosted:
        if not hosted.ended(SECONDS - (perf_counter() - began)):
            raise TimeoutError(f"{facts.name} did not end within {SECONDS:g} s, and could not be stopped.")
        return hosted.result()


def look_inside(packed, facts, until):
    """In that process: look at everything, up to a moment on the clock that all processes share. Return the `Facts`."""
    silence()
    if found := arrival("the function or an item", packed):
        raise NotArrived(found)
    worker, sample = pickle.loads(packed)
    tried = look_alone(worker, sample, facts)
    if not facts.obstacle:
        look_in_processes(worker, tried, facts, min(until, perf_counter() + AT_ONCE))
    if facts.tasks > 1:
        look_in_threads(worker, tried, facts, min(until, perf_counter() + AT_ONCE))
    return facts


def silence():
    """Show nothing of what this process and those that it starts print: the function runs several times."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)


@contextmanager
def quiet():
    """Show nothing of what the block prints in this process."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        yield


def free_memory():
    """Return how many bytes of memory are free for worker processes."""
    return min(psutil.virtual_memory().available, usable_memory())


# --- One task after the other ---


@dataclass
class Tried:
    """The items that were tried, in the order of all items, and how long each of their tasks took."""

    items: list
    seconds: list[float]


def time_task(worker, item):
    """Call `worker(item)`. Return (seconds, seconds of computing, the same of all threads, result).

    The seconds leave out those in which other programs had the cores, as far as the system says so.
    """
    delayed = waited_for_core()
    all_threads, computed, began = process_time(), thread_time(), perf_counter()
    result = worker(item)
    ended, computing, every = perf_counter(), thread_time() - computed, process_time() - all_threads
    return max(computing, ended - began - (waited_for_core() - delayed)), computing, every, result


def look_alone(worker, sample, facts):
    """Run tasks one after the other for a while, and write down the facts about them. Return what was `Tried`.

    Raises what the function raises.
    """
    watch = Watch()
    clocks = [median(times) for times in zip(*(time_task(abs, 0)[:3] for _ in range(200)))]
    times, results, began = {}, Results(facts, sample), (0, 0.0, 0.0)
    context = WatchedContext(None, LONGEST)
    until = perf_counter() + ALONE
    try:
        with quiet(), context.alarm():
            for place in [0, *range(len(sample.items))]:  # the first one twice: its first call only warms up
                if place in times and times[place][0] > QUICK:
                    continue
                began = place, perf_counter() - waited_for_core(), process_time()
                *times[place], result = time_task(worker, sample.items[place])
                results.note(place, result)
                if perf_counter() > until:
                    break
    except TimeoutError:
        if context.time_left:  # it is the function's own error
            raise
        place, start, computed = began
        seconds, computing = perf_counter() - waited_for_core() - start, process_time() - computed
        if all(seconds > longer for longer, *_ in times.values()):  # otherwise there was just no time left for it
            times[place], facts.unfinished = [seconds, computing, computing], True
    facts.busy = is_busy(watch.load(used=0.0))
    write_down(times, clocks, results, sample, facts)
    return Tried([sample.items[place] for place in in_order(times, sample)], facts.seconds)


def in_order(times, sample):
    """Return the places in the sample that were tried, in the order of all items."""
    return sorted(times, key=lambda place: sample.positions[place])


def write_down(times, clocks, results, sample, facts):
    """Write down how long tasks took, without what reading the clocks took, and the sizes of what travels."""
    places = in_order(times, sample)
    alone, own, every = ([max(0.0, times[place][kind] - clocks[kind]) for place in places] for kind in range(3))
    helped = sum(every) > max(1.2 * sum(own), 1.1 * sum(alone), SHORT * len(places))  # by threads of their own
    facts.positions = [sample.positions[place] for place in places]
    facts.seconds = alone
    facts.computing = every if helped else [min(pair) for pair in zip(own, alone)]
    facts.own_threads = sum(every) / sum(alone) if helped else 1.0
    facts.sent = [sample.sizes[place] for place in places]
    facts.received = results.sizes(places)
    facts.pickling = results.pickling(sample, places)


class Results:
    """What the function returned for the first items that were tried: whether it can be sent, and its size."""

    def __init__(self, facts, sample):
        self._facts, self._sample, self._sizes, self._seconds = facts, sample, {}, []

    def note(self, place, result):
        """Look at a result, unless enough have been looked at."""
        if len(self._sizes) >= SIZED or place in self._sizes:
            return
        what = f"the result of item {self._sample.positions[place] + 1}"
        self._facts.obstacle = self._facts.obstacle or obstacle_in(what, result)
        began = perf_counter()
        self._sizes[place] = size_of(result)
        self._seconds.append(perf_counter() - began)

    def sizes(self, places):
        """Return the size of each result. Those that weren't looked at count as large as the others on average."""
        usual = round(mean(self._sizes.values())) if self._sizes else 0
        return [self._sizes.get(place, usual) for place in places]

    def pickling(self, sample, places):
        """Return how many seconds it takes to pack an item and its result, on average."""
        items = [sample.items[place] for place in places[:SIZED]]
        began = perf_counter()
        for item in items:
            size_of(item)
        return (perf_counter() - began) / len(items) + (mean(self._seconds) if self._seconds else 0.0)


# --- Several tasks at once ---


def to_probe(tried, workers, sending=0.0):
    """Return some of the items that were tried, and their seconds: for PROBED seconds, and at least one per worker.

    sending  seconds that it takes to send an item and its result
    """
    times = -(-workers // len(tried.items))  # if there are fewer items than workers, they come several times
    items, seconds = tried.items * times, tried.seconds * times
    count = max(workers, int(PROBED * workers / max(mean(seconds) + workers * sending, 1e-9)))
    step = max(1, len(items) // count)
    return items[::step], seconds[::step]


def look_in_processes(worker, tried, facts, until):
    """Find out what a Pool costs with this function, and how long it takes for a few tasks."""
    workers, method = max(2, min(facts.cores, facts.tasks)), facts.start_method
    messages = measure_messages(method)
    if facts.unfinished:
        facts.pool_costs = Costs(**not_negative(measure_start_up(method) | messages))
        return
    items, seconds = to_probe(tried, workers, 3 * facts.pickling)  # packed, sent, unpacked
    chunksize = 1 if mean(seconds) > SHORT else -(-len(items) // (4 * workers))
    log = Log(len(items), workers)
    try:
        run_watched(worker, items, log, chunksize, facts, until - perf_counter())
    except TimeoutError:
        if perf_counter() < until:  # it is the function's own error
            raise
        facts.pool_costs = Costs(**not_negative(start_up_of(log) | messages))
        return
    except (WorkerEnded, TypeError, OSError) as error:
        facts.failed = str(error)
        return
    slower = crowding(sum(log.computing), items, tried, facts)
    facts.pool_costs = Costs(**not_negative(start_up_of(log) | messages), crowding=slower)
    predicted = predict(facts, items, tried, "processes", workers, chunksize)
    facts.pool_probe = Probe(len(items), workers, log.ended - log.began, predicted)


def run_watched(worker, items, log, chunksize, facts, time_limit):
    """Run items in a Pool with as many workers as the `Log` has room for. Write down what memory the workers take.

    Raises TimeoutError, `WorkerEnded`, and whatever the function raises.
    """
    context = WatchedContext(facts.start_method, time_limit, worker, log)
    log.began = perf_counter()
    with context.no_process_left(), context.pool(len(log.ready)) as pool:
        with memory_watched(log, facts):  # its thread starts only now: a fork would copy the locks that it holds
            context.fetch(pool.map_async(run_task, list(enumerate(items)), chunksize))
        log.ended = perf_counter()


def start_up_of(log):
    """Return what it cost to start the workers of a run. Name → seconds, as in `Costs`."""
    launch = (log.asked[-1] - log.asked[0]) / (len(log.asked) - 1)
    up = median([life.ready - life.asked for life in log.lives if life.ready] or [0.0])
    return {"setup": log.asked[0] - log.began, "launch": launch, "boot": up - launch}


def not_negative(costs):
    """Return costs without those below 0: a difference of two measurements may be negative if it is small."""
    return {name: max(0.0, cost) for name, cost in costs.items()}


def crowding(computed, items, tried, facts):
    """Return how many times as long tasks computed while all cores were busy, at least 1.

    computed  seconds for which the tasks of these items computed then, all together
    """
    if mean(tried.seconds) < SHORT or facts.share_computing < WAITS or facts.own_threads > 1:
        return 1.0  # the clocks would tell nothing
    computing = dict(zip(map(id, tried.items), facts.computing))
    return max(1.0, computed / sum(computing[id(item)] for item in items))


def predict(facts, items, tried, engine, workers, chunksize=1):
    """Return how many seconds the model says that just these items take."""
    places = {id(item): place for place, item in enumerate(tried.items)}
    chosen = [places[id(item)] for item in items]
    figures = {
        name: [getattr(facts, name)[place] for place in chosen] for name in ("seconds", "computing", "sent", "received")
    }
    return Work(replace(facts, tasks=len(items), positions=range(len(items)), **figures)).seconds(
        engine, workers, chunksize
    )


@contextmanager
def memory_watched(log, facts):
    """Write down what the workers of a run take at most, on average, while the block runs."""
    most, done = {}, Event()

    def watch():
        while not done.wait(LOOK_EVERY):
            for pid in filter(None, list(log.process)):
                try:
                    most[pid] = max(most.get(pid, 0), memory_of(pid))
                except (psutil.Error, ValueError):  # it has ended
                    pass

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
    if most:
        facts.memory = round(mean(most.values()))


def look_in_threads(worker, tried, facts, until):
    """Find out what threads cost, how many cores two of them keep busy, and how long threads take for a few tasks.

    Tasks that wait mostly are tried with more than two threads.
    """
    facts.thread_costs = cost_of_threads()
    if facts.unfinished:  # it would not finish in threads either, and nobody can end those
        return
    waits = facts.share_computing < WAITS
    threads = min(MOST_THREADS, max(2, facts.tasks)) if waits else 2
    items, seconds = to_probe(tried, threads)
    tells = not waits and mean(tried.seconds) > SHORT
    if tells:
        items *= max(1, round(CONTENDED / sum(seconds)))
    context, pool, taken, computed = WatchedContext(None, until - perf_counter()), ThreadPool(threads), [], []
    ended = None

    def task(item):
        began, computing = perf_counter(), thread_time()
        worker(item)
        computed.append(thread_time() - computing)
        taken.append(perf_counter() - began)

    began = perf_counter()
    try:
        with quiet():
            context.fetch(pool.map_async(task, items, 1))
        ended = perf_counter()
    except TimeoutError:
        if perf_counter() < until:  # it is the function's own error
            raise
    finally:
        pool.terminate()
    if tells and taken:
        facts.thread_cores = max(1.0, 2 * sum(computed) / sum(taken))  # on a busy machine too few rather than too many
    if ended:  # only now: the model has to know how many cores threads keep busy
        slower = crowding(sum(computed), items, tried, facts)
        facts.thread_costs = replace(facts.thread_costs, crowding=slower)
        predicted = predict(facts, items, tried, "threads", threads)
        facts.thread_probe = Probe(len(items), threads, ended - began, predicted)


def cost_of_threads():
    """Return what a pool of threads costs, as `Costs`: all of it is paid in this process.

    The least of several measurements, since on a busy machine a thread that is ready has to wait for a core.
    """
    launches, chunks = [], []
    for _ in range(STARTED):
        began = perf_counter()
        with ThreadPool(2) as pool:
            launches.append((perf_counter() - began) / 2)
            computed = process_time()
            pool.map(abs, [0] * COUNTED, 1)
            chunks.append((process_time() - computed) / COUNTED)
    return Costs(launch=min(launches), parent_chunk=min(chunks))
