"""Figures are held to workloads whose true answer is known: to sleeps, to shares of a lock, and to clocks of our own.

A sleep needs no core, so its truth holds on a busy machine too. What is asserted are ratios, with generous bars.
"""

import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import troublemakers
from test_simulate import FREE, recorded

from helpers import measure, simulate
from helpers.advice import advise
from helpers.measure import Speedups, measure_speedups, time_each
from helpers.plots import simulated_speedup, speedup
from helpers.running import inside
from helpers.running.comparison import Comparison
from helpers.running.load import is_busy
from helpers.running.log import Log
from helpers.runs import Run, run, timed
from helpers.simulate import Costs, amdahl, simulate_sizes, try_out

pytestmark = pytest.mark.timeout(120)


def near(truth, share=0.35):
    """A figure of which a busy machine may take, or to which it may add, that share."""
    return pytest.approx(truth, rel=share)


# --- Sleeping tasks: N workers are N times as fast, on any machine ---


@pytest.fixture(scope="module")
def slept():
    """What was measured of 12 sleeps of a tenth of a second."""
    return measure_speedups(time.sleep, [0.1] * 12, [1, 2, 4], "processes", rounds=1)


def test_sleeping_tasks_are_as_many_times_as_fast_as_there_are_workers(slept):
    assert [slept.speedup(size) for size in (1, 2, 4)] == [near(1), near(2), near(4)]
    assert [slept.efficiency(size) for size in (1, 2, 4)] == [near(1)] * 3
    assert slept.speedup_with_start_up(4) < slept.speedup(4)


def test_processes_that_sleep_at_the_same_time_have_no_limit_but_their_number(slept):
    assert [slept.machine_limit(size) for size in (1, 2, 4)] == [1, near(2), near(4)]


def test_what_is_drawn_of_them_says_the_same(slept):
    picture = speedup(slept)
    assert [float(row[1]) for row in picture.rows] == [near(1), near(2), near(4)]
    assert [float(row[3]) for row in picture.rows] == [1, near(2), near(4)]
    assert picture.caption.startswith("With 4 workers the work was")


def test_a_sleep_twice_as_long_takes_twice_as_long():
    (short,), (long,) = time_each({"short": lambda: time.sleep(0.1), "long": lambda: time.sleep(0.2)}, 1).values()
    assert long / short == near(2)


@pytest.mark.parametrize("how", ["threads", "pool", "executor"])
def test_of_sleeping_tasks_all_time_is_waiting_and_none_is_computing(how):
    done = run(time.sleep, [0.1] * 4, how, 2)
    assert done.time_in_tasks / 0.1 == near(4) and done.computing < 0.2 * done.time_in_tasks


# --- A serial share: Amdahl's law, by a lock ---

alone = threading.Lock()


def sleep_in_turns(share):
    """Sleep for a tenth of a second, and for that share of it alone."""
    with alone:
        time.sleep(0.1 * share)
    time.sleep(0.1 * (1 - share))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_serial_share_limits_the_speedup_to_what_amdahl_says(share):
    """With as many workers as tasks, each waits for all shares before its own. Then the last one sleeps its rest."""
    tasks = 6
    measured = measure_speedups(sleep_in_turns, [share] * tasks, [tasks], "threads", rounds=1)
    assert measured.speedup(tasks) == near(amdahl(share, tasks))


# --- Simulations of sleeping tasks ---

UNEVEN = [0.3, 0.1, 0.1, 0.2]  # with two workers: 0.4 s; longest first: 0.4 s; shortest first: 0.4 s and less evenly


def test_a_simulation_of_sleeping_tasks_is_what_really_happens_then():
    serial = run(time.sleep, UNEVEN, "serial")
    for workers, makespan in ((1, 0.7), (2, 0.4), (4, 0.3)):
        played = simulate.simulate(serial, FREE, workers, cores=1)  # a sleep needs no core
        assert played.makespan / serial.makespan == near(makespan / 0.7, 0.15)
        real = run(time.sleep, UNEVEN, "threads", workers)
        assert real.makespan / played.makespan == near(1)


def test_a_trial_of_sleeping_tasks_errs_by_no_more_than_starting_the_pool_costs():
    trial = try_out(time.sleep, [0.2] * 4, FREE, [2], rounds=1)
    assert trial.predicted[2][0] / 0.4 == near(1, 0.2)
    assert trial.measured[2][0] >= 0.4 and trial.error(2) < 0.05


