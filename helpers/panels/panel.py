"""The pool panel: choose settings, watch the workers work, predict and measure, compare runs."""

import html
from base64 import b64encode
from multiprocessing import RawValue
from pathlib import Path
from threading import Lock, Thread
from time import perf_counter

import ipywidgets as widgets
from IPython.display import display

from helpers.drawing.live import LiveTimeline
from helpers.machine import usable_cores
from helpers.measure import capped, default_sizes, measure_speedups, steps
from helpers.panels.controls import Controls, Expectations
from helpers.panels.exhibit import Copy, Exhibit
from helpers.panels.history import History
from helpers.panels.workloads import Settings, across
from helpers.plots import speedup, where_they_part
from helpers.running.breakdown import MUCH, Comparison, rows_now, was_disturbed
from helpers.running.hosted import Hosted
from helpers.running.inside import task_note
from helpers.running.log import Log
from helpers.running.supervise import TIME_LIMIT
from helpers.runs import logged_run, run_logged
from helpers.timelines import finished, tiles

LOOK_EVERY = 0.05  # seconds, for the end of a run or the wish to cancel it
PICTURE_EVERY = 0.2  # seconds, while a run goes on
ROUNDS = 3  # of a measurement for each number of workers

# how a panel looks, and what its sliders are called
PAGE = (Path(__file__).parent / "panel.html").read_text(encoding="utf-8")


class Cancelled(Exception):
    """The learner pressed Cancel."""


