"""Each kind of work runs in every way, and what can't be run is refused with advice."""

import multiprocessing

import pytest

from helpers.machine import start_methods
from helpers.panels.workloads import WORKLOADS, Settings, unused
from helpers.running.ways import WAYS
from helpers.runs import run

SMALL = {"primes": 200, "uneven": 200, "mandelbrot": 4, "passwords": 1000, "pages": 1}

every_workload = pytest.mark.parametrize("workload", WORKLOADS)


@pytest.fixture(autouse=True)
def no_process_left():
    yield
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("how", WAYS)
@every_workload
def test_each_way_gives_the_serial_results_in_order(workload, how):
    with Settings(workload, how, tasks=9, size=SMALL[workload]).work() as (worker, items):
        serial = [worker(item) for item in items]
        assert len(serial) == 9
        assert run(worker, items, how, 2).results == serial


@every_workload
def test_what_is_offered_can_be_run(workload):
    offered = WORKLOADS[workload]
    assert offered.size in offered.sizes and sorted(offered.sizes) == offered.sizes
    for tasks in offered.counts:
        Settings(workload, tasks=tasks)


def test_the_last_uneven_task_is_the_largest():
    with Settings("uneven", tasks=4, size=1000).work() as (_, items):
        assert items == [250, 500, 750, 1000]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("start_method", start_methods())
@every_workload
def test_the_code_is_a_program_whose_results_are_those_of_the_run(workload, how, start_method):
    settings = Settings(workload, how, workers=3, tasks=9, size=SMALL[workload], chunksize=2, start_method=start_method)
    names = {}
    exec(settings.code(), names)  # as it stands: with its imports
    with settings.work() as (worker, items):
        results = run(worker, items, how, 3, 2, start_method).results
    in_order = repr if how == "pool" else lambda _: 0  # imap_unordered gives the results as they come
    assert sorted(names["results"], key=in_order) == sorted(results, key=in_order)
    for process in multiprocessing.active_children():  # those of Process end by themselves
        process.join(60)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("start_method", start_methods())
def test_the_code_names_what_was_chosen_and_nothing_that_its_way_does_not_use(how, start_method):
    code = Settings("primes", how, workers=3, tasks=16, chunksize=7, start_method=start_method).code()
    assert ("3" in code) == ("workers" not in unused(how))
    assert ("chunksize=7" in code) == ("chunksize" not in unused(how))
    other = start_method != start_methods()[0]
    assert (f'"{start_method}"' in code) == (other and "start_method" not in unused(how))


def test_a_way_is_one_entry():
    for way in WAYS.values():
        assert way.label and way.code and callable(way.run)
        assert set(way.uses) <= {"workers", "chunksize", "start_method"}
    assert [way.title(2) for way in WAYS.values()] == [
        *("serial", "threads, 2 workers", "processes, 2 workers", "Pool, 2 workers", "ProcessPoolExecutor, 2 workers")
    ]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"workload": "sleeping"}, ValueError, "workload='sleeping' is not known here. Use one of 'primes', 'uneven'"),
        ({"how": "quickly"}, ValueError, "how='quickly' is not known here. Use one of 'serial', 'threads'"),
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
