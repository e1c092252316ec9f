"""Advice: the same facts always lead to the same choice, what it says is true, and what it says to write works."""

import json
import os
import pickle
import queue
import re
import sqlite3
import subprocess
import sys
import threading
import time
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import known_work
import pytest
import troublemakers
from conftest import PATIENCE, ROOT

from helpers.advice import advise, cures
from helpers.advice.__main__ import main
from helpers.advice.advising import Advice
from helpers.advice.choosing import Candidate, Work, choose, limits
from helpers.advice.cures import CURES, METHOD
from helpers.advice.facts import Facts, Probe
from helpers.advice.looking import Tried, first_obstacle, look_at, look_in_threads, sample_of, spread
from helpers.advice.telling import code_for, reasons, summary
from helpers.advice.travel import arrival, obstacle_in
from helpers.machine import gil_enabled, start_methods
from helpers.scripts.attempt import Attempt
from helpers.simulate import Costs
from helpers.workers import count_primes

EVERY_CURE = pytest.mark.parametrize("cure", [*CURES, METHOD], ids=lambda cure: cure.kind)


def facts(tasks=40, seconds=0.1, computing=1.0, tried=None, **others):
    """Facts about tasks that all take as long, on a machine with four cores where nothing has a cost.

    computing  share of their time
    """
    lengths = [seconds] * (tried or tasks) if isinstance(seconds, float) else seconds
    known = {
        "positions": [place * tasks // len(lengths) for place in range(len(lengths))],
        "seconds": lengths,
        "computing": [computing * length for length in lengths],
        "sent": [10] * len(lengths),
        "received": [10] * len(lengths),
        "pool_costs": Costs(),
        "free": 2**30,
    }
    return Facts("f", tasks, 4, **{**known, **others})


def told(known):
    choice = choose(known)
    return " ".join([summary(known, choice), *reasons(known, choice)])


# --- From facts to a choice ---


def test_long_tasks_that_compute_go_to_a_process_for_each_core():
    choice = choose(facts())
    assert choice.best == Candidate("processes", 4, 1, pytest.approx(1.0))
    assert choice.speedup == pytest.approx(4) and choice.limits == {"cores": pytest.approx(2)}


def test_tasks_that_cost_more_to_send_than_to_do_stay_in_the_loop():
    choice = choose(facts(10_000, 1e-6, pool_costs=Costs(parent_chunk=2e-5, parent_task=1e-6, worker_task=1e-6)))
    assert (choice.best.engine, choice.speedup, choice.range) == ("loop", 1.0, (1.0, 1.0))


def test_tasks_that_wait_go_to_threads():
    choice = choose(facts(computing=0.02))
    assert choice.best.engine == "threads" and choice.best.workers > 4


def test_a_function_that_lets_go_of_the_gil_goes_to_threads():
    choice = choose(facts(thread_cores=1.95))
    assert (choice.best.engine, choice.best.workers) == ("threads", 4)
    assert choose(facts(thread_cores=1.0)).best.engine == "processes"


def test_processes_that_wait_for_half_of_their_time_may_outnumber_the_cores():
    choice = choose(facts(160, computing=0.5))
    assert (choice.best.engine, choice.best.workers) == ("processes", 8)


def test_without_a_gain_worth_the_trouble_it_is_the_loop():
    assert choose(facts(4, pool_costs=Costs(launch=0.1))).best.engine == "loop"
    assert choose(facts(40, pool_costs=Costs(launch=0.1))).best.engine == "processes"


def test_a_single_task_can_not_be_divided():
    choice = choose(facts(1))
    assert choice.best.engine == "loop" and choice.others == []
    assert "nothing to divide" in told(facts(1))


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_no_more_workers_than_tasks(engine):
    choice = choose(facts(3, thread_cores=2.0 if engine == "threads" else 1.0))
    assert (choice.best.engine, choice.best.workers) == (engine, 3)


def test_no_more_workers_than_fit_into_the_memory():
    choice = choose(facts(memory=2**29, free=2**30))
    assert (choice.best.engine, choice.best.workers) == ("processes", 2)
    assert "2 of them fit into the free memory" in told(facts(memory=2**29, free=2**30))


def test_of_settings_that_are_about_as_good_it_takes_the_one_with_fewer_workers():
    assert choose(facts(2, seconds=1.0)).best.workers == 2
    assert choose(facts(seconds=[1.0] + [0.01] * 39)).best.workers == 2  # the long one takes as long as all others


def test_short_tasks_travel_in_chunks_but_not_in_too_few():
    costs = Costs(parent_chunk=1e-3, worker_chunk=1e-3)
    choice = choose(facts(4000, 1e-3, pool_costs=costs))
    assert choice.best.engine == "processes" and 10 < choice.best.chunksize <= 500


def test_what_could_not_be_sent_is_never_advised_to_go_to_processes():
    assert choose(facts(pool_costs=None)).best.engine == "loop"
    assert {candidate.engine for candidate in choose(facts(pool_costs=None)).others} == {"threads"}


def test_the_same_facts_give_the_same_words():
    assert told(facts(seconds=[0.1, 0.2] * 20)) == told(facts(seconds=[0.1, 0.2] * 20))


@pytest.mark.parametrize(
    ("usual", "words"), [(1e-6, "too short to tell how even they are"), (1e-2, "takes 19.0 times as long")]
)
def test_how_even_tasks_are_is_told_only_if_the_clocks_can_tell(usual, words):
    assert words in told(facts(seconds=[usual] * 39 + [35.2 * usual]))


@pytest.mark.parametrize(
    ("known", "limit"),
    [
        (facts(8, pool_costs=Costs(launch=0.02)), "start-up"),
        (facts(400, 0.01, pool_costs=Costs(worker_byte=1e-3)), "sending"),
        (facts(seconds=[0.01] * 39 + [1.0]), "imbalance"),
        (facts(pool_costs=Costs(crowding=2.5)), "memory"),
        (facts(400), "cores"),
        (facts(computing=0.2, pool_costs=None), "the GIL"),
    ],
    ids=["start-up", "sending", "imbalance", "memory", "cores", "the GIL"],
)
def test_it_says_what_limits_the_speedup(known, limit):
    assert next(iter(choose(known).limits)) == limit


def test_a_limit_says_how_fast_it_would_be_without():
    known = facts(pool_costs=Costs(crowding=2.5))
    gains = limits(Work(known), choose(known).best)
    assert gains["memory"] == pytest.approx(2.5)
    assert "the memory that all cores share (without that limit: 4.0)" in told(known)


# --- How sure it is ---


def test_the_range_is_as_wide_as_the_model_was_off():
    near, far = (choose(facts(pool_probe=Probe(8, 4, 1.0, said))) for said in (1.01, 0.5))
    assert near.range == (pytest.approx(4 / 1.1), pytest.approx(4 * 1.1))
    assert far.range == (pytest.approx(4 / 1.5), pytest.approx(4 * 1.5))
    probe = Probe(8, 4, 1.0, 0.5)
    assert "with 8 tasks and 4 workers: it said 500 ms, and it took 1.00 s" in told(facts(pool_probe=probe))
    assert "with 8 tasks (some of them more than once) and 4 workers" in told(facts(4, pool_probe=probe))


def test_a_model_that_was_not_tried_is_not_trusted_far():
    assert choose(facts()).error == pytest.approx(0.3)
    assert "could not be tried on your tasks" in told(facts())


def test_a_sample_of_uneven_tasks_makes_it_less_sure():
    probe = Probe(8, 4, 1.0, 1.0)
    uneven = [0.01, 0.2] * 5
    all_tried, some = (choose(facts(tasks, uneven, pool_probe=probe)) for tasks in (10, 1000))
    assert all_tried.error == pytest.approx(0.1) and some.error > 0.2


# --- From some tasks to all ---


def test_tasks_that_were_not_tried_count_like_the_nearest_that_were():
    work = Work(facts(8, seconds=[0.1, 0.3]))  # tried: 0 and 4
    assert [task.computing for task in work.blocks] == [0.1, 0.1, 0.1, 0.3, 0.3, 0.3, 0.3, 0.3]
    assert work.serial == pytest.approx(1.8)


def test_a_million_tasks_are_taken_in_blocks_of_which_nothing_is_lost():
    work = Work(facts(1_000_001, 1e-3, tried=100))
    assert len(work.blocks) <= 2000 and work.serial == pytest.approx(1000.001)
    assert sum(task.computing for task in work.blocks) == pytest.approx(work.serial)
    assert work.seconds("processes", 4, 1000) == pytest.approx(1000.001 / 4, rel=0.01)


def test_blocks_change_nothing_about_what_messages_cost():
    costs = Costs(parent_chunk=0.01, parent_task=0.001)
    few, many = (Work(facts(tasks, 1e-9, pool_costs=costs)) for tasks in (1000, 4000))
    assert (few.block, many.block) == (1, 2)
    for chunksize in (10, 100):
        assert 4 * few.seconds("processes", 2, chunksize) == pytest.approx(many.seconds("processes", 2, chunksize))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100, 5000])
