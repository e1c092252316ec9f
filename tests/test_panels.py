"""A panel runs one run at a time, ends it when asked, says in plain words what happened, and leaves nothing behind."""

import ast
import errno
import itertools
import math
import multiprocessing
import os
import re
import signal
import threading
import time
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from queue import Empty, Queue
from types import SimpleNamespace

import course
import numpy as np
import psutil
import pytest
import troublemakers
from thorough import mostly_thorough

from helpers.drawing.picture import Picture
from helpers.machine import start_methods
from helpers.measure import serial_runs
from helpers.panels import Panel
from helpers.panels.panel import so_far
from helpers.panels.scene import scene
from helpers.panels.workloads import WORKLOADS, Workload
from helpers.running.families import wait_for_end
from helpers.running.inside import Span
from helpers.running.log import Life, Load, Log
from helpers.running.ways import METHODS, WAYS
from helpers.runs import Run
from helpers.words import about
from helpers.workers import mandelbrot_tile, mandelbrot_tiles

TIME_LIMIT = 60  # seconds
TASKS = 4
TESTS = itertools.count()

WAYS_OF_PROCESSES = [
    ("processes", None),
    ("pool", None),
    ("pool", "spawn"),  # its semaphores have names, which outlive the processes unless something removes them
    ("executor", None),
    ("executor", "spawn"),
    ("asyncio", None),
    ("joblib", None),
]
WAYS_OF_THREADS = [(how, None) for how in ("threads", "thread_executor", "interpreters") if how in WAYS]
ALWAYS = [("serial", None), ("threads", None), ("processes", None), ("pool", "spawn"), ("joblib", None)]
every_way = pytest.mark.parametrize(
    ("how", "start_method"), mostly_thorough([("serial", None), *WAYS_OF_THREADS, *WAYS_OF_PROCESSES], ALWAYS)
)
every_way_of_processes = pytest.mark.parametrize(("how", "start_method"), mostly_thorough(WAYS_OF_PROCESSES, ALWAYS))
each_how = pytest.mark.parametrize("how", mostly_thorough(WAYS, ["serial", "threads", "pool", "joblib"]))
posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """Fail if a test leaves a process or a semaphore behind."""
    # all semaphores that this process and those below it make have this prefix, and no others do
    prefix = f"/mp-{os.getpid()}-{next(TESTS)}"
    monkeypatch.setitem(multiprocessing.current_process()._config, "semprefix", prefix)
    yield
    assert multiprocessing.active_children() == []
    give_up = time.monotonic() + TIME_LIMIT
    while left := list(Path("/dev/shm").glob(f"sem.{prefix[1:]}-*")):  # of a killed process its tracker removes them
        assert time.monotonic() < give_up, left
        time.sleep(0.01)


class Work:
    """Tasks that pass at once, fail, or wait, as the test says."""

    def __init__(self, folder):
        self._folder = folder

    def now(self, *orders):
        """Make each task that begins from now on "fail", "wait" or, with no order, pass, which also ends waiting tasks.

        With "but not at first" the tasks of the next process pass: those of the serial run.
        """
        for file in self._folder.iterdir():
            file.unlink()
        for order in reversed(orders):
            (self._folder / order).touch()

    def wait_for(self, tasks):
        """Wait until some number of tasks have begun since the last order, and return the PIDs that run them."""
        give_up = time.monotonic() + TIME_LIMIT
        while len(begun := self._begun()) < tasks:
            assert time.monotonic() < give_up, begun
            time.sleep(0.01)
        return sorted({pid for _, pid in begun})

    def _begun(self):
        """Return (task, PID) for each task, but not those that pass because they came first."""
        first = self._folder / "first"
        passed = str(first.readlink()) if first.is_symlink() else None
        begun = [file.name.split() for file in self._folder.glob("[0-9]* *")]
        return [(task, int(pid)) for task, pid in begun if pid != passed]


@pytest.fixture
def work(tmp_path, monkeypatch):
    @contextmanager
    def tasks(count, size):
        yield troublemakers.obey, [(str(tmp_path), task) for task in range(count)]

    work = Workload("obey", tasks, ("troublemakers.obey",), "obey", "range({tasks})", "size", [1])
    monkeypatch.setitem(WORKLOADS, "obedient", work)
    return Work(tmp_path)


class Learner:
    """Someone who presses a panel's buttons and reads what it says."""

    def __init__(self, panel):
        self.panel = panel
        self._said = Queue()
        panel.observe(lambda change: self._said.put(change.new), "status")

    def reads(self, *texts):
        """Wait until the panel says something with one of these texts, and return it."""
        said = []
        while not said or not any(text in said[-1] for text in texts):
            try:
                said.append(self._said.get(timeout=TIME_LIMIT))
            except Empty:
                pytest.fail(f"The panel never said any of {texts}, but {said}")
        return said[-1]

    def presses(self, what, **more):
        """Press a button, which sends a message from the browser."""
        self.panel._handle_custom_msg({"do": what, **more}, [])

    def chooses(self, **settings):
        """Move controls."""
        self.presses("choose", settings=settings)

    def runs(self):
        """Press Run and wait for the end."""
        self.presses("run")
        return self.reads("Done")


