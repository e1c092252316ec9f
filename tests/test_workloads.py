"""Each kind of work runs in every way, and what can't be run is refused with advice."""

import ast
import multiprocessing

import pytest

from helpers.machine import start_methods
from helpers.panels.workloads import UNUSED, WORKLOADS, Settings
from helpers.runs import WAYS, run

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
def test_the_code_is_a_program_that_names_what_was_chosen(workload, how, start_method):
    settings = Settings(workload, how, workers=3, tasks=16, chunksize=2, start_method=start_method)
    code = settings.code()
    ast.parse(code)
    unused = UNUSED.get(how, [])
    assert ("(3" in code) == ("workers" not in unused)
    assert ("chunksize=2" in code) == ("chunksize" not in unused)
    other = start_method != start_methods()[0]
    assert (f'"{start_method}"' in code) == (other and "start_method" not in unused)


@every_workload
def test_the_items_of_the_code_are_those_that_are_run(workload):
    settings = Settings(workload, tasks=4, size=SMALL[workload])
    names = {"address": "http://127.0.0.1:0"}
    exec("from helpers.workers import *\n" + settings.code().splitlines()[0], names)
    with settings.work() as (_, items):
        if workload == "pages":  # whose server has a port of its own each time
            items = [f"{names['address']}/{item.rpartition('/')[2]}" for item in items]
        assert names["items"] == items


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