def test_the_items_that_are_tried_are_spread(count):
    tried = spread(count, 1000)
    assert sorted(tried) == sorted(set(tried)) and set(tried) <= set(range(count))
    assert len(tried) == min(count, 1000)
    few = sorted(tried[:7])
    assert all(after - before <= count / 4 + 1 for before, after in zip(few, few[1:]))


def test_large_items_are_tried_only_as_far_as_they_are_sent_in_time():
    sample = sample_of([bytes(2**24)] * 10)
    assert len(sample.items) == 3


# --- What can't travel, and what to write instead ---


@pytest.mark.parametrize("method", start_methods())
@EVERY_CURE
def test_what_to_write_instead_works_and_what_it_replaces_fails(cure, method, tmp_path):
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text(cure.before)
    after.write_text(cure.after)
    failed, mended = Attempt(before, method), Attempt(after, method)
    assert failed.exit_code == 1 and "ickle" in failed.output, failed.output
    assert mended.exit_code == 0 and mended.lines, mended.output


def things():
    """Each kind of thing that can't be sent → (the value, a part of what is said about it)."""
    lock, database = threading.Lock(), sqlite3.connect(":memory:")
    generator = (number for number in range(3))
    file = Path(__file__).open()  # noqa: SIM115 - it is to be sent

    class Local:
        pass

    holder = troublemakers.Adder(1)
    holder.journal = {"here": [1, file]}
    return {
        "a lambda": (lambda number: number, "a lambda"),
        "a nested function": (known_work.counter_of_primes(), "defined inside a function"),
        "an object of a nested class": (Local(), "defined inside a function"),
        "a generator": (generator, "a generator"),
        "an open file": (file, "an open file"),
        "a lock": (lock, "a lock"),
        "a database": ([1, {"base": database}], "its [1]['base'], a database connection"),
        "a module": (partial(count_primes, os), "its .args[0], a module"),
        "a view of a dict": ({}.keys(), "a view of a dict"),
        "a memoryview": (memoryview(b""), "a memoryview"),
        "a method": (holder.add, "its .journal['here'][1], an open file"),
        "a queue in an object": (
            troublemakers.Adder(queue.Queue()),
            "its .number, a lock, or something that holds one",
        ),
    }


