"""What recording, watching and drawing cost, compared with their limits and with other tools.

python tests/benchmark.py [PART ...]     prints a Markdown table; `make bench` calls it, in about ten minutes

A part is the name of one of the functions in PARTS; without any, all are measured.

Each figure is the median of interleaved rounds after a warm-up, with its lowest and highest. The table says whether
each limit is met. A limit that isn't met is no error: the machine may have been busy.
"""

import json
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import sysconfig
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pool, RawValue
from multiprocessing.pool import ThreadPool
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter, process_time

import known_work as known
import mpire
import psutil
from jupyter_client.manager import start_new_kernel

from helpers.advice.choosing import choose
from helpers.advice.looking import look_at
from helpers.machine import usable_cores
from helpers.pages import page_server
from helpers.panels import Panel, workloads
from helpers.panels.panel import LOOK_EVERY
from helpers.panels.scene import scene
from helpers.running.breakdown import time_spent
from helpers.running.comparison import Comparison
from helpers.running.families import lives
from helpers.running.hosted import Hosted
from helpers.running.log import Log
from helpers.running.ways import WAYS
from helpers.runs import logged_run, run, run_logged
from helpers.scripts.capture import environment
from helpers.simulate import measure_costs, try_out
from helpers.timelines import finished
from helpers.words import counted
from helpers.workers import count_primes, fetch_page, hash_password

TIME_LIMIT = 60  # seconds, for anything that could hang


def main():
    table, before = [], psutil.getloadavg()[0]
    parts = [part for part in PARTS if not sys.argv[1:] or part.__name__ in sys.argv[1:]]
    for number, part in enumerate(parts, start=1):
        print(f"{number} of {len(parts)}: {part.__doc__.splitlines()[0]}", file=sys.stderr, flush=True)
        table += part()
    print(markdown(["", "median", "lowest to highest", "limit", "met"], table))
    print(
        f"\nPython {platform.python_version()} on {platform.system()}, {usable_cores()} usable cores, "
        f"start method {multiprocessing.get_start_method()}. Load average before: {before:.1f} (idle: below 0.5)."
    )


def figure(what, values, unit="", digits=0, most=None, least=None):
    """Return a table row for what was measured, and whether its median is at most, or at least, the limit."""

    def say(value):
        return f"{value:.{digits}f}{unit}"

    middle, bar, met = median(values), "", ""
    if most is not None:
        bar, met = f"≤ {say(most)}", middle <= most
    if least is not None:
        bar = f"{say(least)} to {say(most)}" if bar else f"≥ {say(least)}"
        met = met is not False and middle >= least
    spread = f"{say(min(values))} to {say(max(values))}" if len(values) > 1 else ""
    return [what, say(middle), spread, bar, {True: "yes", False: "NO", "": ""}[met]]