@pytest.fixture
def learner(work):
    """Yield a learner at a new panel. `how` and so on are the panel's settings."""

    def sit_down(how="pool", start_method=None, **options):
        settings = {"workload": "obedient", "workers": 2, "tasks": TASKS, "how": how, "start_method": start_method}
        return Learner(Panel(**{"controls": ["workers", "how"], **settings, **options}))

    return sit_down


@pytest.fixture
def no_drawing(monkeypatch):
    """Save the time that it takes to draw finished pictures, where no one looks at them."""
    monkeypatch.setattr(Picture, "png", lambda _: b"a picture")
    monkeypatch.setattr(Picture, "svg", lambda _: "<svg>a picture</svg>")


@pytest.fixture
def in_the_middle(learner, work, no_drawing):
    """Yield a learner in the middle of a run, the PIDs of its workers, and all its processes."""

    def run(how="pool", start_method=None):
        reader = learner(how, start_method)
        work.now("wait", *["but not at first"] * (how != "serial"))  # any other way, the serial run comes first
        reader.presses("run")
        pids = work.wait_for(tasks=1 if how == "serial" else 2)
        return reader, pids, family()

    return run


def host():
    """Return the process that hosts the panel's run."""
    (process,) = multiprocessing.active_children()
    return psutil.Process(process.pid)


def family():
    """Return the process of the panel's run and all below it."""
    return [host(), *host().children(recursive=True)]


def interrupt(processes):
    """Interrupt processes as Jupyter does: the kernel's and all below it."""
    for process in processes:
        try:
            process.send_signal(signal.SIGINT)
        except psutil.NoSuchProcess:  # the first one's interrupt may have ended it already
            pass


# --- A run ---


def test_its_first_state_has_all_that_takes_up_room(monkeypatch):
    """A busy browser may draw that before it hears of any change."""
    opened = []
    monkeypatch.setattr(Panel, "open", lambda panel: opened.append(panel.get_state()))
    Panel(workload="mandelbrot", tasks=16)
    (first,) = opened
    assert first["form"]["controls"] and "Pool(" in first["form"]["code"] and first["picture"]["tiles"] == 4


@each_how
def test_a_run_ends_with_its_figures_a_picture_and_its_text(how, learner):
    reader = learner(how)
    assert "speedup" in reader.runs()
    picture = reader.panel.picture
    assert (picture["state"], picture["number"], picture["done"], picture["tasks"]) == ("done", 1, TASKS, TASKS)
    assert picture["title"] == reader.panel.controls.settings.title
    assert re.search(r" 4 tasks in [\d.]+ s \(makespan\)\.", picture["caption"])
    assert picture["caption"].endswith(".")
    assert sum(picture["spent"]) == pytest.approx(len(picture["workers"]) * picture["seconds"], rel=0.01)
    assert sum(figures(picture)[:, COUNT]) == TASKS
    assert (reader.panel.running, reader.panel.count, reader.panel.share) == (False, "", "")


START, WIDTH, EXTENT, FILL, COUNT, TASK, HOME = range(7)


def figures(picture):
    """Return the bars of a picture, a row for each."""
    return np.frombuffer(picture["bars"], np.float32).reshape(-1, 7)


def test_while_a_run_goes_on_its_picture_and_its_count_are_shown(in_the_middle, work):
    reader, pids, _ = in_the_middle("pool")
    panel = reader.panel
    pictures = Queue()
    panel.observe(lambda change: pictures.put(change.new), "picture")
    first, second = (pictures.get(timeout=TIME_LIMIT) for _ in range(2))
    assert (second["state"], second["done"], second["tasks"]) == ("live", 0, TASKS)
    assert {worker["pid"] for worker in second["workers"]} == set(pids)
    assert np.isnan(figures(second)[:, FILL]).all()  # how long they computed is not known yet
    assert figures(second)[:, WIDTH].max() > figures(first)[:, WIDTH].max()
    assert panel.running and panel.count.startswith(f"0 of {TASKS} tasks") and panel.share == "0.000"
    work.now()
    reader.reads("Done")
    assert panel.picture["state"] == "done"


def test_a_scene_has_the_bars_of_one_worker_after_those_of_the_other():
    log = Log(tasks=3, workers=2)
    log.began, log.ended = 100.0, 110.0
    for task, worker in enumerate([2, 1, 2]):
        log.worker[task], log.start[task], log.end[task] = worker, 101 + task, 102 + task
    shown = scene(log, 10.0)
    bars = np.frombuffer(shown["bars"], np.float32).reshape(-1, 7)
    assert [worker["bars"] for worker in shown["workers"]] == [1, 2]
    assert bars[:, 0].tolist() == [2, 1, 3] and bars[:, 5].tolist() == [1, 0, 2]  # when it began, and its task