class Panel(widgets.VBox):
    """Controls for a run, its picture while it goes on and afterwards, a sweep to predict, and runs to compare.

    controls      the settings that the learner may change, of those of `helpers.panels.workloads.Settings`
    workloads     the workloads to choose from, if that is a control (default: all)
    ways          the ways to run to choose from, if that is a control (default: all)
    most_workers  the largest number of workers to choose (default: twice the usable cores)
    settings      the settings to begin with; those that are no controls stay so

    At the end of a cell it is shown and runs once, so that the notebook stores a picture.
    Raises ValueError or TypeError for settings that can't be run.
    """

    _one_at_a_time = Lock()  # for all panels of the kernel: two runs would take each other's cores

    def __init__(self, controls=("workers",), workloads=(), ways=(), most_workers=None, **settings):
        first = Settings(**{"workers": usable_cores(), **settings})
        self._running = False
        self._end = None  # what to raise where the run is waited for: Cancelled, KeyboardInterrupt
        self._serial = {}  # settings of a serial run → the quickest such `Run` so far
        self._copy = Copy()
        self.history = History()
        self.controls = Controls(first, controls, workloads, ways, most_workers or 2 * usable_cores())
        self.code = widgets.HTML()
        self.run_button = button("Run", "play", "primary")
        self.cancel_button = button("Cancel", "stop")
        self.progress_bar = widgets.IntProgress(0, 0, 1, layout={"width": "240px", "visibility": "hidden"})
        self.done = widgets.HTML()
        self.status = widgets.HTML()
        self.result = Exhibit()
        self.expectations = Expectations(default_sizes())
        self.measure_button = button("Measure", "line-chart", "primary")
        self.sweep = Exhibit()
        self.comparison = Exhibit()
        prediction = widgets.VBox(
            [widgets.HTML(PREDICT), self.expectations, self.measure_button, self.sweep], layout={"grid_gap": "6px"}
        )
        self.views = widgets.Tab([self.result, prediction, self.comparison])
        self.views.titles = ["Run", "Predict, then measure", "Compare runs"]
        self.comparison.text.value = "<p>Runs appear here, to be compared.</p>"
        controls = [self.run_button, self.cancel_button, self.progress_bar, self.done]
        buttons = widgets.HBox(controls, layout={"grid_gap": "8px"})
        style = widgets.HTML(PAGE, layout={"display": "none"})
        parts = [self.controls, self.code, buttons, self.status, self.views, style]
        super().__init__(parts, layout={"grid_gap": "6px"})
        self.add_class("course-panel")
        self._show_code()
        self.controls.on_change(self._show_code)
        self.run_button.on_click(lambda _: self._begin(self._run, view=0))
        self.measure_button.on_click(lambda _: self._begin(self._sweep, view=1))
        self.cancel_button.on_click(lambda _: self._cancel())

    # --- One run at a time ---

    def _begin(self, job, view):
        """Do the job in a thread, with the settings as they are, unless a run goes on. Return the thread, at once."""
        try:
            settings = self.controls.settings()
        except ValueError as error:
            self._say(str(error))
            return None
        if not Panel._one_at_a_time.acquire(blocking=False):
            self._say("A run goes on here. Wait for its end, or cancel it." if self._running else OTHER_PANEL)
            return None
        self._running, self._end = True, None
        self.views.selected_index = view
        thread = Thread(target=self._do, args=(job, settings), daemon=True)
        thread.start()
        return thread

    def _do(self, job, settings):
        """Do the job, and say how it ended."""
        message = ""
        try:
            self.cancel_button.button_style = "warning"
            message = job(settings)
        except Cancelled:
            message = "Cancelled. All processes of the run have ended."
        except KeyboardInterrupt:
            message = "The kernel was interrupted, so the run was ended, with all its processes."
        except Exception as error:
            message = explained(error)
        finally:
            try:
                self._settle()
            finally:
                self._running = False
                Panel._one_at_a_time.release()
            self._say(message)

    def _settle(self):
        """Show that no run goes on."""
        self.result.settle()
        self.progress_bar.layout.visibility, self.done.value = "hidden", ""
        self.cancel_button.button_style = ""

    def _cancel(self):
        """Note that the run shall end: its thread looks for that. Returns at once."""
        self._end = Cancelled
        if not self._running:
            self._say("No run goes on here, so there is nothing to cancel.")

    def _follow(self, hosted, draw):
        """Wait for the end of something `Hosted`, draw meanwhile, and return its result."""
        due = perf_counter() + PICTURE_EVERY
        while not hosted.ended(min(LOOK_EVERY, max(0.0, due - perf_counter()))):
            if self._end:
                raise self._end
            if perf_counter() >= due:
                due = perf_counter() + PICTURE_EVERY
                draw()
        return hosted.result()

    # --- What there is to do ---

    def _run(self, settings):
        """Run with these settings, and show the run. Returns what to say of it."""
        alone, again = settings.serial(), False
        with settings.work() as (worker, items):
            if settings.how != "serial" and alone not in self._serial:
                self._say("First the same tasks one after the other, to compare with.")
                self._keep_quickest(alone, self._watch(alone, worker, items))
            self._say(f"Running: {settings.title}.")
            run = self._watch(settings, worker, items)
            if settings.how == "serial":
                self._keep_quickest(alone, run)
            elif was_disturbed(self._serial[alone], run):
                again = was_disturbed(self._serial[alone], run, tolerance=MUCH)
                self._say("The serial run seems to have been disturbed. Here it is again.")
                self._keep_quickest(alone, self._watch(alone, worker, items))
        comparison = Comparison(run, self._serial[alone], again)
        self.history.add(settings, comparison)
        pictures = [finished(comparison)]
        if settings.workload == "mandelbrot":
            pictures.append(tiles(run, across(settings.tasks)))
        self.result.show(*pictures)
        self._copy.update(self.result)
        self._list_runs()
        told = f"Done: {run.title}, {run.makespan:.2f} s, {comparison.figures()}."
        return " ".join([told, *comparison.remarks()])

    def _keep_quickest(self, settings, serial):
        """Keep a serial `Run` to compare with, if it is the quickest with these settings so far."""
        runs = [serial, *filter(None, [self._serial.get(settings)])]
        self._serial[settings] = min(runs, key=lambda run: run.makespan)

    def _watch(self, settings, worker, items):
        """Run in a process of its own, draw the run while it goes on, and return the `Run`."""
        workers = settings.used().get("workers", 1)
        alone = self._serial.get(settings.serial())
        expected = (alone.makespan if alone else 1.0) / min(workers, usable_cores())
        picture = LiveTimeline(settings.title, workers, 1.2 * expected + 0.1)
        log = Log(len(items), workers)

        def draw():
            crew, done, seconds = rows_now(log)
            self.result.show_live(picture.draw(crew, seconds))
            self._count(done, len(items), f"tasks, {seconds:.1f} s")

        draw()
        way = settings.how, settings.chunksize, settings.start_method
        with Hosted(run_logged, worker, items, log, *way, TIME_LIMIT, log=log) as hosted:
            return logged_run(log, self._follow(hosted, draw), settings.title)

    def _sweep(self, settings):
        """Measure the speedup for each number of workers, and show it with the prediction. Returns what to say."""
        if settings.how == "serial":
            return "A serial run has one worker. Choose another way to run, then measure."
        expected = self.expectations.values()
        rounds = capped(ROUNDS)
        sizes, done, began = list(expected), RawValue("i"), perf_counter()

        def draw():
            self._count(done.value, steps(rounds, sizes), f"measurements, {perf_counter() - began:.0f} s")

        self._say(f"Measuring {settings.way.label} in rounds, each beside a serial run.")
        way = settings.how, rounds, settings.chunksize, settings.start_method
        with (
            settings.work() as (worker, items),
            Hosted(measure_speedups, worker, items, sizes, *way, True, done) as hosted,
        ):
            measured = self._follow(hosted, draw)
        self.sweep.show(speedup(measured, expected))
        self._copy.update(self.sweep)
        return where_they_part(measured, expected)

    def _list_runs(self):
        """Show the last runs over each other, and offer them as a file."""
        self.comparison.show(self.history.picture())
        file = b64encode(self.history.csv().encode()).decode()
        self.comparison.text.value += (
            f'<p><a download="runs.csv" href="data:text/csv;base64,{file}">Save as runs.csv</a></p>'
        )

    # --- What is shown ---

    def _say(self, message):
        self.status.value = f'<div role="status">{html.escape(message)}</div>'

    def _count(self, done, of_all, what):
        self.progress_bar.max, self.progress_bar.value, self.progress_bar.layout.visibility = (
            max(of_all, 1),
            done,
            "visible",
        )
        self.done.value = f"{done} of {of_all} {what}"

    def _show_code(self):
        try:
            code = self.controls.settings().code()
        except ValueError as error:
            code = f"These settings can't be run: {error}"
        self.code.value = f"<pre>{html.escape(code)}</pre>"

    def _ipython_display_(self):
        """Show the panel, run once, and leave a copy of the picture and its text in the notebook."""
        display({**super()._repr_mimebundle_(), "text/plain": "A panel: it needs a running kernel."}, raw=True)
        first = self._begin(self._run, view=0)
        try:
            if first:
                first.join()
        except KeyboardInterrupt:
            self._end = KeyboardInterrupt
            raise
        finally:
            self._copy.show()


PREDICT = (
    "<p>How many times as fast as the serial run will it be? Enter your prediction for each number of workers.</p>"
)
OTHER_PANEL = "A run goes on in another panel. Wait for its end, or cancel it there."


def button(label, icon, style=""):
    return widgets.Button(description=label, icon=icon, button_style=style, layout={"width": "110px"})


def explained(error):
    """Say in plain words what ended a run."""
    if where := task_note(error):
        return f"{type(error).__name__}: {str(error).rstrip('.')}. {where} The other tasks were given up."
    if isinstance(error, RuntimeError | TimeoutError):
        return f"{error} Press Run to run again."
    return f"{type(error).__name__}: {error}"