def markdown(header, rows):
    """Return a Markdown table that can be read as plain text too."""
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    lines = [header, ["-" * width for width in widths], *rows]
    padded = [[f"{cell:<{width}}" for cell, width in zip(line, widths)] for line in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


# --- What a task costs ---

TASKS, WORKERS, TASK_ROUNDS = 20_000, 2, 7


def echo(item):
    return item


def number_and_echo(task):
    index, item = task
    return index, echo(item)


def note_up(up):
    """Initialize a worker: write down when the first one was up."""
    up.value = up.value or perf_counter()


def bare(up):
    with Pool(WORKERS, note_up, (up,)) as pool:
        return list(pool.imap_unordered(echo, range(TASKS)))


def bare_in_order(up):
    with Pool(WORKERS, note_up, (up,)) as pool:
        results = dict(pool.imap_unordered(number_and_echo, enumerate(range(TASKS))))
        return [results[index] for index in range(TASKS)]


def recorded(up):
    log = Log(TASKS, WORKERS)
    results = run_logged(echo, range(TASKS), log, "pool")
    up.value = min(log.ready)
    return results


def insights(up):
    pool = mpire.WorkerPool(WORKERS, enable_insights=True, start_method=multiprocessing.get_start_method())
    with pool:
        return list(pool.imap_unordered(echo, range(TASKS), chunk_size=1, worker_init=partial(note_up, up)))


def pool_map(up):
    with Pool(WORKERS, note_up, (up,)) as pool:
        return pool.map(echo, range(TASKS), chunksize=1)


def executor_map(up):
    with ProcessPoolExecutor(WORKERS, initializer=note_up, initargs=(up,)) as executor:
        return list(executor.map(echo, range(TASKS)))


RIVALS = {
    "Pool.imap_unordered, bare": bare,
    "the course's recorded run": recorded,
    "Pool.imap_unordered, results put in order": bare_in_order,
    "mpire.WorkerPool.imap_unordered with insights": insights,
    "Pool.map": pool_map,
    "ProcessPoolExecutor.map": executor_map,
}


def cost_of_a_task():
    """what a task costs: 20,000 tasks, 2 workers, chunksize 1, a worker that returns its argument

    The clock runs from the moment when the first worker is up until the results are a list and the pool has ended. So
    start-up is left out, and everything that is done for the tasks counts, on both sides. The recorded run puts the
    results into the order of the tasks, the bare one leaves them as they arrive.
    """
    micros = defaultdict(list)
    for round in range(1 + TASK_ROUNDS):
        for label, rival in RIVALS.items():
            up = RawValue("d")
            results = rival(up)
            seconds = perf_counter() - up.value
            assert sorted(results) == list(range(TASKS))
            if round:  # the first one warms up
                micros[label].append(seconds / TASKS * 1e6)
    first, second, *_ = RIVALS
    times = [ours / theirs for ours, theirs in zip(micros[second], micros[first])]
    rows = [figure(f"a task: {label}", values, " µs", 1) for label, values in micros.items()]
    rows.insert(2, figure("a task: recorded ÷ bare, round by round", times, " ×", 2, most=1.3))
    return rows


# --- What watching costs ---

WATCH_ROUNDS, RUN_SECONDS = 11, 2.0


def watching():
    """what watching costs: a run of about two seconds in a panel of a real kernel, whose messages are read"""
    pictures = []

    def note(message):
        if message["msg_type"] == "comm_msg" and "picture" in message["content"]["data"].get("state", {}):
            pictures.append(perf_counter())

    measured = printed_by(f"watch_rounds({WATCH_ROUNDS})", note)
    seen = [
        sum(began <= at <= ended for at in pictures) / (ended - began) for _, (began, ended, _) in measured["rounds"]
    ]
    alone = [makespan for makespan, _ in measured["rounds"]]
    watched = [ended - began for _, (began, ended, _) in measured["rounds"]]
    busy = [100 * share for _, (_, _, share) in measured["rounds"]]
    more = [100 * (with_eyes / without - 1) for with_eyes, without in zip(watched, alone)]
    return [
        figure("a run that nobody watches", alone, " s", 2),
        figure("the same run in a panel", watched, " s", 2),
        figure("watching adds, round by round", more, " %", 1, most=3),
        figure("processor time that the kernel takes meanwhile, of all cores'", busy, " %", 1),
        figure("pictures that arrive in a second of the run", seen, "", 1, least=4),
    ]


def watch_rounds(rounds):
    """In the kernel: run the same tasks unwatched and in a panel. Print how long they took, and from when to when."""
    task = min(timed(lambda: count_primes(20_000), rounds=10))
    tasks = round(RUN_SECONDS * usable_cores() / task)
    panel = Panel(tasks=tasks, size=20_000)
    settings = panel.controls.settings
    ended, busy = Event(), []
    panel.observe(lambda change: "Done" in change.new and ended.set(), "status")
    panel.observe(
        lambda change: change.new["state"] == "live" and busy.append((perf_counter(), process_time())), "picture"
    )

    def alone():
        log = Log(settings.tasks, settings.workers)
        with settings.work() as (worker, items):
            Hosted(run_logged, worker, items, log, settings.how, settings.chunksize, settings.start_method).result()
        return log.ended - log.began

    def watched():
        ended.clear()
        busy.clear()
        panel.run()
        assert ended.wait(TIME_LIMIT), panel.status
        run = panel.history.entries[-1].run
        (start, used), *_, (end, used_then) = busy
        return run.began, run.ended, (used_then - used) / (end - start) / usable_cores()

    watched()  # warm-up: it also runs the tasks one after the other
    figures = []
    for number in range(rounds):
        if number % 2:
            with_eyes, without = watched(), alone()
        else:
            without, with_eyes = alone(), watched()
        figures.append((without, with_eyes))
    print(json.dumps({"rounds": figures}))


@contextmanager
def kernel():
    """A kernel in this folder, as `make lab` has them, and a client that reads its messages."""
    # an import that can't cache its bytecode is slower, and a learner's can
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    manager, client = start_new_kernel(env=own, cwd=Path(__file__).parent, stderr=subprocess.DEVNULL)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()  # not at once: it cleans up, and so does its resource tracker


def printed_by(call, note=lambda message: None):
    """Call a function of this file in a new kernel, with `note` for each message; return what it prints, as JSON."""
    said = []
    with kernel() as client:
        for message in outputs(client, f"import benchmark\nbenchmark.{call}"):
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])
            note(message)
    return json.loads("".join(said))