def test_mandelbrot_shows_its_tiles_while_they_are_computed_and_afterwards(learner, monkeypatch):
    reader = learner("pool", workload="mandelbrot", tasks=4, size=4)
    shown = []
    reader.panel.observe(lambda change: shown.append(change.new), "tiles")
    reader.runs()
    last = shown[-1]
    assert (last["across"], last["pixels"], last["fresh"]) == (2, 4, True)
    assert sorted(last["tasks"]) == [0, 1, 2, 3]
    alone = [bytes(chain.from_iterable(mandelbrot_tile(tile))) for tile in mandelbrot_tiles(2, 4)]
    assert last["points"] == b"".join(alone[task] for task in last["tasks"])
    assert set(last["workers"]) <= {1, 2} and len(last["ends"]) == 4 * 4


def test_a_page_that_is_loaded_in_mid_run_gets_all_tiles_once_more(no_drawing):
    reader = Learner(Panel(workload="mandelbrot", tasks=64, size=64, how="serial"))
    shown = []

    def look(change):
        shown.append(reader.panel.tiles)
        reader.presses("tiles")

    reader.panel.observe(look, "picture")
    reader.runs()
    assert len(shown) > 3 and all(tiles["fresh"] for tiles in shown)
    assert all(set(sooner["tasks"]) <= set(later["tasks"]) for sooner, later in zip(shown, shown[1:]))


def test_of_serial_runs_the_times_are_kept_and_not_the_results(learner):
    """Else each change of a setting would cost the memory of all tiles, for as long as the kernel lives."""
    reader = learner("pool", workload="mandelbrot", tasks=4, size=4)
    reader.runs()
    (serial,) = reader.panel._serial.values()
    assert len(serial.spans) == 4 and serial.makespan > 0 and not any(serial.results)


def test_the_run_before_stays_as_a_ghost(learner):
    reader = learner("pool")
    reader.runs()
    assert reader.panel.before["title"] == "serial"
    first = reader.panel.picture
    reader.runs()
    assert reader.panel.before == first and reader.panel.picture["number"] == 2


def test_clicks_and_drags_during_a_run_leave_one_run_and_a_usable_panel(in_the_middle, work):
    reader, _, _ = in_the_middle("pool")
    panel = reader.panel
    assert panel.status == "Running: Pool, 2 workers."
    for click in range(20):
        reader.presses("run")
        reader.presses("measure", expected={str(size): 1 for size in panel.sizes})
        reader.chooses(workers=1 + click % 2, how=["threads", "pool"][click % 2])
    assert panel.status == "Running: Pool, 2 workers."
    assert len(multiprocessing.active_children()) == 1
    work.now()
    reader.reads("Done: Pool, 2 workers")
    assert len(panel.history.entries) == 1
    assert multiprocessing.active_children() == []
    reader.runs()
    assert len(panel.history.entries) == 2


def test_the_program_of_a_run_stays_with_its_picture_when_the_controls_move_on(in_the_middle, work):
    reader, _, _ = in_the_middle("pool")
    reader.chooses(workers=1)
    work.now()
    reader.reads("Done: Pool, 2 workers")
    panel = reader.panel
    assert ".Pool(2)" in panel.picture["code"] and ".Pool(1)" in panel.form["code"]
    assert panel.picture["asked"] != panel.form["code"]
    reader.chooses(workers=2)
    assert panel.picture["asked"] == panel.form["code"]


def test_controls_that_move_during_the_serial_run_change_nothing_of_the_run(learner, work, no_drawing):
    reader = learner("pool")
    panel, asked = reader.panel, reader.panel.form["code"]
    work.now("wait")
    reader.presses("run")
    work.wait_for(tasks=1)
    reader.chooses(workers=1, how="threads")
    work.now()
    reader.reads("Done: Pool, 2 workers")
    assert panel.picture["code"] == panel.picture["asked"] == asked != panel.form["code"]


def test_run_runs_what_the_browser_shows(learner):
    reader = learner("pool")
    reader.presses("run", settings={"workers": 1, "how": "threads"}, number=7)
    reader.reads("Done: threads, 1 worker")
    assert reader.panel.form["number"] == 7


def test_of_two_panels_only_one_runs_at_a_time_and_both_can_cancel_it(in_the_middle, learner, work):
    first, _, processes = in_the_middle("pool")
    second = learner("pool")
    second.presses("run")
    second.reads("Another panel is running")
    second.presses("cancel")
    first.reads("Canceled")
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    second.runs()
    first.runs()


def test_a_canceled_run_stays_as_far_as_it_came(in_the_middle, work):
    reader, _, _ = in_the_middle("pool")
    reader.presses("cancel")
    reader.reads("Canceled")
    picture = reader.panel.picture
    assert (picture["title"], picture["state"], picture["done"]) == ("Pool, 2 workers", "ended", 0)
    assert np.isnan(figures(picture)[:, FILL]).all() and picture["failed"] == []
    assert len(reader.panel.history.entries) == 0
    work.now()
    reader.runs()