@pytest.mark.parametrize("kind", list(things()))
def test_it_finds_the_part_that_is_to_blame(kind, monkeypatch):
    # where multiprocessing.managers is imported, views can be sent: they arrive as lists
    monkeypatch.delitem(ForkingPickler._extra_reducers, type({}.keys()), raising=False)
    value, part = things()[kind]
    found = obstacle_in("item 1", value)
    assert part in found.part and found.instead and found.error
    assert found.example


def test_what_can_be_sent_is_no_obstacle():
    for value in (count_primes, partial(count_primes, 3), troublemakers.Adder(1).add, [1, "a", None], len):
        assert obstacle_in("item 1", value) is None


def test_a_method_is_cured_as_a_method():
    assert obstacle_in("the function", things()["a method"][0]).example == METHOD.after


def test_a_value_that_holds_itself_is_no_trap():
    ring = [lambda: None]
    ring.insert(0, ring)
    assert "a lambda" in obstacle_in("item 1", ring).part


def test_the_first_item_that_can_not_be_sent_is_named():
    items = [1, 2, threading.Lock(), 4, threading.Lock()]
    assert first_obstacle(count_primes, sample_of(items)).what == "item 3"


def test_what_can_be_packed_only_is_told():
    error = troublemakers.NeedsTwoArguments(1, 2)
    assert obstacle_in("item 1", error) is None
    assert "can't be unpacked" in arrival("item 1", pickle.dumps(error)).part


