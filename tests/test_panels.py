"""A panel runs one run at a time, ends it when asked, says in plain words what happened, and leaves nothing behind."""

import html
import itertools
import multiprocessing
import os
import re
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import psutil
import pytest
import troublemakers

from helpers.drawing.picture import Picture
from helpers.panels import Panel
from helpers.panels.workloads import WORKLOADS, Workload
from helpers.running.families import wait_for_end
from helpers.running.inside import Span
from helpers.running.log import Life, Load
from helpers.running.ways import WAYS
from helpers.runs import Run

TIME_LIMIT = 60  # seconds
TASKS = 4
TESTS = itertools.count()

WAYS_OF_PROCESSES = [
    ("processes", None),
    ("pool", None),
    ("pool", "spawn"),  # its semaphores have names, which outlive the processes unless someone sees to it
    ("executor", None),
    ("executor", "spawn"),
]
every_way = pytest.mark.parametrize(("how", "start_method"), [("serial", None), ("threads", None), *WAYS_OF_PROCESSES])
every_way_of_processes = pytest.mark.parametrize(("how", "start_method"), WAYS_OF_PROCESSES)
posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """Fail if a test leaves a process or a semaphore behind."""
    # all semaphores that this process and those below it make bear this name, and no others do
    prefix = f"/mp-{os.getpid()}-{next(TESTS)}"
    monkeypatch.setitem(multiprocessing.current_process()._config, "semprefix", prefix)
    yield
    assert multiprocessing.active_children() == []
    give_up = time.monotonic() + TIME_LIMIT
    while left := list(Path("/dev/shm").glob(f"sem.{prefix[1:]}-*")):  # of a killed process its tracker removes them
        assert time.monotonic() < give_up, left
        time.sleep(0.01)


class Work:
    """Tasks that go through at once, or fail, or wait, as the test says."""

    def __init__(self, folder):
        self._folder = folder

    def now(self, *orders):
        """Let each task that begins from now on "fail", "wait" or, with no order, pass, which also ends what waits.

        With "but not at first" the tasks of the next process pass: those of the serial run.
        """
        for file in self._folder.iterdir():
            file.unlink()
        for order in reversed(orders):
            (self._folder / order).touch()

    def wait_for(self, tasks):
        """Wait until so many tasks have begun since the last order, and return the PIDs that run them."""
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

    work = Workload("obey", tasks, ("troublemakers.obey",), "obey", "range({tasks})", "size", [1], 1)
    monkeypatch.setitem(WORKLOADS, "obedient", work)
    return Work(tmp_path)


class Learner:
    """One who presses a panel's buttons and reads what it says."""

    def __init__(self, panel):
        self.panel = panel
        self._said = Queue()
        panel.status.observe(lambda change: self._said.put(html.unescape(change.new)), "value")

    def reads(self, *texts):
        """Wait until the panel says something with one of these texts, and return it."""
        said = []
        while not said or not any(text in said[-1] for text in texts):
            try:
                said.append(self._said.get(timeout=TIME_LIMIT))
            except Empty:
                pytest.fail(f"The panel never said any of {texts}, but {said}")
        return said[-1]

    def runs(self):
        """Press Run and wait for the end."""
        self.panel.run_button.click()
        return self.reads("Done")


@pytest.fixture
def learner(work):
    """Give a learner at a new panel; `how` and so on are its settings."""

    def sit_down(how="pool", start_method=None, **options):
        settings = {"workload": "obedient", "workers": 2, "tasks": TASKS, "how": how, "start_method": start_method}
        return Learner(Panel(**{"controls": ["workers", "how"], **settings, **options}))

    return sit_down


@pytest.fixture
def no_drawing(monkeypatch):
    """Save the time that finished pictures take, where nobody looks at them."""
    monkeypatch.setattr(Picture, "png", lambda _: b"a picture")


