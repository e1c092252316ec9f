"""Each kind of work runs in every way, and work that can't be run is refused with advice."""

import multiprocessing
import sys
import threading
import time
import timeit
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy
import pytest
import rules
import troublemakers
from joblib.externals.loky import get_reusable_executor
from thorough import combined

from helpers.machine import start_methods
from helpers.panels import workloads
from helpers.panels.own_work import own_work
from helpers.panels.workloads import WORKLOADS, Settings, pace, unused
from helpers.running.log import Log
from helpers.running.ways import METHODS, WAYS
from helpers.runs import run, run_logged
from helpers.workers import count_primes, hash_password

every_workload = pytest.mark.parametrize("workload", WORKLOADS, indirect=True)
# with each start method, if it makes a difference
EVERY_WAY = [
    (how, start_method)
    for how, way in WAYS.items()
    for start_method in (start_methods() if "start_method" in way.uses else start_methods()[:1])
]
every_way = pytest.mark.parametrize(("how", "start_method"), EVERY_WAY)


@pytest.fixture
def workload(request):
    """The name of a workload. If it lacks what the tests and the panels need, this says what."""
    rules.insist(rules.of_workload(request.param, WORKLOADS[request.param]))
    return request.param


def smallest(workload, how, **others):
    """Return settings for nine tasks of the smallest size that a workload offers."""
    return Settings(workload, how, tasks=9, size=WORKLOADS[workload].sizes[0], **others)


def waits(workload):
    """Return whether a workload waits rather than computes: then it takes as long on any computer."""
    with pytest.MonkeyPatch.context() as patch:
        efforts = []
        for times_as_long in (1, 2):
            patch.setattr(workloads, "pace", lambda pace=times_as_long: pace)
            efforts.append(Settings(workload, size=WORKLOADS[workload].sizes[0]).effort())
    return efforts[0] == efforts[1]


@pytest.mark.parametrize("how", WAYS)
@every_workload
def test_each_way_gives_the_serial_results_in_order(workload, how):
    with smallest(workload, how).work() as (worker, items):
        serial = [worker(item) for item in items]
        assert len(serial) == 9
        assert run(worker, items, how, 2).results == serial


@every_workload
def test_a_slower_computer_gets_smaller_tasks_by_default_and_a_faster_one_larger(workload, monkeypatch):
    ordinary = Settings(workload).size
    for times_as_long in (0.5, 1, 2, 4):
        monkeypatch.setattr(workloads, "pace", lambda pace=times_as_long: pace)
        settings = Settings(workload)
        assert 1.2 <= settings.effort() <= 3.0
        wanted = 0 if waits(workload) else 1 - times_as_long
        assert (settings.size > ordinary) - (settings.size < ordinary) == (wanted > 0) - (wanted < 0)


def test_more_tasks_are_smaller_by_default():
    assert Settings("primes", tasks=48).size < Settings("primes", tasks=12).size
    assert Settings("primes", tasks=1000).effort() > Settings("primes", tasks=1000, size=1000).effort() > 0


def test_of_a_computer_so_slow_that_nothing_is_short_the_smallest_size_is_taken(monkeypatch):
    monkeypatch.setattr(workloads, "pace", lambda: 1e6)
    assert Settings("primes").size == WORKLOADS["primes"].sizes[0]


def test_the_pace_is_that_of_the_shortest_count(monkeypatch):
    """A core that other programs use, too, is no slower for it."""
    monkeypatch.setattr(workloads, "repeat", lambda *work, **rounds: [3.0, 2.0, 5.0])
    assert pace.__wrapped__() == pytest.approx(2.0 / workloads.ordinary_primes(20_000))


def test_the_pace_tells_how_long_a_count_takes_here():
    """One of several tries must do: other programs may take the core during one half of a try."""

    def agree():
        shortest = min(timeit.repeat(lambda: count_primes(60_000), number=1, repeat=5))
        return pace.__wrapped__() * 0.04 == pytest.approx(shortest, rel=0.5)

    assert any(agree() for _ in range(5))


