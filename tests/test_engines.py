"""What the engines of notebook 11 need: a log that travels by any pickler and into interpreters, and the chart."""

import asyncio
import pickle
import re
import signal
import sys
import threading

import course
import pytest
import troublemakers

from helpers.running.hosted import Hosted
from helpers.running.inside import enroll, run_task
from helpers.running.log import Log
from helpers.running.supervise import WatchedContext
from helpers.runs import WorkerEnded, run

CHART = "## Decide"


def test_a_run_with_asyncio_works_where_a_loop_is_running():
    """As in a notebook, whose cells run in one."""

    async def cell():
        return run(troublemakers.double, range(4), "asyncio", 2).results

    assert asyncio.run(cell()) == [0, 2, 4, 6]


def test_no_thread_is_left_of_the_loop():
    before = threading.active_count()
    with pytest.raises(KeyError):
        run(troublemakers.fail, range(4), "asyncio", 2)
    assert threading.active_count() == before


def test_a_log_over_the_same_memory_shows_what_the_other_records():
    log = Log(3, 1, room=4)
    other = Log.over(*log.shared)
    other.began = 5.0
    enroll(1, troublemakers.double, other)
    assert run_task((2, 21)) == (2, 42)
    assert log.began == 5.0 and log.process[0] and log.end[2] >= log.start[2] > 0 == log.end[1]


def test_a_log_does_not_pickle_for_those_who_share_no_memory():
    if sys.platform == "win32":
        pytest.skip("there, memory has a name")
    copy = pickle.loads(pickle.dumps(Log(1, 1)))  # within one process, its file is handed on
    copy.began = 7.0
    assert copy.began == 7.0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no such signal")
def test_if_joblib_killed_the_other_both_are_to_blame():
    context = WatchedContext(worker=troublemakers.double, log=Log(2, 2)).started_by_joblib()
    processes = [context.Process(target=troublemakers.sleep_for_ever, args=(0,)) for _ in range(2)]
    with context.no_process_left():
        for process in processes:
            process.start()
        context.kill()
        error = context.ended_early(processes)
    assert isinstance(error, WorkerEnded) and error.workers == (1, 2)


def trackers_at_semaphores():
    """In a new process: run tasks with joblib. Return for each semaphore whether joblib's tracker was there before."""
    from joblib.externals.loky.backend import resource_tracker
    from joblib.externals.loky.backend.synchronize import SemLock

    make_name, found = SemLock._make_name, []

    def note_and_make_name():
        found.append(resource_tracker._resource_tracker._pid is not None)
        return make_name()

    SemLock._make_name = note_and_make_name
    run(troublemakers.double, [1, 2], "joblib", 2)
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="there, semaphores have no names")
def test_no_semaphore_of_joblib_is_made_before_there_is_someone_to_track_it():
    """Otherwise one would be left by an interrupt that comes in between: starting the tracker takes a while."""
    with Hosted(trackers_at_semaphores) as hosted:
        found = hosted.result()
    assert found and all(found)


# --- The chart ---


def chart():
    """Return the source of the cell with the decision chart."""
    path = next(path for path in course.NOTEBOOKS if path.stem.startswith("11"))
    (cell,) = [cell for cell in course.cells(path, "markdown") if cell.source.startswith(CHART)]
    return cell.source


def leaves():
    """Return what stands in each innermost fold of the chart."""
    return re.findall(
        r"<details>\n<summary>(?:(?!<summary>).)*?</summary>\n\n((?:(?!<details>).)*?)\n\n</details>", chart(), re.S
    )


def test_every_branch_of_the_chart_names_an_engine_and_links_to_the_cell_that_shows_it():
    """Whether each heading exists, the test of all links asks."""
    assert len(leaves()) == chart().count("<details>") - 3  # three folds hold others
    for leaf in leaves():
        assert re.match(r"\*\*[^*]+\*\*", leaf) and re.search(r"\]\([^)]*#[^)]+\)", leaf), leaf


def test_the_chart_opens_by_keyboard_and_needs_no_kernel():
    """A fold with a summary does, in every browser. So each needs one."""
    assert chart().count("<details>") == chart().count("</details>") == chart().count("<summary>")