# --- The cost model: what is measured of a Pool whose costs are known ---

KNOWN = Costs(0.5, 0.25, 0.125, 0.03, 0.02, 0.003, 0.002, 5e-6, 3e-6, 0.01)


def known_run(context, pool, tasks, chunksize, size):
    """What a Pool with the KNOWN costs computes for each task: the parent, and a worker."""
    return (
        KNOWN.parent_chunk / chunksize + KNOWN.parent_task + size * KNOWN.parent_byte,
        KNOWN.worker_chunk / chunksize + KNOWN.worker_task + size * KNOWN.worker_byte,
    )


def test_the_costs_of_messages_are_those_that_the_pool_has(monkeypatch):
    monkeypatch.setattr(simulate, "run_nothing", known_run)
    alone, _ = known_run(None, None, *simulate.ALONE)
    moments = iter([5.0, 5.0 + simulate.NAPS * (alone + KNOWN.wake)])
    monkeypatch.setattr(simulate, "process_time", lambda: next(moments))
    found = simulate.measure_messages(None)
    assert found == {name: pytest.approx(getattr(KNOWN, name), rel=1e-3) for name in found}
    assert len(found) == 7


def test_the_costs_of_the_start_are_those_that_the_pool_has(monkeypatch):
    """A pool with the KNOWN costs is played, and measured as a real one is."""

    def played(worker, items, log, how, chunksize, start_method):
        made = simulate.simulate(recorded(*[1.0] * len(items)), KNOWN, len(log.lives), cores=16)
        log.began = made.began
        for number, life in enumerate(made.lives):
            log.asked[number], log.ready[number] = life.asked, life.ready

    monkeypatch.setattr(simulate, "run_logged", played)
    assert simulate.measure_start_up(None) == {
        name: pytest.approx(getattr(KNOWN, name)) for name in ("setup", "launch", "boot")
    }


def test_crowding_is_by_how_much_longer_the_same_work_takes_on_all_cores(monkeypatch):
    def known(worker, items, how, size=1, *_):
        slower = 1.0 if size == 1 else 1.25
        return Run(how, recorded(*[slower] * len(items)).spans, 0.0, slower)

    monkeypatch.setattr(simulate, "run", known)
    monkeypatch.setattr(simulate, "usable_cores", lambda: 4)
    monkeypatch.setattr(simulate, "measure_start_up", lambda _: {})
    monkeypatch.setattr(simulate, "measure_messages", lambda _: {})
    assert simulate.measure_each_cost(None, abs, [1, 2])["crowding"] == pytest.approx(1.25)


def test_the_costs_of_a_pool_add_up_to_its_makespan():
    """One worker, a core for each process, and one chunk: nothing overlaps."""
    made = simulate.simulate(recorded(1.0, 2.0), KNOWN, 1, chunksize=2, cores=2)
    chunk = KNOWN.parent_chunk + KNOWN.worker_chunk + 2 * (KNOWN.parent_task + KNOWN.worker_task)
    of_bytes = (KNOWN.parent_byte + KNOWN.worker_byte) * sum(map(simulate.size_of, made.results))
    # the parent sends the chunk while the worker starts up
    hidden = KNOWN.parent_chunk / 2 + KNOWN.parent_task
    start_up = KNOWN.setup + KNOWN.launch + KNOWN.boot
    assert made.makespan == pytest.approx(start_up + chunk + KNOWN.wake + of_bytes + 3.0 - hidden)


# --- Clocks of our own ---


@pytest.fixture
def clocks(monkeypatch):
    """A clock for the time and one for processor time. Nothing but `pass_time` moves them."""
    now = SimpleNamespace(time=100.0, computed=7.0)
    monkeypatch.setattr(inside, "perf_counter", lambda: now.time)
    monkeypatch.setattr(inside, "thread_time", lambda: now.computed)

    def pass_time(seconds, computing):
        now.time += seconds
        now.computed += computing
        return seconds

    return SimpleNamespace(now=now, pass_time=pass_time)


def test_a_timed_task_is_as_long_as_it_took(clocks):
    span = timed(clocks.pass_time)(4.0, 1.5)
    assert (span.start, span.end, span.computing, span.result) == (100.0, 104.0, 1.5, 4.0)