def test_with_no_run_there_is_nothing_to_cancel_and_the_next_run_goes_through(learner):
    reader = learner("serial")
    reader.presses("cancel")
    reader.reads("nothing to cancel")
    reader.runs()


def test_a_run_that_has_told_how_it_ended_cannot_be_canceled_any_more(learner):
    reader = learner("serial")
    reader.panel.observe(lambda change: "Done" in change.new and reader.presses("cancel"), "status")
    reader.presses("run")
    reader.reads("nothing to cancel")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_widget_that_raises_does_not_lock_the_panels(learner, monkeypatch):
    reader = learner("serial")
    monkeypatch.setattr(Panel, "_settle", lambda *_: 1 / 0)
    thread = reader.panel.run()
    thread.join()
    monkeypatch.undo()
    assert not Panel._one_at_a_time.locked()


def test_a_widget_that_raises_as_a_run_begins_does_not_lock_the_panels(learner):
    reader = learner("serial")

    def fail(change):
        raise ZeroDivisionError

    reader.panel.observe(fail, "status")
    with pytest.raises(ZeroDivisionError):
        reader.panel.run()
    reader.panel.unobserve(fail, "status")
    assert not reader.panel.running
    learner("serial").runs()
    reader.runs()


# --- How long it will take ---


PANELS = [cell.source for path in course.NOTEBOOKS for cell in course.cells(path, "code") if "Panel(" in cell.source]


@pytest.mark.parametrize("cell", [cell for cell in PANELS if "worker=" not in cell])  # of those, nobody knows before
def test_in_a_notebook_the_serial_run_takes_two_to_three_seconds_on_an_ordinary_core(cell):
    """Long enough to watch, short enough to wait for."""
    *_, shown = ast.parse(cell).body
    panel = eval(ast.unparse(shown), {"Panel": Panel})
    assert 2.0 <= panel.controls.settings.serial().effort() <= 3.0


def test_before_a_long_run_the_panel_says_about_how_long_it_will_take(runs_are, no_drawing):
    serial, parallel = made("serial", (4.0, 4.0)), made("Pool", (2.0, 2.0), (2.0, 2.0))
    runs_are(serial, parallel)
    reader = Learner(Panel(["tasks"], workers=2, tasks=12))
    assert reader.panel.form["takes"] == ""
    reader.chooses(tasks=1000)
    assert "takes about" in reader.panel.form["takes"]  # on an ordinary core
    reader.chooses(tasks=12)
    reader.runs()
    assert reader.panel.form["takes"] == ""
    reader.chooses(tasks=1000)
    assert re.search("takes about [4-9] min", reader.panel.form["takes"])


def test_before_a_sweep_the_panel_says_about_how_long_it_will_take(runs_are, no_drawing):
    serial, parallel = made("serial", (4.0, 4.0)), made("Pool", (2.0, 2.0), (2.0, 2.0))
    runs_are(serial, parallel)
    reader = Learner(Panel(["tasks", "how"], workers=2, tasks=12))
    reader.runs()
    seconds = 4.0 * serial_runs(3, reader.panel.sizes)
    assert reader.panel.form["measuring"] == f"Measuring takes {about(seconds)}."
    reader.chooses(how="serial")
    assert reader.panel.form["measuring"] == ""  # it has no sweep
    assert Panel(worker=math.sqrt, items=[1, 2]).form["measuring"] == ""  # unknown


@pytest.mark.parametrize(
    ("done", "seconds", "said"),
    [
        (0, 0.5, "0 of 1000 tasks, 0.5 s"),
        (990, 9.9, "990 of 1000 tasks, 9.9 s"),
        (100, 10.0, "100 of 1000 tasks, 10.0 s, about 1 min 30 s to go"),
    ],
)
def test_a_long_run_says_how_long_it_will_go_on(done, seconds, said):
    assert so_far(f"{done} of 1000 tasks, ", done / 1000, seconds) == said


# --- The serial run to compare with ---


def made(title, *tasks, load=None):
    """A run that began at 0, with a worker for each task. Tasks are (seconds, seconds of computing)."""
    spans = [Span(number, number, 0.0, 0.0, *task, None) for number, task in enumerate(tasks, start=1)]
    lives = [Life(number, number, 1.0, 0.0, 0.0) for number, _ in enumerate(tasks, start=1)]
    return Run(title, spans, 0.0, max(seconds for seconds, _ in tasks), lives, load)


@pytest.fixture
def runs_are(monkeypatch, no_drawing):
    """Make panels get the runs given, in turn. Returns the settings with which panels asked for them."""

    def let(*runs):
        asked, left = [], iter(runs)

        def watch(self, settings, worker, items):
            asked.append((settings.how, settings.tasks))
            self.tiles, self.picture = {"of": settings.title}, {"title": settings.title}
            return next(left)

        monkeypatch.setattr(Panel, "_watch", watch)
        return asked

    return let