@pytest.fixture
def in_the_middle(learner, work, no_drawing):
    """Give a learner in the middle of a run, the PIDs of its workers, and all its processes."""

    def run(how="pool", start_method=None):
        reader = learner(how, start_method)
        work.now("wait", *["but not at first"] * (how != "serial"))  # any other way, the serial run comes first
        reader.panel.run_button.click()
        pids = work.wait_for(tasks=1 if how == "serial" else 2)
        return reader, pids, family()

    return run


def host():
    """Return the process in which the panel does its run."""
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


@pytest.mark.parametrize("how", WAYS)
def test_a_run_ends_with_its_figures_a_picture_and_its_text(how, learner):
    reader = learner(how)
    assert "speedup" in reader.runs()
    panel = reader.panel
    assert "data:image/png;base64," in panel.result.picture.value
    assert re.search(r'alt="[^"]* 4 tasks in [\d.]+ s \(makespan\)\.', panel.result.picture.value)
    assert "where the time went" in panel.result.text.value
    assert panel.result.live.layout.display == "none"
    assert "run 1" in panel.comparison.text.value


def test_while_a_run_goes_on_its_picture_and_its_count_are_shown(in_the_middle, work):
    reader, _, _ = in_the_middle("pool")
    panel = reader.panel
    pictures = Queue()
    panel.result.live.observe(lambda change: pictures.put(bytes(change.new)), "value")
    assert pictures.get(timeout=TIME_LIMIT).startswith(b"\x89PNG")
    assert pictures.get(timeout=TIME_LIMIT).startswith(b"\x89PNG")
    assert (panel.result.live.layout.display, panel.result.picture.layout.display) == (None, "none")
    assert panel.done.value.startswith(f"0 of {TASKS} tasks")
    assert (panel.progress_bar.layout.visibility, panel.progress_bar.value, panel.progress_bar.max) == (
        "visible",
        0,
        TASKS,
    )
    work.now()
    reader.reads("Done")
    assert (panel.progress_bar.layout.visibility, panel.done.value) == ("hidden", "")


def test_mandelbrot_shows_its_tiles_too(learner):
    reader = learner("pool", workload="mandelbrot", tasks=4, size=4)
    reader.runs()
    assert "computed 4 tiles" in reader.panel.result.text.value


def test_clicks_and_drags_during_a_run_leave_one_run_and_a_usable_panel(in_the_middle, work):
    reader, _, _ = in_the_middle("pool")
    panel = reader.panel
    for click in range(20):
        panel.run_button.click()
        panel.measure_button.click()
        panel.controls.widgets["workers"].value = 1 + click % 2
        panel.controls.widgets["how"].value = ["threads", "pool"][click % 2]
    assert reader.reads("A run goes on here")
    assert len(multiprocessing.active_children()) == 1
    work.now()
    reader.reads("Done: Pool, 2 workers")
    assert len(panel.history.entries) == 1
    assert multiprocessing.active_children() == []
    reader.runs()
    assert len(panel.history.entries) == 2


def test_of_two_panels_only_one_runs_at_a_time(in_the_middle, learner, work):
    first, _, _ = in_the_middle("pool")
    second = learner("pool")
    second.panel.run_button.click()
    second.reads("another panel")
    second.panel.cancel_button.click()
    second.reads("nothing to cancel")
    work.now()
    first.reads("Done")
    second.runs()


def test_after_a_cancelled_run_the_last_finished_one_is_shown_again(learner, work):
    reader = learner("serial")
    reader.runs()
    panel = reader.panel
    finished = panel.result.picture.value
    work.now("wait")
    panel.run_button.click()
    work.wait_for(tasks=1)
    panel.cancel_button.click()
    reader.reads("Cancelled")
    assert (panel.result.live.layout.display, panel.result.picture.layout.display) == ("none", None)
    assert panel.result.picture.value == finished


def test_with_no_run_there_is_nothing_to_cancel_and_the_next_run_goes_through(learner):
    reader = learner("serial")
    reader.panel.cancel_button.click()
    reader.reads("nothing to cancel")
    reader.runs()


# --- The serial run to compare with ---