def test_the_cures_are_listed():
    text = cures().data
    assert all(cure.kind in text for cure in CURES)


# --- All of it, with real work ---


def test_tiny_tasks_stay_in_the_loop():
    advice = advise(known_work.double, range(5000))
    assert (advice.engine, advice.workers, advice.speedup) == ("loop", 1, 1.0)
    assert re.match(r"\d{3,} items were tried", advice.reasons[1])


def test_the_model_of_threads_is_tried_with_as_many_cores_as_they_keep_busy(monkeypatch):
    monkeypatch.setattr("helpers.advice.looking.thread_time", time.perf_counter)  # as if each computed all the time
    known = facts(10, 0.1)
    look_in_threads(time.sleep, Tried([0.1] * 10, known.seconds), known, time.perf_counter() + 60)
    assert known.thread_cores == pytest.approx(2, abs=0.2)
    assert known.thread_probe.predicted < 0.8 * 0.1 * known.thread_probe.tasks  # with one core, all of it


@pytest.mark.skipif(not gil_enabled(), reason="without a GIL, threads don't take turns")
def test_a_few_short_tasks_do_not_seem_to_let_go_of_the_gil():
    assert look_at(count_primes, [1_000] * 10, "count_primes").thread_cores < 1.6


def test_what_waits_goes_to_threads_and_the_panel_s_settings_say_so():
    advice = advise(known_work.wait, [0.02] * 40)
    assert advice.engine == "threads" and advice.workers > 2
    assert advice.settings == {"how": "threads", "workers": advice.workers, "chunksize": 1}


def test_a_function_that_can_not_be_sent_is_looked_at_here():
    here = []

    def work(number):
        here.append(os.getpid())
        return number

    advice = advise(work, range(10))
    assert set(here) == {os.getpid()} and advice.engine == "loop"
    assert (
        "The function can't be sent from one process to another: something defined inside a function"
        in advice.reasons[0]
    )


def test_a_result_that_can_not_be_sent_is_found():
    advice = advise(troublemakers.return_beyond_pickling, range(10))
    assert "The result of item" in advice.reasons[0] and "a lambda" in advice.reasons[0]
    assert advice.engine != "processes"


def test_an_item_that_arrives_nowhere_is_found():
    advice = advise(troublemakers.echo, [troublemakers.NeedsTwoArguments(1, 2)] * 10)
    assert "can't be unpacked" in advice.reasons[0] and advice.engine != "processes"


def test_a_worker_that_dies_is_told_and_not_advised():
    advice = advise(troublemakers.die_in_a_pool, range(10))
    assert advice.reasons[0].startswith("Worker processes failed: Worker") and advice.engine != "processes"


def test_the_function_s_own_error_is_raised():
    with pytest.raises(KeyError, match="7"):
        advise(known_work.fail_at_seven, range(10))


def test_a_time_out_of_the_function_itself_is_its_own_error():
    with pytest.raises(TimeoutError, match="of its own"):
        advise(troublemakers.raise_it, [TimeoutError("of its own")] * 3)


def test_tasks_that_never_end_are_given_up():
    advice = advise(troublemakers.sleep_for_ever, range(10))
    assert "had not ended after" in advice.reasons[1]