@every_workload
def test_the_effort_grows_with_the_size_as_the_time_does(workload):
    """How long it takes depends on the core. The shortest of several counts, since other programs may use it too.

    Of work that computes, only the processor time counts, without the waits for a core that others use.
    """
    clock = time.perf_counter if waits(workload) else time.thread_time
    smaller, larger = (Settings(workload, "serial", size=size) for size in WORKLOADS[workload].sizes[1:3])
    times = {smaller: [], larger: []}
    for settings in [smaller, larger] * 5:
        with settings.work() as (worker, items):
            worker(items[0])  # the first page imports what it needs
            began = clock()
            for item in items:
                worker(item)
            times[settings].append(clock() - began)
    growth = min(times[larger]) / min(times[smaller])
    assert larger.effort() / smaller.effort() == pytest.approx(growth, rel=0.4), (
        f"From size {smaller.size} to {larger.size}, the time of {workload!r} grew {growth:.1f} times as long. "
        f"Its cost says {larger.effort() / smaller.effort():.1f}: fit that to what was measured."
    )


def test_the_effort_of_uneven_tasks_is_that_of_each():
    whole = Settings("uneven", tasks=3, size=9000).effort()
    assert whole == pytest.approx(sum(Settings("primes", tasks=1, size=size).effort() for size in (3000, 6000, 9000)))


@every_workload
def test_the_tests_may_take_a_share_of_each_task_that_still_makes_sense(workload, monkeypatch):
    kind, sizes = WORKLOADS[workload], []
    noted = replace(kind, work=lambda tasks, size: sizes.append(size) or kind.work(tasks, size))
    settings = Settings(noted, tasks=4, size=40)
    whole = settings.effort(), settings.code()
    monkeypatch.setattr(workloads, "SHARE", 0.25)
    assert (settings.size, settings.actual_size) == (40, 10)
    assert settings.effort() < whole[0] and settings.code() == whole[1]
    with settings.work():
        assert sizes == [10]
    monkeypatch.setattr(workloads, "SHARE", 1e-9)
    assert settings.actual_size == kind.least
    with settings.work() as (worker, items):
        assert len(run(worker, items, "serial").results) == 4
    assert Settings(workload, tasks=4, size=2).actual_size <= 2


@pytest.mark.parametrize(
    ("workload", "seen"),
    [
        ("primes", lambda worker, items: items[-1]),
        ("uneven", lambda worker, items: items[-1]),
        ("mandelbrot", lambda worker, items: items[-1].pixels),
        ("passwords", lambda worker, items: worker.keywords["rounds"]),
    ],
)
def test_a_task_has_the_size_that_was_chosen(workload, seen):
    with Settings(workload, tasks=4, size=10).work() as (worker, items):
        assert seen(worker, items) == 10


def test_a_page_takes_the_milliseconds_that_were_chosen(monkeypatch):
    latencies = []
    server = workloads.page_server
    monkeypatch.setattr(workloads, "page_server", lambda latency: latencies.append(latency) or server(latency))
    with Settings("pages", tasks=4, size=10).work():
        assert latencies == [0.01]


def test_there_is_room_for_what_can_be_looked_at_and_for_nothing_else(monkeypatch):
    settings = Settings("mandelbrot", tasks=4, size=20)
    assert settings.room == 400
    monkeypatch.setattr(workloads, "SHARE", 0.5)
    log = Log(4, 1, settings.room)
    with settings.work() as (worker, items):
        results = run_logged(worker, items, log, "serial")
    assert settings.room == 100
    assert [list(log.shown(task)) for task in range(4)] == [sum(rows, []) for rows in results]
    assert Settings("primes").room == 0


def test_the_last_uneven_task_is_the_largest():
    with Settings("uneven", tasks=4, size=1000).work() as (_, items):
        assert items == [250, 500, 750, 1000]


def let_end(how):
    """Wait for the processes of a program that ran here: those of Process end by themselves, joblib keeps its own."""
    if how == "joblib":
        get_reusable_executor().shutdown()
    for process in multiprocessing.active_children():
        process.join(60)