def test_the_serial_run_is_made_once_for_each_kind_of_tasks(learner, runs_are):
    serial, parallel = made("serial", (4.0, 4.0)), made("Pool", (2.0, 2.0), (2.0, 2.0))
    asked = runs_are(serial, parallel, parallel, serial, parallel)
    reader = learner("pool", controls=["tasks"])
    reader.runs()
    reader.runs()
    reader.chooses(tasks=8)
    reader.runs()
    assert asked == [("serial", 4), ("pool", 4), ("pool", 4), ("serial", 8), ("pool", 8)]


def test_a_serial_run_that_was_disturbed_is_made_again_and_the_quickest_counts(learner, runs_are):
    parallel = made("Pool", (2.0, 2.0), (2.0, 2.0))
    slow, quick = made("serial", (9.0, 4.0)), made("serial", (4.0, 4.0))
    asked = runs_are(slow, parallel, quick, parallel)
    reader = learner("pool")
    assert "speedup 2.00, efficiency 100%." in reader.runs()
    assert "The machine was busy during an earlier serial run" in reader.panel.picture["caption"]
    assert (reader.panel.picture["title"], reader.panel.tiles["of"]) == ("Pool, 2 workers",) * 2
    assert "speedup 2.00, efficiency 100%." in reader.runs()
    assert "busy" not in reader.panel.picture["caption"]
    assert [how for how, _ in asked] == ["serial", "pool", "serial", "pool"]


@pytest.mark.parametrize("seconds, asked", [(2.0, ["serial", "pool", "serial"]), (2.3, ["serial", "pool"])])
def test_a_serial_run_that_was_hardly_disturbed_is_made_again_only_for_an_impossible_figure(
    seconds, asked, learner, runs_are
):
    """With two workers, 4.4 s ÷ 2.0 s would be a speedup of 2.2. A speedup of 1.9 may be right."""
    quick = made("serial", (4.0, 4.0))
    heard = runs_are(made("serial", (4.4, 4.4)), made("Pool", (seconds, 2.0), (2.0, 2.0)), quick)
    learner("pool").runs()
    assert [how for how, _ in heard] == asked


def test_where_all_serial_runs_were_disturbed_no_speedup_is_told(learner, runs_are):
    busy = Load(2.0, 1.0, 0.0)
    slow = made("serial", (9.0, 4.0), load=busy)
    runs_are(slow, made("Pool", (2.0, 2.0), (2.0, 2.0), load=busy), slow)
    reader = learner("pool")
    said = reader.runs()
    assert "no speedup can be given" in said and "efficiency" not in said
    busy = "The machine was busy: other programs took 1.0 of its 2 cores meanwhile."
    assert busy in reader.panel.picture["caption"]


def test_a_later_serial_run_counts_if_it_is_quicker(learner, runs_are):
    parallel = made("Pool", (2.0, 2.0), (2.0, 2.0))
    runs_are(made("serial", (4.0, 4.0)), parallel, made("serial", (3.9, 3.9)), made("serial", (8.0, 4.0)), parallel)
    reader = learner("pool", controls=["how"])
    reader.runs()
    reader.chooses(how="serial")
    reader.runs()
    reader.runs()
    reader.chooses(how="pool")
    assert "speedup 1.95" in reader.runs()


# --- Ending early ---


@every_way
def test_cancel_ends_everything_and_the_next_run_works(how, start_method, in_the_middle, work, record_property):
    reader, _, processes = in_the_middle(how, start_method)
    pressed = time.monotonic()
    reader.presses("cancel")
    assert not wait_for_end(processes, TIME_LIMIT)
    took = time.monotonic() - pressed
    record_property("seconds from Cancel until all had ended", took)
    print(f"{how}, {start_method}: {took:.3f} s from Cancel until all had ended")
    assert took < 5  # the promise is half a second; a busy machine gets more
    assert "have ended" in reader.reads("Canceled")
    work.now()
    reader.runs()


@posix
@every_way_of_processes
def test_a_worker_that_is_killed_is_told_of_and_the_next_run_works(how, start_method, in_the_middle, work):
    reader, pids, processes = in_the_middle(how, start_method)
    os.kill(pids[-1], signal.SIGKILL)
    said = reader.reads("SIGKILL")
    assert f"PID {pids[-1]}" in said and "Press Run" in said
    picture = reader.panel.picture
    assert (picture["state"], picture["done"]) == ("ended", 0) and len(figures(picture)) == 2
    to_blame = [picture["workers"][number - 1]["pid"] for number in picture["failed"]]
    assert to_blame == [pids[-1]] or how == "joblib" and pids[-1] in to_blame  # joblib kills the other one the same way
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.runs()


@each_how
def test_what_a_task_raises_is_told_and_the_next_run_works(how, learner, work, no_drawing):
    reader = learner(how)
    reader.runs()
    work.now("fail")
    reader.presses("run")
    assert "This happened in task" in reader.reads("KeyError")
    work.now()
    reader.runs()