def made(title, *tasks, load=None):
    """A run that began at 0, with a worker for each of the tasks, which are (seconds, seconds of computing)."""
    spans = [Span(number, number, 0.0, 0.0, *task, None) for number, task in enumerate(tasks, start=1)]
    lives = [Life(number, number, 1.0, 0.0, 0.0) for number, _ in enumerate(tasks, start=1)]
    return Run(title, spans, 0.0, max(seconds for seconds, _ in tasks), lives, load)


@pytest.fixture
def runs_are(monkeypatch, no_drawing):
    """Let the runs of panels be those given, in turn; returns the settings with which they were asked for."""

    def let(*runs):
        asked, left = [], iter(runs)

        def watch(self, settings, worker, items):
            asked.append((settings.how, settings.tasks))
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
    reader.panel.controls.widgets["tasks"].value = 8
    reader.runs()
    assert asked == [("serial", 4), ("pool", 4), ("pool", 4), ("serial", 8), ("pool", 8)]


def test_a_serial_run_that_was_disturbed_is_made_again_and_the_quickest_counts(learner, runs_are):
    parallel = made("Pool", (2.0, 2.0), (2.0, 2.0))
    slow, quick = made("serial", (9.0, 4.0)), made("serial", (4.0, 4.0))
    asked = runs_are(slow, parallel, quick, parallel)
    reader = learner("pool")
    assert "speedup 2.00, efficiency 100%. The machine was busy during an earlier serial run" in reader.runs()
    said = reader.runs()
    assert "speedup 2.00, efficiency 100%." in said and "busy" not in said
    assert [how for how, _ in asked] == ["serial", "pool", "serial", "pool"]


def test_where_all_serial_runs_were_disturbed_no_speedup_is_told(learner, runs_are):
    busy = Load(2.0, 1.0, 0.0)
    slow = made("serial", (9.0, 4.0), load=busy)
    runs_are(slow, made("Pool", (2.0, 2.0), (2.0, 2.0), load=busy), slow)
    said = learner("pool").runs()
    assert "no speedup can be told" in said and "efficiency" not in said
    assert "The machine was busy: other programs took 1.0 of its 2 cores meanwhile." in said


def test_a_later_serial_run_counts_if_it_is_quicker(learner, runs_are):
    parallel = made("Pool", (2.0, 2.0), (2.0, 2.0))
    runs_are(made("serial", (4.0, 4.0)), parallel, made("serial", (3.9, 3.9)), made("serial", (8.0, 4.0)), parallel)
    reader = learner("pool", controls=["how"])
    reader.runs()
    reader.panel.controls.widgets["how"].value = "serial"
    reader.runs()
    reader.runs()
    reader.panel.controls.widgets["how"].value = "pool"
    assert "speedup 1.95" in reader.runs()


# --- Its end before its time ---


@every_way
def test_cancel_ends_everything_and_the_next_run_works(how, start_method, in_the_middle, work, record_property):
    reader, _, processes = in_the_middle(how, start_method)
    pressed = time.monotonic()
    reader.panel.cancel_button.click()
    assert not wait_for_end(processes, TIME_LIMIT)
    took = time.monotonic() - pressed
    record_property("seconds from Cancel until all had ended", took)
    print(f"{how}, {start_method}: {took:.3f} s from Cancel until all had ended")
    assert took < 5  # the promise is half a second; a busy machine gets more
    assert "have ended" in reader.reads("Cancelled")
    work.now()
    reader.runs()


@posix
@every_way_of_processes
def test_a_worker_that_is_killed_is_told_of_and_the_next_run_works(how, start_method, in_the_middle, work):
    reader, pids, processes = in_the_middle(how, start_method)
    os.kill(pids[-1], signal.SIGKILL)
    said = reader.reads("SIGKILL")
    assert f"PID {pids[-1]}" in said and "Press Run" in said
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.runs()


@pytest.mark.parametrize("how", WAYS)
def test_what_a_task_raises_is_told_and_the_next_run_works(how, learner, work, no_drawing):
    reader = learner(how)
    reader.runs()
    work.now("fail")
    reader.panel.run_button.click()
    assert "This happened in task" in reader.reads("KeyError")
    work.now()
    reader.runs()