@pytest.mark.parametrize(("workload", "way"), combined(list(WORKLOADS), EVERY_WAY), indirect=["workload"], ids=str)
def test_the_code_is_a_program_whose_results_are_those_of_the_run(workload, way):
    how, start_method = way
    settings = smallest(workload, how, workers=3, chunksize=2, start_method=start_method)
    names = {}
    exec(settings.code(), names)  # as it is, with its imports
    with settings.work() as (worker, items):
        assert names["results"] == run(worker, items, how, 3, 2, start_method).results
    let_end(how)


@every_way
def test_the_code_names_what_was_chosen_and_nothing_that_its_way_does_not_use(how, start_method):
    code = Settings("primes", how, workers=3, tasks=16, chunksize=7, start_method=start_method).code()
    assert ("3" in code) == ("workers" not in unused(how))
    assert ("size=7" in code) == ("chunksize" not in unused(how))  # joblib calls it batch_size
    other = start_method != start_methods()[0]
    assert (f'"{start_method}"' in code) == (other and "start_method" not in unused(how))


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("start_method", start_methods())
def test_the_code_imports_multiprocessing_only_if_it_names_it(how, start_method):
    imports, _, program = Settings(how=how, start_method=start_method).code().partition("\n\n")
    assert ("import multiprocessing" in imports.splitlines()) == ("multiprocessing." in program)


@pytest.mark.parametrize("method", METHODS)
def test_the_code_is_the_call_of_the_method_that_was_chosen(method):
    code = Settings(workers=3, tasks=9, size=200, chunksize=2, method=method).code()
    names = {}
    exec(code, names)
    in_order = sorted if method == "imap_unordered" else list  # it yields the results as they arrive
    assert in_order(names["results"]) == [46] * 9
    assert f"pool.{method}(" in code and not any(f"pool.{other}(" in code for other in METHODS if other != method)
    assert ("chunksize=2" in code) == ("chunksize" not in unused("pool", method))


def test_the_code_of_a_pool_in_full():
    assert Settings(tasks=9, size=200, method="apply_async").code() == (
        "import multiprocessing\n"
        "from helpers.workers import count_primes\n"
        "\n"
        "items = [200] * 9\n"
        "with multiprocessing.Pool(2) as pool:\n"
        "    handles = [pool.apply_async(count_primes, [item]) for item in items]\n"
        "    results = [handle.get() for handle in handles]"
    )
    assert Settings(tasks=9, size=200).code().endswith("    results = pool.map(count_primes, items, chunksize=1)")


@pytest.mark.parametrize(
    ("how", "method", "names"),
    [
        ("pool", "map", set()),
        ("pool", "imap", set()),
        ("pool", "imap_unordered", set()),
        ("pool", "apply_async", {"chunksize"}),
        ("executor", "apply_async", {"method"}),
        ("processes", "map", {"chunksize", "method"}),
        ("threads", "map", {"chunksize", "start_method", "method"}),
        ("thread_executor", "map", {"chunksize", "start_method", "method"}),
        ("asyncio", "map", {"chunksize", "method"}),
        ("joblib", "map", {"start_method", "method"}),
        ("serial", "map", {"workers", "chunksize", "start_method", "method"}),
    ],
)
def test_what_a_way_and_a_method_do_not_use(how, method, names):
    assert unused(how, method) == names
    assert names.isdisjoint(Settings(how=how, method=method).used())