@each_how
def test_a_worker_that_ends_without_a_word_is_told_of_with_its_task(how, learner, work, no_drawing):
    reader = learner(how)
    reader.runs()
    work.now("exit")
    reader.presses("run")
    assert re.search(
        r"Worker \d \(PID \d+\) ended with exit code 0 in task \d.* Press Run", reader.reads("exit code 0")
    )
    work.now()
    reader.runs()


@each_how
def test_a_result_that_can_not_be_sent_home_is_told_with_its_task(how, learner, work, no_drawing):
    reader = learner(how)
    reader.runs()
    work.now("return a lambda")
    reader.presses("run")
    assert re.search(r"The result of task \d.* can't be sent to the parent", reader.reads("sent to the parent"))
    work.now()
    reader.runs()


@posix
@every_way
def test_if_the_run_s_own_process_is_killed_nothing_is_left_and_the_next_run_works(
    how, start_method, in_the_middle, work
):
    reader, _, processes = in_the_middle(how, start_method)
    host().kill()
    said = reader.reads("SIGKILL")
    assert "process of the run" in said and "Press Run" in said
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.runs()


@posix
@every_way
def test_an_interrupt_is_told_of_and_the_next_run_works(how, start_method, in_the_middle, work, capfd):
    reader, _, processes = in_the_middle(how, start_method)
    interrupt(processes)
    reader.reads("was interrupted")
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.runs()
    assert "Traceback" not in capfd.readouterr().err