def test_a_logged_task_is_as_long_as_it_took(clocks):
    log = Log(tasks=2, workers=1)
    inside.enroll(1, lambda seconds: clocks.pass_time(seconds, seconds / 4), log)
    assert [inside.run_task(task) for task in enumerate([4.0, 8.0])] == [(0, 4.0), (1, 8.0)]
    assert (list(log.start), list(log.end), list(log.computing)) == ([100.0, 104.0], [104.0, 112.0], [1.0, 2.0])


def test_the_machines_limit_is_how_many_times_as_much_gets_done_at_the_same_time(monkeypatch):
    """Two processes need as long as one. Four need twice as long, so they get twice as much done."""
    monkeypatch.setattr(measure, "time_independent", lambda worker, sample, size, start_method: {4: 6.0}.get(size, 3.0))
    monkeypatch.setattr(measure, "was_disturbed", lambda *_: False)
    measured = measure_speedups(troublemakers.double, range(8), [1, 2, 4], "threads", rounds=1)
    assert measured.limit == {1: [1.0], 2: [2.0], 4: [2.0]}


def test_start_up_counts_once_or_not_at_all():
    known = {"serial": [12.0], "makespan": {4: [4.0]}, "start_up": {4: [1.0]}, "limit": {4: [4.0]}}
    without, including = Speedups([4], 4, **known), Speedups([4], 4, with_start_up=True, **known)
    assert (without.speedup(4), including.speedup(4)) == (4.0, 3.0)
    assert [speedup(each).rows[0][1] for each in (without, including)] == ["4.00", "3.00"]


# --- A core that other programs keep busy ---

HOG = """\
import time
print(flush=True)
until = time.monotonic() + 90
while time.monotonic() < until:
    pass
"""
WORK = troublemakers.compute, [0.04] * 4


class Hogs:
    """Programs that take one core, the only one that this process may use meanwhile. The others stay free."""

    def __init__(self):
        self.running = []

    def start(self):
        self.running = [subprocess.Popen([sys.executable, "-c", HOG], stdout=subprocess.PIPE) for _ in range(3)]
        for hog in self.running:
            hog.stdout.readline()  # it is up

    def end(self):
        for hog in self.running:
            hog.kill()
            hog.communicate()
        self.running = []


@pytest.fixture
def hogs():
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("only Linux can restrict a process to some cores")
    found, cores = Hogs(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, [min(cores)])
    try:
        yield found
    finally:
        found.end()
        os.sched_setaffinity(0, cores)


def test_what_others_take_is_told_of_a_pool_whose_tasks_are_short(hogs):
    """Its workers wait for a core in the tasks, and just as much between them."""
    hogs.start()
    load = run(troublemakers.compute, [0.0005] * 300, "pool", 2, start_method="fork").load
    assert load.others > 0.4 and load.idle < 0.2


def spread(figures):
    return max(figures) / min(figures)


def test_programs_that_come_in_one_of_three_rounds_are_seen_in_the_spread(hogs):
    """They come after the serial run of the second round, so its speedup is far below the others."""
    a_round = measure.steps(1, [1])
    moments = {a_round + 1: hogs.start, 2 * a_round: hogs.end}
    heard = SimpleNamespace(send=lambda told: moments.get(told[0], int)())
    measured = measure_speedups(*WORK, [1], "threads", rounds=3, start_method="fork", heard=heard)
    rounds = measured.rounds(1)
    assert spread(rounds) > 1.3 and min(rounds) == rounds[1]
    lowest, _, highest = speedup(measured).rows[0][2].split()
    assert (float(lowest), float(highest)) == (round(min(rounds), 2), round(max(rounds), 2))


def test_on_a_machine_that_others_keep_busy_each_account_says_so(hogs):
    hogs.start()
    serial, threads, pool = (run(*WORK, how, 2, start_method="fork") for how in ("serial", "threads", "pool"))
    measured = measure_speedups(*WORK, [2], "threads", rounds=1, start_method="fork")
    assert all(is_busy(made.load) for made in (serial, threads, pool))
    assert Comparison(threads, serial).remarks()[0].startswith("The machine was busy: other programs took ")
    pictures = [speedup(measured), simulated_speedup(serial, simulate_sizes(serial, FREE, [1, 2]))]
    assert all("The machine was busy" in picture.caption for picture in pictures)
    advice = advise(*WORK)
    assert advice.was_busy and "The machine was busy" in advice.reasons[-1]