def outputs(client, code):
    """Run a cell and yield its messages as they arrive, until it has ended. Raises RuntimeError if the cell raises."""
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=TIME_LIMIT)
        if message["parent_header"].get("msg_id") != request and message["msg_type"] != "comm_msg":
            continue
        if message["msg_type"] == "error":
            raise RuntimeError("\n".join(message["content"]["traceback"]))
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return
        yield message


# --- What drawing costs ---


def drawing():
    """what drawing costs"""
    rows = []
    for tasks, workers, most in [(100_000, 2, 1), (100_000, 64, 1), (1_000, 64, 1)]:
        log = made_up_log(tasks, workers)
        run = logged_run(log, [None] * tasks, "Pool")

        def draw(run=run):
            picture = finished(Comparison(run, run))
            return len(picture.svg()) + len(picture.png())

        what = f"{tasks:,} tasks, {workers} workers"
        rows.append(figure(f"a finished run drawn as SVG and PNG: {what}", timed(draw, 5), " s", 2, most=most))
        rows.append(figure(f"its size: {what}", [draw() / 1e6], " MB", 2, most=1))
    for tasks, workers, most in [(100, 2, 10), (100, 64, 10), (100_000, 64, 40)]:
        log = made_up_log(tasks, workers)
        millis = [1000 * seconds for seconds in timed(lambda log=log: scene(log, 2.0), rounds=20)]
        rows.append(figure(f"a live picture: {tasks:,} tasks, {workers} workers", millis, " ms", most=most))
    return rows


def timed(call, rounds, clock=perf_counter):
    """Return the seconds that each of some calls takes on a clock, after one to warm up."""
    call()
    seconds = []
    for _ in range(rounds):
        began = clock()
        call()
        seconds.append(clock() - began)
    return seconds