def test_a_full_shared_memory_is_told_of_in_plain_words(learner, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("helpers.panels.panel.Log", full)
    monkeypatch.setattr("helpers.running.supervise.shutil.disk_usage", lambda _: SimpleNamespace(total=2**26, free=0))
    reader = learner("pool")
    reader.presses("run")
    said = reader.reads("shared memory of this machine is full")
    assert "--shm-size" in said and "Errno" not in said
    monkeypatch.undo()


# --- Settings ---


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"workers": "4"}, "workers must be a whole number such as 4"),
        ({"how": "quickly"}, "Use one of 'serial'"),
        ({"workload": "sleeping"}, "Use one of 'primes'"),
        ({"start_method": "teleport"}, "start_method='teleport' is not known here"),
        ({"workload": "mandelbrot", "tasks": 12}, "a square such as 64"),
        ({"workloads": ["sleeping"]}, "no workload 'sleeping'. Choose from 'primes'"),
        ({"ways": ["quickly"]}, "no way to run 'quickly'. Choose from 'serial'"),
        ({"controls": ["color"]}, "no control 'color'. Choose from 'workload'"),
    ],
)
def test_settings_that_can_not_be_run_are_refused_with_advice(wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Panel(**wrong)


@pytest.mark.parametrize("end", [0, -1])
@pytest.mark.parametrize("first", WORKLOADS)
def test_a_change_of_work_leaves_settings_that_can_be_run(first, end):
    panel = Panel(["workload", "tasks", "size", "chunksize"], workload=first, tasks=16)
    for workload in [*reversed(WORKLOADS), first]:
        offered = {control["name"]: control["options"] for control in panel.form["controls"]}
        # from the smallest or the largest value before, all in one message
        panel.choose(tasks=offered["tasks"][end], size=offered["size"][end], workload=workload)
        settings = panel.controls.settings
        assert settings.workload == workload
        assert settings.chunksize <= settings.tasks
        assert panel.form["code"] == settings.code()
        with settings.work() as (_, items):
            assert len(items) == settings.tasks


def test_the_first_numbers_are_offered_with_their_own_work_only():
    panel = Panel(["workload", "tasks", "size"], workload="primes", tasks=7, size=12_345)

    def offers():
        return {control["name"]: control["options"] for control in panel.form["controls"]}

    assert 7 in offers()["tasks"] and 12_345 in offers()["size"]
    panel.choose(workload="mandelbrot")
    assert 7 not in offers()["tasks"] and 12_345 not in offers()["size"]


def test_the_code_follows_the_controls(learner):
    reader = learner("pool")
    reader.chooses(workers=1)
    assert ".Pool(1)" in reader.panel.form["code"]
    reader.chooses(how="threads")
    assert "ThreadPool(1)" in reader.panel.form["code"]


def test_what_can_not_be_run_is_explained_and_changes_nothing(learner):
    reader = learner("pool")
    reader.chooses(workers=0)
    reader.reads("workers must be at least 1")
    reader.chooses(workers="many")
    reader.reads("workers must be a whole number")
    assert reader.panel.controls.settings.workers == 2
    reader.runs()


def disabled(panel):
    return {control["name"] for control in panel.form["controls"] if control["disabled"]}


def test_what_a_way_of_running_does_not_use_is_disabled():
    panel = Panel(["how", "method", "workers", "chunksize", "start_method"], how="serial")
    assert disabled(panel) == {"method", "workers", "chunksize", "start_method"}
    panel.choose(how="pool")
    assert disabled(panel) == set()
    panel.choose(method="apply_async")
    assert disabled(panel) == {"chunksize"}
    panel.choose(how="threads")
    assert disabled(panel) == {"method", "chunksize", "start_method"}
    panel.choose(how="processes")
    assert disabled(panel) == {"method", "chunksize"}


def test_each_control_has_a_label_and_those_not_asked_for_are_not_there():
    panel = Panel(["tasks", "workers"])
    assert [(control["name"], control["label"]) for control in panel.form["controls"]] == [
        ("workers", "workers"),
        ("tasks", "tasks"),
    ]
    panel.choose(how="serial")
    assert panel.controls.settings.how == "pool"


def test_there_are_the_choices_that_the_panel_names_and_the_one_to_begin_with():
    panel = Panel(["how", "workload"], ways=["threads", "serial"], workloads=["pages"], workload="primes")
    offered = {control["name"]: [name for name, _ in control["options"]] for control in panel.form["controls"]}
    assert offered == {"how": ["threads", "serial", "pool"], "workload": ["pages", "primes"]}
    assert panel.controls.settings.how == "pool"


def test_a_choice_is_called_what_it_is():
    form = Panel(["how", "start_method", "method"]).form
    offered = {control["name"]: control["options"] for control in form["controls"]}
    assert offered["how"] == [[name, way.label] for name, way in WAYS.items()]
    assert offered["start_method"] == [[name, name] for name in start_methods()]
    assert offered["method"] == [[name, name] for name in METHODS]


def test_the_number_of_workers_ends_where_the_panel_says():
    (control,) = Panel(["workers"], most_workers=7, workers=3).form["controls"]
    assert (control["options"], control["value"]) == ([1, 7], 3)


# --- A function and items of one's own ---


def test_a_function_and_items_of_one_s_own_are_run(no_drawing):
    panel = Panel(worker=math.factorial, items=[5, 6, 7])
    assert [control["name"] for control in panel.form["controls"]] == [
        "how", "workers", "tasks", "chunksize", "start_method", "method"
    ]  # fmt: skip
    reader = Learner(panel)
    reader.runs()
    assert panel.picture["done"] == 3
    # from 3.15 on, it is one of math.integer
    assert f"from {math.factorial.__module__} import factorial" in panel.form["code"]
    assert "items = [5, 6, 7]" in panel.form["code"]
    reader.chooses(tasks=1, how="threads")
    reader.runs()
    assert panel.picture["done"] == 1


def test_ten_thousand_items_of_one_s_own(no_drawing):
    reader = Learner(Panel(worker=math.sqrt, items=range(10_000), chunksize=500))
    reader.runs()
    assert sum(figures(reader.panel.picture)[:, COUNT]) == 10_000
    assert len(reader.panel.picture["bars"]) < 100_000


@pytest.mark.parametrize(
    ("own", "error", "message"),
    [
        ({"worker": lambda item: item, "items": [1]}, TypeError, "no name that a worker process could import"),
        ({"worker": 4, "items": [1]}, TypeError, "must be a function"),
        ({"worker": math.sqrt, "items": []}, ValueError, "no items"),
        ({"worker": math.sqrt}, (TypeError, ValueError), "items"),
        ({"items": [1]}, (TypeError, ValueError), "worker"),
        ({"worker": math.sqrt, "items": 4}, TypeError, "items"),
        ({"worker": math.sqrt, "items": [1, 2, threading.Lock()]}, TypeError, "[Ii]tem 3 can't be sent"),
        ({"worker": math.sqrt, "items": [1], "controls": ["size"]}, ValueError, "no control 'size'"),
    ],
)
def test_own_work_that_can_not_be_run_is_refused_with_advice(own, error, message):
    with pytest.raises(error, match=message):
        Panel(**own)


# --- Predict, then measure ---


@pytest.fixture
def two_sizes(monkeypatch):
    monkeypatch.setattr("helpers.panels.panel.default_sizes", lambda: [1, 2])


def test_a_prediction_is_shown_beside_the_measurement_and_the_panel_says_where_they_part(learner, two_sizes):
    reader = learner("pool")
    panel = reader.panel
    assert panel.sizes == [1, 2]
    seen = []
    panel.observe(lambda change: seen.append(len(change.new["measured"])), "sweep")
    reader.presses("measure", expected={"1": 77, "2": 1.5})
    said = reader.reads("Prediction and measurement")
    assert "differ at 1 worker: you expected 77.0" in said
    assert panel.view == 1
    assert panel.sweep["expected"] == [77.0, 1.5] and [size for size, *_ in panel.sweep["measured"]] == [1, 2]
    assert "your prediction" in panel.sweep["text"] and "77.00" in panel.sweep["text"]
    assert "speedup with start-up" not in panel.sweep["text"]  # since it counts in all figures
    assert seen[0] == 0 and seen[-1] == 2
    reader.runs()


def test_without_a_prediction_for_each_size_nothing_is_measured(learner, two_sizes):
    reader = learner("pool")
    for expected in [{}, {"1": 1}, {"1": 1, "2": None}, {"1": 1, "2": "many"}]:
        reader.panel.status = ""
        reader.presses("measure", expected=expected)
        assert reader.panel.status.startswith("First enter a prediction")
    assert not reader.panel.running


def test_a_sweep_can_be_canceled(learner, work, two_sizes, no_drawing):
    reader = learner("pool")
    work.now("wait")
    reader.presses("measure", expected={"1": 1, "2": 2})
    work.wait_for(tasks=1)
    processes = family()
    reader.presses("cancel")
    reader.reads("Canceled")
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.presses("measure", expected={"1": 1, "2": 2})
    reader.reads("Prediction and measurement")


def test_a_serial_run_has_no_sweep(learner, two_sizes):
    reader = learner("serial")
    reader.presses("measure", expected={"1": 1, "2": 2})
    reader.reads("Choose another way to run")


# --- Compare runs ---


def test_runs_are_listed_by_what_differs_and_can_be_saved(learner, no_drawing):
    reader = learner("threads")
    reader.presses("compare")
    assert reader.panel.comparison == ""
    reader.runs()
    reader.chooses(workers=1)
    reader.runs()
    reader.presses("compare")
    text = reader.panel.comparison
    assert "run 1: 2 workers" in text and "run 2: 1 worker<" in text
    assert 'download="runs.csv"' in text and "data:text/csv" in text


# --- In the notebook ---


@pytest.fixture
def outputs(monkeypatch):
    """What a cell shows: (data, display id, whether it replaces an earlier output), in order."""
    shown = []

    def display(data, raw, metadata=None, display_id=None, update=False):
        assert raw
        shown.append((data, display_id, update))

    for module in ("helpers.browser.widget", "helpers.panels.panel"):
        monkeypatch.setattr(f"{module}.display", display)
    return shown


def test_at_the_end_of_a_cell_it_runs_once_and_leaves_a_copy_for_readers_without_a_kernel(learner, outputs):
    learner("pool").panel._ipython_display_()
    (panel, _, _), (copy, _, _) = outputs
    assert "application/vnd.jupyter.widget-view+json" in panel and "text/html" not in panel
    assert copy["image/png"] and 'src="data:image/svg+xml' in copy["text/html"]
    assert "makespan" in copy["text/markdown"] and "| computing |" in copy["text/markdown"]
    assert "Run this cell (Shift+Enter)" in copy["text/html"] and "makespan" in copy["text/html"]


def test_it_has_a_picture_before_it_is_shown(learner, outputs, no_drawing, monkeypatch):
    panel, shown = learner("pool").panel, []
    run = panel._run

    def run_late(settings):
        time.sleep(0.3)
        return run(settings)

    monkeypatch.setattr(panel, "_run", run_late)
    monkeypatch.setattr(panel, "show", lambda: shown.append("workers" in panel.picture))
    panel._ipython_display_()
    assert shown == [True]


def test_each_later_run_takes_the_place_of_the_copy(learner, outputs, no_drawing):
    reader = learner("pool")
    reader.panel._ipython_display_()
    _, (_, copy, update) = outputs
    assert copy and not update
    reader.runs()
    reader.reads("Done")
    assert [(place, update) for _, place, update in outputs[2:]] == [(copy, True)]


def test_a_first_run_that_fails_leaves_a_sentence_in_place_of_the_copy(learner, outputs, work):
    work.now("fail")
    learner("pool").panel._ipython_display_()
    assert ["Its run did not finish." in data["text/html"] for data, _, _ in outputs[1:]] == [True]


def test_a_panel_whose_cell_is_run_again_ends_the_run_of_the_one_before(in_the_middle, learner, outputs, work):
    first, _, processes = in_the_middle("pool")
    second = learner("serial")

    def let_go_on():
        wait_for_end(processes, TIME_LIMIT)
        work.now()

    threading.Thread(target=let_go_on).start()
    second.panel._ipython_display_()
    first.reads("because the cell of another panel was run")
    assert second.panel.status.startswith("Done")


@posix
def test_an_interrupt_of_the_cell_ends_its_first_run(learner, outputs, work, no_drawing):
    reader = learner("serial")
    work.now("wait")
    processes, alive = [], []
    reader.panel.observe(lambda _: alive.append(threading.current_thread().is_alive()), "status")

    def interrupt_cell():
        work.wait_for(tasks=1)
        processes.extend(family())
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt_cell).start()
        with pytest.raises(KeyboardInterrupt):
            reader.panel._ipython_display_()
    finally:
        signal.signal(signal.SIGINT, before)
    reader.reads("was interrupted")
    assert all(alive)  # ipykernel closes the socket of a thread that it takes for ended, and its last words are lost
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.runs()