def test_a_way_is_one_entry():
    for way in WAYS.values():
        assert way.label and way.code and callable(way.run)
        assert set(way.uses) <= {"workers", "chunksize", "start_method", "method"}
    assert [way.title(2) for way in WAYS.values()] == [
        *("serial", "threads, 2 workers", "processes, 2 workers", "Pool, 2 workers", "ProcessPoolExecutor, 2 workers"),
        *("ThreadPoolExecutor, 2 workers", "asyncio, 2 workers", "joblib, 2 workers"),
        *(["InterpreterPoolExecutor, 2 workers"] if sys.version_info >= (3, 14) else []),
    ]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"workload": "sleeping"}, ValueError, "workload='sleeping' is not known here. Use one of 'primes', 'uneven'"),
        ({"how": "quickly"}, ValueError, "how='quickly' is not known here. Use one of 'serial', 'threads'"),
        ({"method": "starmap"}, ValueError, "method='starmap' is not known here. Use one of 'map', 'imap'"),
        ({"workload": ["primes"]}, ValueError, "is not known here"),
        ({"start_method": "teleport"}, ValueError, "start_method='teleport' is not known here. Use one of"),
        ({"workers": 0}, ValueError, "workers must be at least 1, not 0"),
        ({"workers": 2.5}, TypeError, "workers must be a whole number such as 4, not 2.5"),
        ({"tasks": 0}, ValueError, "tasks must be at least 1, not 0"),
        ({"tasks": "12"}, TypeError, "tasks must be a whole number"),
        ({"size": 0}, ValueError, "size must be at least 1, not 0"),
        ({"chunksize": 0}, ValueError, "chunksize must be at least 1, not 0"),
        ({"workload": "mandelbrot", "tasks": 12}, ValueError, "tasks must be a square such as 64 .* not 12"),
    ],
)
def test_bad_settings_are_refused_with_advice(wrong, error, message):
    with pytest.raises(error, match=message):
        Settings(**wrong)


def test_settings_that_a_way_does_not_use_make_no_other_serial_run():
    one = Settings("primes", "pool", workers=2, chunksize=3, start_method="spawn")
    assert one.serial() == Settings("primes", "serial", tasks=one.tasks, size=one.size)
    assert "workers" not in one.serial().used()


def test_a_title_says_how_and_with_how_many_workers():
    assert Settings(how="executor", workers=1).title == "ProcessPoolExecutor, 1 worker"
    assert Settings(how="serial", workers=4).title == "serial"


def test_a_workload_whose_function_no_process_could_import_is_refused_with_advice():
    @contextmanager
    def with_lambda(tasks, size):
        yield lambda number: number + size, list(range(tasks))

    settings = Settings(replace(WORKLOADS["primes"], work=with_lambda))
    with (
        pytest.raises(TypeError, match=r"no name that a worker process could import. .* into a \.py file"),
        settings.work(),
    ):
        pass


# --- A learner's own work ---

NUMBERS = [200, 300, 400]


def test_own_work_runs_some_or_all_of_its_items():
    work = own_work(count_primes, NUMBERS)
    assert work.label == "count_primes" and work.sizes == [] and work.counts == [1, 2, 3]
    for settings, results in ((Settings(work), [46, 62, 78]), (Settings(work, tasks=2), [46, 62])):
        with settings.work() as (worker, items):
            assert run(worker, items, "pool", 2).results == results


@pytest.mark.parametrize("how", WAYS)
def test_the_code_of_own_work_is_a_program_too(how):
    names = {}
    exec(Settings(own_work(count_primes, NUMBERS), how).code(), names)
    assert names["results"] == [46, 62, 78]
    let_end(how)


@pytest.mark.parametrize(
    ("worker", "imports", "written"),
    [
        (count_primes, "from helpers.workers import count_primes", "count_primes"),
        (abs, "", "abs"),
        (str.upper, "", "str.upper"),
        (Counter.fromkeys, "from collections import Counter", "Counter.fromkeys"),
        ("a{b}".count, "", "'a{b}'.count"),
        (troublemakers.Adder(3).add, "", "my_adder.add"),
        (troublemakers.Adder(3), "", "my_adder"),
        (
            partial(hash_password, rounds=10),
            "from functools import partial\nfrom helpers.workers import hash_password",
            "partial(hash_password, rounds=10)",
        ),
        (
            partial(partial(troublemakers.echo, "a"), [1] * 100),
            "from functools import partial\nfrom troublemakers import echo",
            "partial(echo, 'a', my_list)",
        ),
    ],
)
def test_the_code_shows_an_own_function_as_a_learner_would_write_it(worker, imports, written):
    code = Settings(own_work(worker, ["a"]), "serial").code()
    assert code.strip() == f"{imports}\n\nitems = ['a']\nresults = [{written}(item) for item in items]".strip()


