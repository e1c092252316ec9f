"""`run` runs a worker over items in every way, and leaves nothing behind."""

import multiprocessing
import os
from functools import partial

import pytest
import troublemakers

from helpers.machine import start_methods
from helpers.running.inside import timed
from helpers.runs import recording, run

PROCESS_WAYS = ["processes", "pool", "executor"]
PARALLEL_WAYS = ["threads", *PROCESS_WAYS]

every_way = pytest.mark.parametrize("how", ["serial", *PARALLEL_WAYS])
every_parallel_way = pytest.mark.parametrize("how", PARALLEL_WAYS)
every_process_way = pytest.mark.parametrize("how", PROCESS_WAYS)
every_start_method = pytest.mark.parametrize("start_method", start_methods())


@pytest.fixture(autouse=True)
def no_process_left():
    yield
    assert multiprocessing.active_children() == []


@every_start_method
@every_way
def test_results_stand_in_the_order_of_the_items(how, start_method):
    assert run(troublemakers.double, range(7), how, 3, start_method=start_method).results == [0, 2, 4, 6, 8, 10, 12]


@every_way
def test_no_items_is_no_results(how):
    assert run(troublemakers.double, [], how, 2).results == []


@every_process_way
def test_chunks_change_no_result(how):
    assert run(troublemakers.double, range(10), how, 2, chunksize=4).results == list(range(0, 20, 2))


@every_start_method
@every_parallel_way
def test_workers_run_at_the_same_time(how, start_method, tmp_path):
    names = ["a", "b", "c"]
    items = [(str(tmp_path), name, names) for name in names]
    met = run(troublemakers.meet, items, how, 3, start_method=start_method)
    assert met.results == names
    assert len(met.workers) == 3


@every_process_way
def test_processes_are_neither_this_one_nor_more_than_asked_for(how):
    processes = set(run(troublemakers.process_id, range(12), how, 2).results)
    assert os.getpid() not in processes
    assert len(processes) <= 2


@pytest.mark.parametrize("how", ["serial", "threads"])
def test_serial_and_threads_stay_in_this_process(how):
    assert set(run(troublemakers.process_id, range(4), how, 2).results) == {os.getpid()}


@every_way
def test_spans_lie_within_the_run_and_a_worker_does_one_task_at_a_time(how):
    done = run(troublemakers.double, range(20), how, 3)
    for spans in done.workers:
        moments = [moment for span in spans for moment in (span.start, span.end)]
        assert moments == sorted(moments)
        assert all(done.began <= moment <= done.ended for moment in moments)
    assert sum(map(len, done.workers)) == 20
    assert done.makespan == done.ended - done.began


def test_worker_of_task_tells_in_whose_spans_a_task_is():
    done = run(troublemakers.double, range(20), "pool", 2)
    assert all(span in done.workers[number - 1] for span, number in zip(done.spans, done.worker_of_task))


def test_a_worker_without_a_task_is_there_with_no_spans():
    done = run(troublemakers.double, [1], "processes", 3)
    assert sorted(map(len, done.workers)) == [0, 0, 1]


@every_way
def test_what_a_task_raises_reaches_the_caller(how):
    with pytest.raises(KeyError, match="5"):
        run(troublemakers.fail, [5], how, 2)


@every_process_way
def test_an_exception_that_does_not_unpickle_is_told_of(how):
    with pytest.raises(RuntimeError, match="NeedsTwoArguments: 5 and 5"):
        run(troublemakers.fail_beyond_pickling, [5], how, 2)


@every_process_way
def test_a_result_that_does_not_pickle_raises(how):
    with pytest.raises(Exception, match="(?i)pickl|get local object"):
        run(troublemakers.return_beyond_pickling, [1], how, 2)


@every_start_method
@every_process_way
def test_a_worker_that_dies_raises_and_the_next_run_works(how, start_method):
    with pytest.raises(RuntimeError, match="was killed by SIGKILL|died with exit code"):
        run(troublemakers.die, range(4), how, 2, start_method=start_method)
    assert run(troublemakers.double, [1], how, 2, start_method=start_method).results == [2]


@every_process_way
def test_what_never_ends_is_given_up(how):
    with pytest.raises(TimeoutError):
        run(troublemakers.sleep_for_ever, range(4), how, 2, time_limit=1.0)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"workers": 0}, ValueError, "workers must be at least 1, not 0"),
        ({"workers": "4"}, TypeError, "workers must be a whole number such as 4, not '4'"),
        ({"workers": True}, TypeError, "whole number"),
        ({"chunksize": 0}, ValueError, "chunksize must be at least 1"),
        ({"how": "quickly"}, ValueError, "Use one of 'serial', 'threads', 'processes', 'pool', 'executor'"),
        ({"start_method": "teleport"}, ValueError, "start_method='teleport' is not known here. Use one of"),
        ({"worker": lambda number: number}, TypeError, r"a \.py file"),
        ({"worker": partial(lambda number: number)}, TypeError, r"a \.py file"),
        ({"worker": 7}, TypeError, "must be a function"),
    ],
)
def test_bad_input_is_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        run(**{"worker": troublemakers.double, "items": [1], **wrong})


def test_a_worker_from_a_notebook_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(troublemakers.double, "__module__", "__main__")
    with pytest.raises(TypeError, match="%%writefile my_workers.py"):
        run(troublemakers.double, [1])


def test_recording_keeps_what_the_real_call_did():
    with recording("Pool(2)") as recorded, multiprocessing.Pool(2) as pool:
        recorded.spans = pool.map(timed(troublemakers.double), range(5))
    assert recorded.results == [0, 2, 4, 6, 8]
    assert recorded.began < min(span.start for span in recorded.spans)
    assert max(span.end for span in recorded.spans) < recorded.ended