def made_up_log(tasks, workers):
    """Return the `Log` of a run of one second whose workers were busy nine tenths of it."""
    log = Log(tasks, workers)
    log.began, log.ended = 1.0, 2.0
    for number in range(workers):
        log.process[number], log.thread[number] = number + 1, number + 1
        log.asked[number], log.ready[number] = 1.0, 1.01
    places = -(-tasks // workers)  # of tasks, one after the other
    for task in range(tasks):
        place, number = divmod(task, workers)
        log.worker[task] = number + 1
        log.start[task] = 1.02 + 0.98 * place / places
        log.end[task] = log.start[task] + 0.9 * 0.98 / places
        log.computing[task] = 0.7 * 0.98 / places
    return log


# --- What tracing a script costs ---

TRACE_ROUNDS, RIVAL_ROUNDS = 21, 3  # VizTracer takes up to twenty times as long as the script
COMPUTING = 0.002  # seconds of each task that takes "a millisecond or more"

POOL_SCRIPT = """from multiprocessing import Pool

{function}

if __name__ == "__main__":
    with Pool(2) as pool:
        pool.map({call})
        pool.close()
        pool.join()
"""

ECHO = """def echo(item):
    return item"""

COUNT = """def count(number):
    for _ in range(number):
        pass"""

MESSAGES = """from multiprocessing import Process, SimpleQueue

MESSAGES = 10_000

def send(queue):
    for number in range(MESSAGES):
        queue.put(number)

if __name__ == "__main__":
    queue = SimpleQueue()
    sender = Process(target=send, args=(queue,))
    sender.start()
    for _ in range(MESSAGES):
        queue.get()
    sender.join()
"""


def tracing():
    """what tracing a script costs, compared with the script alone and with VizTracer

    A script is timed from its launch until it has ended, so it includes the start of Python and of the witness. The
    bar for tasks of 2 ms is on the processor time of all processes, since 3% of the seconds would be lost in the noise.
    """
    counts = 1_000_000
    number = round(counts * COMPUTING / min(timed(lambda: count_to(counts), rounds=5, clock=process_time)))
    scripts = {  # what → the script and the most that traced ÷ bare may be, of its time and of its processor time
        "no tasks": (POOL_SCRIPT.format(function=ECHO, call="echo, []"), None, None),
        "20,000 tiny tasks": (POOL_SCRIPT.format(function=ECHO, call="echo, range(20_000)"), 1.5, None),
        "20,000 tiny tasks, chunksize 1": (POOL_SCRIPT.format(function=ECHO, call="echo, range(20_000), 1"), 1.5, None),
        "10,000 messages": (MESSAGES, None, None),
        "2,000 tasks of 2 ms": (POOL_SCRIPT.format(function=COUNT, call=f"count, [{number}] * 2000, 1"), None, 1.03),
    }
    rows = []
    with TemporaryDirectory() as folder:
        rival = viztracer(Path(folder, "environment"))
        for what, (text, *most) in scripts.items():
            script = Path(folder, "script.py")
            script.write_text(text)
            rows += cost_of_tracing(f"a script, {what}", script, rival, *most)
    return rows


def count_to(number):
    for _ in range(number):
        pass


def cost_of_tracing(what, script, rival, most_seconds, most_processor_time):
    """Return the rows of a script: bare, traced and, unless `rival` is None, under VizTracer."""
    ways = {"bare": [script], "traced": [script]}
    seconds, computed, stored = repeat_ways(ways, TRACE_ROUNDS)
    if rival:
        ways = {"bare": [script], "VizTracer": ["-m", "viztracer", "--quiet", "-o", "trace.json", script]}
        theirs = repeat_ways(ways, RIVAL_ROUNDS, PYTHONPATH=rival)
    rows = [figure(f"{what}: {way}", values, " s", 2) for way, values in seconds.items()]
    rows.append(ratio(f"{what}: traced ÷ bare", seconds["traced"], seconds["bare"], most_seconds))
    of_processors = f"{what}: traced ÷ bare, processor time"
    rows.append(ratio(of_processors, computed["traced"], computed["bare"], most_processor_time))
    rows.append(figure(f"{what}: stored", stored["traced"], " MB", 2))
    if rival:
        seconds, _, stored = theirs
        rows.append(ratio(f"{what}: VizTracer ÷ bare", seconds["VizTracer"], seconds["bare"]))
        rows.append(figure(f"{what}: stored by VizTracer", stored["VizTracer"], " MB", 2))
    return rows


def ratio(what, ours, theirs, most=None):
    return figure(what + ", round by round", [one / other for one, other in zip(ours, theirs)], " ×", 2, most=most)


def repeat_ways(ways, rounds, **settings):
    """Run commands in turn, round by round. Return their seconds, processor times and stored MB, each by way."""
    seconds, computed, stored = defaultdict(list), defaultdict(list), defaultdict(list)
    for round in range(1 + rounds):
        for way, command in ways.items():
            with TemporaryDirectory() as notes:
                own = {"COURSE_WITNESS": notes} if way == "traced" else settings
                taken, processor_time = seconds_of(command, notes, **own)
                if round:  # the first one warms up
                    seconds[way].append(taken)
                    computed[way].append(processor_time)
                    stored[way].append(on_disk(notes) / 1e6)
    return seconds, computed, stored


def seconds_of(command, folder, PYTHONPATH="", **settings):
    """Return how long Python takes to run a script in a folder, and the processor time of all the script's processes.

    It runs in the environment that the course gives to scripts.
    """
    own = environment()
    own.pop("PYTHONDONTWRITEBYTECODE", None)  # see `kernel`
    own["PYTHONPATH"] = os.pathsep.join(filter(None, [own["PYTHONPATH"], PYTHONPATH]))
    began, computed = perf_counter(), children_computed()
    subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**own, **settings},
        check=True,
        timeout=TIME_LIMIT,
        capture_output=True,
    )
    return perf_counter() - began, children_computed() - computed