def test_no_thread_is_left_with_a_task_that_does_not_end(monkeypatch):
    monkeypatch.setattr("helpers.advice.looking.LONGEST", 0.3)
    monkeypatch.setattr("helpers.advice.looking.AT_ONCE", 0.3)
    before, go_on = set(threading.enumerate()), threading.Event()
    advice = advise(lambda _: go_on.wait(100 * PATIENCE), [1, 2, 3])
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE / 2)  # some may be about to end
    left = set(threading.enumerate()) - before
    go_on.set()
    assert "had not ended after" in advice.reasons[1] and not left


def test_of_a_single_task_or_item_it_speaks_in_the_singular():
    assert "Stay with the loop. 1 task takes" in told(facts(tasks=1))
    assert "1 item was tried. " in told(facts(tasks=10, tried=1))


def test_nothing_of_what_it_prints_is_shown(capfd):
    advise(print, range(100))
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("method", start_methods())
def test_it_works_under_each_start_method(method):
    advice = advise(known_work.double, range(100), method)
    assert advice.engine == "loop" and "can be sent" in advice.reasons[0]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, [1]), TypeError, "Give a function of one item"),
        ((count_primes, 3), TypeError, "must be a list such as"),
        ((count_primes, []), ValueError, "There are no items"),
        ((count_primes, iter(int, 1)), ValueError, "more than 1,000,000 items"),
        ((count_primes, [1], "teleport"), ValueError, "start_method='teleport' is not known"),
    ],
)
def test_what_it_can_not_advise_on_is_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        advise(*arguments)


# --- The code to paste ---


@pytest.mark.parametrize("engine", ["loop", "threads", "processes"])
def test_the_code_to_paste_runs(engine, tmp_path):
    code = code_for(count_primes, range(10, 30), Candidate(engine, 2, 3, 1.0))
    script = tmp_path / "pasted.py"
    script.write_text(code + "\nif __name__ == '__main__':\n    print(results)\n")
    ran = Attempt(script)
    assert ran.lines == [str([count_primes(limit) for limit in range(10, 30)])]
    assert [pool.size for pool in ran.pools] == ([] if engine == "loop" else [2])


def test_items_and_functions_that_can_not_be_written_get_a_name():
    code = code_for(partial(pow, 3), [bytes(100)] * 3, Candidate("loop", 1, 1, 1.0))
    assert "my_items" in code and "my_function" in code


# --- From a terminal ---


def ask(*arguments, folder):
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "helpers.advice", *arguments]
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "noisy.py").write_text(
        'print("imported")\n\nnumbers = range(50)\n\n\ndef work(number):\n    print("working")\n    return number\n'
    )
    return tmp_path


def test_in_a_terminal_the_json_is_all_there_is_on_the_standard_output(folder):
    ran = ask("noisy:work", "--items", "numbers", "--json", folder=folder)
    advice = json.loads(ran.stdout)
    assert ran.returncode == 0 and {"engine", "workers", "chunksize", "speedup", "reasons"} <= set(advice)
    assert (advice["engine"], advice["workers"], advice["speedup"]) == ("loop", 1, 1.0)
    assert advice["reasons"] and all(isinstance(reason, str) for reason in advice["reasons"])


def test_in_a_terminal_it_says_the_same_in_words(folder):
    ran = ask("noisy:work", "--items", "range(20)", folder=folder)
    assert ran.stdout.startswith("Stay with the loop. 20 tasks take") and "imported" not in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["noisy", "--items", "[1]"], "names no function. Write module:function"),
        (["noisy:missing", "--items", "[1]"], "There is no missing in noisy"),
        (["nowhere:work", "--items", "[1]"], "No module named 'nowhere'"),
        (["noisy:work", "--items", "oops"], "name 'oops' is not defined"),
        (["noisy:work", "--items", "[]"], "There are no items"),
    ],
)
def test_in_a_terminal_a_mistake_is_told_in_one_line(arguments, said, folder, monkeypatch, capfd):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == "" and said in err.splitlines()[-1]


def test_an_advice_shows_itself_in_a_notebook():
    advice = Advice("loop", 1, 1, 1.0, (1.0, 1.0), "Stay.", ("It is short.",), (), "items = []\n")
    assert advice._repr_markdown_() == "**Stay.**\n\n- It is short.\n\n```python\nitems = []\n```"