@pytest.mark.parametrize("how", WAYS)
def test_a_worker_that_ends_without_a_word_is_told_of_with_its_task(how, learner, work, no_drawing):
    reader = learner(how)
    reader.runs()
    work.now("exit")
    reader.panel.run_button.click()
    assert re.search(
        r"Worker \d \(PID \d+\) ended with exit code 0 in task \d.* Press Run", reader.reads("exit code 0")
    )
    work.now()
    reader.runs()


@pytest.mark.parametrize("how", WAYS)
def test_a_result_that_can_not_be_sent_home_is_told_with_its_task(how, learner, work, no_drawing):
    reader = learner(how)
    reader.runs()
    work.now("return a lambda")
    reader.panel.run_button.click()
    assert re.search(r"The result of task \d.* can't be sent home", reader.reads("sent home"))
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
        ({"workloads": ["sleeping"]}, "no 'sleeping' to choose. Use some of 'primes'"),
        ({"ways": ["quickly"]}, "no 'quickly' to choose. Use some of 'serial'"),
        ({"controls": ["colour"]}, "no control 'colour'. Use some of 'workload'"),
    ],
)
def test_settings_that_can_not_be_run_are_refused_with_advice(wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Panel(**wrong)


def test_settings_that_the_controls_can_not_mend_are_explained_in_the_panel():
    reader = Learner(Panel(["workload"], how="serial", tasks=3, size=1000))
    reader.panel.controls.widgets["workload"].value = "mandelbrot"
    assert "These settings can&#x27;t be run: tasks must be a square" in reader.panel.code.value
    reader.panel.run_button.click()
    reader.reads("tasks must be a square")
    reader.panel.controls.widgets["workload"].value = "primes"
    reader.runs()


@pytest.mark.parametrize("end", [0, -1])
@pytest.mark.parametrize("first", WORKLOADS)
def test_a_change_of_work_leaves_settings_that_can_be_run(first, end):
    panel = Panel(["workload", "tasks", "size", "chunksize"], workload=first, tasks=16)
    controls = panel.controls
    for workload in [*reversed(WORKLOADS), first]:
        for name in ("tasks", "size"):  # from the least or the most of what was there before
            controls.widgets[name].value = controls.widgets[name].options[end]
        controls.widgets["workload"].value = workload
        assert controls.settings().workload == workload
        assert controls.settings().chunksize <= controls.settings().tasks
        assert html.escape(controls.settings().code()) in panel.code.value


def test_the_code_follows_the_controls(learner):
    panel = learner("pool").panel
    panel.controls.widgets["workers"].value = 1
    assert ".Pool(1)" in panel.code.value
    panel.controls.widgets["how"].value = "threads"
    assert "ThreadPoolExecutor(1)" in panel.code.value


def test_what_a_way_of_running_does_not_use_is_disabled():
    panel = Panel(["how", "workers", "chunksize", "start_method"], how="serial")

    def disabled():
        return {name for name, widget in panel.controls.widgets.items() if widget.disabled}

    assert disabled() == {"workers", "chunksize", "start_method"}
    panel.controls.widgets["how"].value = "pool"
    assert disabled() == set()
    panel.controls.widgets["how"].value = "threads"
    assert disabled() == {"chunksize", "start_method"}
    panel.controls.widgets["how"].value = "processes"
    assert disabled() == {"chunksize"}


def test_each_control_has_a_label_and_those_not_asked_for_are_not_there():
    panel = Panel(["workers", "tasks"])
    assert {name: widget.description for name, widget in panel.controls.widgets.items()} == {
        "workers": "workers",
        "tasks": "tasks",
    }


def test_there_are_the_choices_that_the_panel_names_and_the_one_to_begin_with():
    panel = Panel(["how", "workload"], ways=["threads", "serial"], workloads=["pages"], workload="primes")
    assert [name for _, name in panel.controls.widgets["how"].options] == ["threads", "serial", "pool"]
    assert [name for _, name in panel.controls.widgets["workload"].options] == ["pages", "primes"]
    assert panel.controls.settings().how == "pool"


def test_the_number_of_workers_ends_where_the_panel_says():
    assert Panel(["workers"], most_workers=7, workers=3).controls.widgets["workers"].max == 7


# --- Predict, then measure ---


@pytest.fixture
def two_sizes(monkeypatch):
    monkeypatch.setattr("helpers.panels.panel.default_sizes", lambda: [1, 2])


def test_a_prediction_is_drawn_beside_the_measurement_and_the_panel_says_where_they_part(learner, two_sizes):
    reader = learner("pool")
    panel = reader.panel
    assert [field.description for field in panel.expectations.children] == ["1 worker", "2 workers"]
    panel.expectations.children[0].value = 77.0
    panel.measure_button.click()
    said = reader.reads("Prediction and measurement")
    assert "part at 1 worker: you expected 77.0" in said
    assert panel.views.selected_index == 1
    assert "data:image/png" in panel.sweep.picture.value and "you expected 77.0" in panel.sweep.picture.value
    assert "your prediction" in panel.sweep.text.value and "77.00" in panel.sweep.text.value
    reader.runs()


def test_a_sweep_counts_its_measurements_and_can_be_cancelled(learner, work, two_sizes, no_drawing):
    reader = learner("pool")
    work.now("wait")
    reader.panel.measure_button.click()
    work.wait_for(tasks=1)
    processes = family()
    reader.panel.cancel_button.click()
    reader.reads("Cancelled")
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.panel.measure_button.click()
    reader.reads("Prediction and measurement")


def test_a_serial_run_has_no_sweep(learner, two_sizes):
    reader = learner("serial")
    reader.panel.measure_button.click()
    reader.reads("Choose another way to run")


# --- Compare runs ---


def test_runs_are_listed_by_what_differs_and_can_be_saved(learner, no_drawing):
    reader = learner("threads")
    reader.runs()
    reader.panel.controls.widgets["workers"].value = 1
    reader.runs()
    text = reader.panel.comparison.text.value
    assert "run 1: 2 workers" in text and "run 2: 1 worker<" in text
    assert 'download="runs.csv"' in text and "data:text/csv" in text


# --- In the notebook ---


@pytest.fixture
def outputs(monkeypatch):
    """What a cell shows: (data, display id, whether it takes the place of an earlier output) in order."""
    shown = []

    def display(data, raw, metadata=None, display_id=None, update=False):
        assert raw
        shown.append((data, display_id, update))

    for module in ("exhibit", "panel"):
        monkeypatch.setattr(f"helpers.panels.{module}.display", display)
    return shown


def test_at_the_end_of_a_cell_it_runs_once_and_leaves_a_copy_for_readers_without_a_kernel(learner, outputs):
    learner("pool").panel._ipython_display_()
    (panel, _, _), (picture, _, _), (text, _, _) = outputs
    assert "application/vnd.jupyter.widget-view+json" in panel
    assert "text/html" not in panel and "needs a running kernel" in panel["text/plain"]
    assert picture["image/png"] and "picture" in picture["text/plain"]
    assert "makespan" in text["text/markdown"] and "| computing |" in text["text/markdown"]
    assert text["text/plain"] == text["text/markdown"]


def test_each_later_run_takes_the_place_of_the_copy(learner, outputs, no_drawing):
    reader = learner("pool")
    reader.panel._ipython_display_()
    _, (_, picture, _), (_, text, _) = outputs
    assert picture and text and picture != text
    reader.runs()
    reader.reads("Done")
    assert [(place, update) for _, place, update in outputs[3:]] == [(picture, True), (text, True)]


def test_a_first_run_that_fails_leaves_a_sentence_in_place_of_the_copy(learner, outputs, work):
    work.now("fail")
    learner("pool").panel._ipython_display_()
    assert [data["text/plain"] for data, _, _ in outputs[1:]] == ["The panel's run did not end."] * 2


@posix
def test_an_interrupt_of_the_cell_ends_its_first_run(learner, outputs, work, no_drawing):
    reader = learner("serial")
    work.now("wait")
    processes = []

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
    assert not wait_for_end(processes, TIME_LIMIT)
    work.now()
    reader.runs()