def children_computed():
    """Return the processor time, in seconds, of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def on_disk(folder):
    """Return how many bytes of disk space the files in a folder take. The witness's files are sparse."""
    files = [path.stat() for path in Path(folder).rglob("*") if path.is_file()]
    return sum(512 * getattr(file, "st_blocks", -(-file.st_size // 512)) for file in files)  # Windows knows no blocks


def viztracer(folder):
    """Install VizTracer into a new virtual environment in that folder. Return the folder to import it from, or None.

    The course's own Python imports it, so that the only difference is which tool traces.
    """
    paths = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    python = str(Path(paths["scripts"], "python"))
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "viztracer"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"VizTracer can't be installed, so it is left out: {error}", file=sys.stderr, flush=True)
        return None
    return paths["platlib"]


# --- How soon there is something to see, and how soon everything has ended ---

FIRST_CELL = "from helpers.panels import Panel\nPanel()"


def first_panel():
    """how soon the first panel of a new kernel is shown"""

    def seconds():
        with kernel() as client:
            began = perf_counter()
            for message in outputs(client, FIRST_CELL):
                if "application/vnd.jupyter.widget-view+json" in message["content"].get("data", {}):
                    shown = perf_counter() - began
            return shown

    seconds()  # warm-up: reads all files, and compiles those that aren't yet
    return [figure("the first panel of a kernel, its imports counted", [seconds() for _ in range(5)], " s", 2, most=1)]


def begin_and_cancel():
    """how soon a run has begun, and how soon all its processes have ended after a cancel

    A panel must cancel within half a second, which includes the time until it notices the request.
    """
    begun, canceled = printed_by("cancel_rounds(5)")
    rows = [figure("a run's own process has begun it", begun, " ms")]
    for how, millis in canceled.items():
        rows.append(figure(f"canceled, all processes ended: {how}", millis, " ms", most=500 - 1000 * LOOK_EVERY))
    return rows


def cancel_rounds(rounds):
    """In the kernel: begin and end runs in each way; print the milliseconds of both."""
    begun, canceled = [], defaultdict(list)
    for round in range(1 + rounds):
        for how in WAYS:
            log = Log(usable_cores(), usable_cores())
            asked = perf_counter()
            hosted = Hosted(run_logged, count_primes, [10**9] * usable_cores(), log, how)
            wait_until(lambda log=log, how=how: log.start[0] if how == "serial" else all(log.start))
            [host] = map(psutil.Process, (process.pid for process in multiprocessing.active_children()))
            family = [host, *host.children(recursive=True)]
            wish = perf_counter()
            hosted.end()
            wait_until(lambda family=family: not any(map(lives, family)))
            if round:  # the first one warms up
                begun.append(1000 * (log.began - asked))
                canceled[how].append(1000 * (perf_counter() - wish))
    print(json.dumps([begun, canceled]))


def wait_until(true):
    deadline = perf_counter() + TIME_LIMIT
    while not true():
        assert perf_counter() < deadline, "waited in vain"
        time.sleep(0.001)


# --- The account of a run's time ---

PANELS, PROGRAMS = 100, 3


def account():
    """the account of time: default panels run one after another, then while other programs compute"""
    least, farthest, told, busy = zip(*printed_by(f"default_panels({PANELS})"))
    rows = [
        figure(f"{PANELS} default panels: the least part of a run", [min(least)], " s", 4, least=0),
        figure("the farthest that the parts of a run are from workers × makespan", [max(farthest)], " %", 2, most=1),
        figure("the highest efficiency that was told", [max(filter(None, told))], " %", most=103),
        figure("runs that said the machine was busy", [sum(busy)]),
    ]
    for when, only_first in {"during the first serial run": True, "throughout": False}.items():
        _, _, told, busy = zip(*printed_by(f"busy_panels({only_first})"))
        others = f"{PROGRAMS} other programs {when}"
        rows.append(figure(f"{others}: the highest efficiency told", [max(map(float, told))], " %", most=105))
        rows.append(figure(f"{others}: runs that say so", [100 * sum(busy) / len(busy)], " %", least=100))
    return rows


def default_panels(panels):
    """In the kernel: run new panels, and print the `facts` of each run."""
    print(json.dumps([facts(run_of_new_panel()) for _ in range(panels)]))


def busy_panels(only_first, rounds=5):
    """In the kernel: run new panels while other programs compute, during the first serial run only or all the time."""
    told = []
    for workers in [1, 2] * rounds:
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(PROGRAMS)]

        def end(others=others):
            for other in others:
                other.kill()
                other.wait()

        try:
            told.append(facts(run_of_new_panel(end if only_first else None, workers=workers)))
        finally:
            end()
    print(json.dumps(told))


def facts(compared):
    """Return of a `Comparison`: its least part, how far its parts are from the whole (%), efficiency (%), if busy."""
    spent = time_spent(compared.run)
    whole = compared.run.size * compared.run.makespan
    said = " ".join([*compared.remarks(), compared.figures()])
    efficiency = 100 * compared.efficiency if compared.efficiency is not None else 0
    return min(spent.values()), 100 * abs(sum(spent.values()) / whole - 1), efficiency, "machine was busy" in said


def run_of_new_panel(after_serial=None, **settings):
    """Return the `Comparison` of the first run of a new panel.

    after_serial  a function to call once the first serial run has ended
    """
    # A default panel takes seconds, so that a learner sees it run: a hundred of them would take ten minutes
    workloads.SHARE = 0.1
    panel = Panel(**settings)
    ended = Event()
    panel.observe(lambda change: change.new.startswith("Done") and ended.set(), "status")
    if after_serial:
        panel.observe(lambda change: change.new.startswith("Running") and after_serial(), "status")
    panel.run()
    assert ended.wait(TIME_LIMIT), panel.status
    return panel.history.entries[-1].comparison


def fullness():
    """how full the bars of different kinds of work are"""
    rows = []
    with page_server(latency=0.1) as address:
        pages = [f"{address}/{number}" for number in range(24)]
        for what, worker, items, how, workers, least, most in [
            ("two threads count primes", count_primes, [40_000] * 24, "threads", 2, 45, 55),
            ("twice as many processes as cores", count_primes, [40_000] * 48, "pool", 2 * usable_cores(), 45, 55),
            ("four threads fetch pages", fetch_page, pages, "threads", 4, None, 15),
            ("as many processes as cores", count_primes, [40_000] * 48, "pool", usable_cores(), 90, None),
        ]:
            runs = [run(worker, items, how, workers) for _ in range(5)]
            full = [100 * made.computing / made.time_in_tasks for made in runs]
            rows.append(figure(f"computing, of the area of the bars: {what}", full, " %", most=most, least=least))
    return rows


def imports():
    """what a worker process imports beyond multiprocessing.pool"""
    code = (
        "import multiprocessing.pool, pickle, sys, time; began = time.perf_counter(); "
        "import helpers.running.inside, helpers.running.log; print(1000 * (time.perf_counter() - began))"
    )
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def millis():
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=own)
        return float(ran.stdout)

    millis()  # warm-up
    return [figure("a worker's import of what surrounds its function", [millis() for _ in range(15)], " ms", 1, most=5)]