@pytest.mark.parametrize(
    ("items", "tasks", "written"),
    [
        ([1, 2, 3], None, "[1, 2, 3]"),
        ([1, 2, 3], 2, "[1, 2]"),
        ([{"a": 1}, {"{b}": (2, None)}], None, "[{'a': 1}, {'{b}': (2, None)}]"),
        (range(10_000), None, "range(0, 10000)"),
        (range(10_000), 20, "range(0, 20)"),
        ([10_000] * 9, None, "my_items  # yours: all 9"),
        ([10_000] * 9, 2, "[10000, 10000]"),
        ([1] * 10_000, 200, "my_items[:200]  # yours: the first 200 of 10000"),
        ([numpy.zeros(2)], None, "my_items  # yours: all 1"),
        ([float("nan"), 1.0], None, "my_items  # yours: all 2"),
        (["x" * 60, "y"], 1, "my_items[:1]  # yours: the first 1 of 2"),
    ],
)
def test_the_code_shows_own_items_if_they_are_short_and_plain(items, tasks, written):
    assert f"\nitems = {written}\n" in Settings(own_work(abs, items), tasks=tasks).code()


def test_a_generator_is_taken_once():
    work = own_work(abs, (number for number in (-1, -2)))
    for _ in range(2):
        with Settings(work).work() as (_, items):
            assert items == [-1, -2]


@pytest.mark.parametrize("items", [[numpy.zeros(3), numpy.ones(3)], [{"a": numpy.zeros(3)}, {}], numpy.eye(2)])
def test_own_items_are_never_compared(items):
    work, other = own_work(troublemakers.echo, items), own_work(troublemakers.echo, items)
    first, second = Settings(work), Settings(other)
    assert first == Settings(work) and first != second and len({first: 1, second: 2, Settings(work): 3}) == 2
    assert first.serial() == Settings(work, how="serial") and first.used()["workload"] is work
    with first.work() as (worker, given):
        assert len(run(worker, given, "pool", 2).results) == 2


def test_ten_thousand_items_are_offered_in_steps():
    work = own_work(abs, list(range(10_007)))
    assert work.counts == sorted(set(work.counts)) and 10 < len(work.counts) < 40
    assert work.counts[0] == 1 and work.counts[-2:] == [8000, 10_007]


def test_what_own_work_costs_nobody_knows_before():
    settings = Settings(own_work(abs, [1, 2]))
    assert settings.effort() is None and settings.room == 0 and settings.actual_size is None


@pytest.mark.parametrize(
    ("worker", "items", "error", "message"),
    [
        (lambda item: item, [1], TypeError, r"a \.py file"),
        (7, [1], TypeError, "must be a function"),
        (abs, [], ValueError, "There are no items, so there is nothing to run"),
        (abs, 5, TypeError, r"The items must be a list such as \[1, 2, 3\], not 5"),
        (abs, [1, 2, threading.Lock()], TypeError, "Item 3 can't be sent to a worker process.*_thread.lock"),
        (partial(max, threading.Lock()), [1], TypeError, "The function can't be sent to a worker process"),
    ],
)
def test_own_work_that_can_not_run_is_refused_at_once(worker, items, error, message):
    with pytest.raises(error, match=message):
        own_work(worker, items)


def test_an_own_function_from_a_notebook_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(troublemakers.double, "__module__", "__main__")
    with pytest.raises(TypeError, match="%%writefile my_workers.py"):
        own_work(troublemakers.double, [1])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 100}, "double has no size to choose"),
        ({"tasks": 4}, "There are 3 items, so tasks can't be 4"),
        ({"tasks": 0}, "tasks must be at least 1, not 0"),
    ],
)
def test_bad_settings_for_own_work_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Settings(own_work(troublemakers.double, NUMBERS), **wrong)