# --- How well a simulation predicts ---

TO_PREDICT = {
    "even tasks": [20_000] * 16,
    "uneven tasks": [2_000 * number for number in range(1, 17)],
    "tiny tasks": [10] * 16_000,
}
PREDICTION_ROUNDS, MOST_TRIES = 5, 5


def simulation():
    """how well a simulation predicts the makespan of a Pool of 1, 2 and 4 workers

    Each error is the median of interleaved rounds. The limit is for the median of all settings.
    """
    errors, busy = defaultdict(list), []
    for _ in range(PREDICTION_ROUNDS):
        for kind, items in TO_PREDICT.items():
            for chunksize in (1, len(items) // 8):
                trial = undisturbed_trial(items, chunksize)
                busy += trial.busy
                for size in trial.measured:
                    errors[f"{kind}, chunksize {chunksize}, {counted(size, 'worker')}"].append(100 * trial.error(size))
    each = [abs(median(rounds)) for rounds in errors.values()]
    return [
        figure(f"a simulation is off: median of {len(errors)} settings", each, " %", 1, most=10),
        figure("runs meanwhile in which other programs took cores", [100 * sum(busy) / len(busy)], " %"),
        *(figure(f"a simulation is off: {what}", rounds, " %", 1) for what, rounds in errors.items()),
    ]


def undisturbed_trial(items, chunksize):
    """Return a `Trial` of one round in which no other program took cores, or the last of several that were tried.

    The costs are measured anew each time, since the speed of a machine may drift.
    """
    for _ in range(MOST_TRIES):
        trial = try_out(count_primes, items, measure_costs(rounds=1), [1, 2, 4], rounds=1, chunksize=chunksize)
        if not any(trial.busy):
            break
    return trial


# --- How good advice is ---

PAGES, ADVICE_ROUNDS = 48, 3
NEAR_BEST, OFF = 15, 20  # percent: the engine's seconds above the best one's, and the error of the speedup


def known_work(address):
    """Return work of a known nature: what it is → (function, items)."""
    return {
        "long tasks": (count_primes, [40_000] * 32),
        "tiny tasks": (known.double, range(20_000)),
        "short tasks": (count_primes, [1_500] * 2_000),
        "uneven tasks": (count_primes, range(2_000, 62_000, 2_000)),
        "one long task at the end": (count_primes, [10_000] * 100 + [150_000]),
        "two tasks": (count_primes, [250_000] * 2),
        "little to do in all": (count_primes, [1_000] * 10),
        "pages to fetch": (fetch_page, [f"{address}/{number}" for number in range(PAGES)]),
        "waits, then computes": (known.ask_and_compute, [20_000] * 60),
        "lets go of the GIL": (hash_password, [str(number) for number in range(60)]),
        "large items": (known.check_sum, [bytes(8 * known.MEGABYTE)] * 24),
        "large results": (known.make_picture, [16] * 40),
        "moves memory": (known.copy_memory, [32] * 24),
        "has threads of its own": (known.multiply, [400] * 60),
        "can't be pickled": (known.counter_of_primes(), [20_000] * 60),
    }


def advice():
    """how good advice is: the engine that it names beside the best one, and the speedup that it predicts

    The other engines are measured as the model would use them. What can't be done in processes isn't.
    """
    rows, above, errors = [], [], []
    with page_server(latency=0.1) as address:
        for what, (worker, items) in known_work(address).items():
            choice = choose(look_at(worker, items, what))
            seconds = seconds_of_engines(worker, list(items), [choice.loop, *choice.others])
            middle = {engine: median(values) for engine, values in seconds.items()}
            engine = choice.best.engine
            above.append(100 * (middle[engine] / min(middle.values()) - 1))
            errors.append(100 * abs(choice.speedup * middle[engine] / middle["loop"] - 1))
            speedups = [alone / divided for alone, divided in zip(seconds["loop"], seconds[engine])]
            said = f"{engine}, {counted(choice.best.workers, 'worker')}, speedup {choice.speedup:.2f}"
            rows.append(figure(f"advice on {what}: {said}; measured", speedups, "", 2))
            rows.append(figure(f"advice on {what}: {engine} above the best engine", above[-1:], " %", most=NEAR_BEST))
            rows.append(figure(f"advice on {what}: the speedup is off", errors[-1:], " %", most=OFF))
    near, right = sum(over <= NEAR_BEST for over in above), sum(error <= OFF for error in errors)
    return [
        figure(f"advice: of {len(above)} kinds of work, engine near the best", [near], least=len(above)),
        figure(f"advice: of {len(errors)} kinds of work, speedup right", [right], least=len(errors) * 10 / 12),
        *rows,
    ]


def seconds_of_engines(worker, items, candidates):
    """Return for each engine the seconds that all items took, round by round, from before its workers started."""
    engines = {
        "loop": lambda workers, chunksize: [worker(item) for item in items],
        "threads": lambda workers, chunksize: map_in(ThreadPool, worker, items, workers, chunksize),
        "processes": lambda workers, chunksize: map_in(Pool, worker, items, workers, chunksize),
    }
    seconds = defaultdict(list)
    for _ in range(ADVICE_ROUNDS):
        for candidate in candidates:
            began = perf_counter()
            engines[candidate.engine](candidate.workers, candidate.chunksize)
            seconds[candidate.engine].append(perf_counter() - began)
    return seconds


def map_in(kind, worker, items, workers, chunksize):
    with kind(workers) as pool:
        return pool.map(worker, items, chunksize)


PARTS = [
    account,
    fullness,
    imports,
    cost_of_a_task,
    watching,
    tracing,
    drawing,
    first_panel,
    begin_and_cancel,
    simulation,
    advice,
]

if __name__ == "__main__":
    import benchmark  # a worker process can import this module by its name, but not as __main__

    benchmark.main()
