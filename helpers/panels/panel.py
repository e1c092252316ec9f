"""The pool panel: choose settings, watch workers run tasks, predict and measure, compare runs."""

import errno
import multiprocessing
import re
from base64 import b64encode
from threading import Event, Lock, Thread
from time import perf_counter
from uuid import uuid4

from IPython.display import display
from traitlets import Bool, Dict, Int, List, Unicode

from helpers.browser.widget import CourseWidget, source
from helpers.inputs import number
from helpers.machine import usable_cores
from helpers.measure import capped, default_sizes, measure_speedups, serial_runs, steps
from helpers.panels.controls import Controls, known
from helpers.panels.history import History, without_results
from helpers.panels.own_work import own_work
from helpers.panels.scene import scene, tiles
from helpers.panels.workloads import SETTING_NAMES, Settings, across
from helpers.plots import speedup, where_they_part
from helpers.running.breakdown import PARTS
from helpers.running.comparison import MUCH, Comparison, was_disturbed
from helpers.running.hosted import Hosted
from helpers.running.inside import task_note
from helpers.running.log import Log
from helpers.running.supervise import TIME_LIMIT, explain_limit, explain_no_space
from helpers.runs import logged_run, run_logged
from helpers.timelines import finished
from helpers.timelines import tiles as picture_of_tiles
from helpers.words import about

LOOK_EVERY = 0.05  # seconds between checks whether a run has ended or was canceled
PICTURES = 12  # for each run, if it takes as long as expected
PICTURE_EVERY = 0.05, 0.2  # seconds between pictures: at least, at most
FELT = 5.0  # seconds: for a longer run the panel says in advance how long it will take
ROUNDS = 3  # measurements for each number of workers


class Canceled(Exception):
    """The learner pressed Cancel."""


class Superseded(Exception):
    """Another panel started its first run."""


class Panel(CourseWidget):
    """Controls for a run, its picture during and after the run, a speedup to predict, and runs to compare.

    controls       names of the settings in `helpers.panels.workloads.Settings` that the learner can change
                   (default: the workers; with your own items, everything but the workload and its size)
    workloads      the workloads on offer, if that is a control (default: all)
    ways           the ways to run on offer, if that is a control (default: all)
    most_workers   the largest number of workers on offer (default: twice the usable cores)
    worker, items  your own function and its items, one for each task, instead of a workload
    settings       the initial settings; a setting without a control keeps its value

    As the last expression of a cell, the panel is displayed and runs once, so the notebook stores a picture.
    Raises ValueError or TypeError for settings, a worker, or items that can't be run.
    """

    _esm = source("course.js", "timeline.js", "sweep.js", "panel.js")
    _css = source("course.css", "panel.css")
    what = "panel"

    form = Dict().tag(sync=True)  # the controls, the code, and the expected time: see `_show_form`
    running = Bool(False).tag(sync=True)
    status = Unicode().tag(sync=True)
    count = Unicode().tag(sync=True)  # progress of a run or a sweep, in words
    share = Unicode().tag(sync=True)  # the same as a fraction of 1; "" if nothing is running
    view = Int(0).tag(sync=True)  # the selected tab
    picture = Dict().tag(sync=True)  # a `scene` and what describes it: see `_watch`
    before = Dict().tag(sync=True)  # the previous run's
    tiles = Dict().tag(sync=True)  # the ones computed most recently
    parts = List([[part, meaning] for part, meaning in PARTS.items()]).tag(sync=True)
    sizes = List().tag(sync=True)  # the numbers of workers to predict for
    sweep = Dict().tag(sync=True)  # what has been measured so far
    comparison = Unicode().tag(sync=True)  # runs to compare, as HTML

    _one_at_a_time = Lock()  # shared by all panels of the kernel: two runs would compete for the cores
    _at_work = None  # the panel that holds the lock

    def __init__(self, controls=None, workloads=(), ways=(), most_workers=None, worker=None, items=None, **settings):
        if worker is not None or items is not None:
            settings["workload"] = own_work(worker, items)
            controls = OWN_CONTROLS if controls is None else controls
        first = Settings(**{"workers": usable_cores(), **known(settings, SETTING_NAMES, "setting")})
        self.controls = Controls(
            first,
            ["workers"] if controls is None else controls,
            workloads,
            ways,
            2 * usable_cores() if most_workers is None else most_workers,
        )
        self.history = History()
        self._answered = 0  # the number of the last message from the browser
        self._asked = ""  # the program that the learner ran, also during its serial run
        self._end = None  # the exception to raise in the thread that waits for the run
        self._over = Event()  # whether the last run has reported its result and let go of the lock
        self._serial = {}  # settings of a serial run → the fastest such `Run` so far
        self._pace = {}  # workload → seconds of its fastest serial run per second of `Settings.effort`
        self._sent = set()  # tasks whose tiles were sent to the browser
        self._copy = uuid4().hex  # the display ID of the output that holds the last picture
        self._copied = None  # that output
        # what takes up room is there from the start: a busy browser draws the panel before it hears of any change
        super().__init__(sizes=default_sizes(), form=self._form(), picture={"tiles": tiles_in_a_row(first)})
        self.on_msg(lambda _, message, buffers: self._hear(message))

    # --- What the learner does ---

    def _hear(self, message):
        """Do what the browser asks. Each message carries the values of all controls."""
        try:
            self.controls.choose(**message.get("settings", {}))
        except (ValueError, TypeError) as error:
            self.status = str(error)
            return
        self._answered = message.get("number", self._answered)
        self._show_form()
        match message.get("do"):
            case "run":
                self.run()
            case "measure":
                self.measure(message.get("expected", {}))
            case "cancel":
                self.cancel()
            case "compare":
                self._list_runs()
            case "tiles":  # the page was reloaded during a run
                self._sent.clear()

    def choose(self, **settings):
        """Change settings that have controls. Raises ValueError or TypeError for what can't be run."""
        self.controls.choose(**settings)
        self._show_form()

    def run(self):
        """Start a run with the current settings. Return its thread at once, or None if a run is in progress."""
        return self._begin(self._run, 0, self.controls.settings)

    def measure(self, expected):
        """Start measuring the speedup for each number of workers. Return the thread, or None if it can't start.

        expected  number of workers → the speedup that the learner expects
        """
        try:
            expected = {size: number("A prediction", float(expected[str(size)])) for size in self.sizes}
        except (KeyError, ValueError, TypeError):
            self.status = "First enter a prediction, such as 1.8, for each number of workers."
            return None
        return self._begin(self._sweep, 1, self.controls.settings, expected)

    def cancel(self):
        """Ask the current run to end, even if it is another panel's. Return at once: its thread ends it."""
        panel = Panel._at_work
        if panel and panel.running:
            panel._end = Canceled
        else:
            self.status = "Nothing is running, so there is nothing to cancel."

    # --- One run at a time ---

    def _begin(self, job, view, *args):
        """Start the job in a thread. Return the thread at once, or None if a run is in progress."""
        if (last := Panel._at_work) and not last.running:
            last._over.wait()  # it has reported its result and is about to release the lock
        if not Panel._one_at_a_time.acquire(blocking=False):
            if not self.running:
                self.status = OTHER_PANEL
            return None
        self._end, self._over = None, Event()
        try:
            self.running, Panel._at_work = True, self  # in this order: others check `running` on the panel at work
            self.view, self.status = view, "Getting ready."
            thread = Thread(target=self._do, args=(job, *args), daemon=True)
            thread.start()
        except BaseException:  # such as an interrupt at this moment
            try:
                self.running = False
            finally:
                self._let_go()
            raise
        return thread

    def _let_go(self):
        """Release the lock of all panels."""
        over, Panel._at_work = self._over, None
        Panel._one_at_a_time.release()  # from here on, another run may begin
        over.set()

    def _do(self, job, *args):
        """Do the job, then show how it ended."""
        message = ""
        try:
            message = job(*args)
        except Canceled:
            message = "Canceled. All processes of the run have ended."
        except Superseded:
            message = "Stopped because the cell of another panel was run. All processes of the run have ended."
        except KeyboardInterrupt:
            message = "The kernel was interrupted, so the run and all its processes were stopped."
        except Exception as error:
            message = explained(error)
        finally:
            try:
                self._settle(message)
            finally:
                self._let_go()

    def _settle(self, message):
        """Show that the run is over, and how it ended."""
        self.running, self.count, self.share = False, "", ""
        self._show_form()
        self.status = message  # last: on reading it, a learner may press the next button at once

    def _follow(self, hosted, every, draw):
        """Wait for a `Hosted` call to end, drawing meanwhile, and return its result."""
        due = perf_counter() + every
        while not hosted.ended(min(LOOK_EVERY, max(0.0, due - perf_counter()))):
            if self._end:
                raise self._end
            if perf_counter() >= due:
                due = perf_counter() + every
                draw()
        return hosted.result()

    # --- A run ---

    def _run(self, settings):
        """Run with these settings and show the run. Return the message for the learner."""
        alone, again, self._asked = settings.serial(), False, settings.code()
        with settings.work() as (worker, items):
            if settings.how != "serial" and alone not in self._serial:
                self.status = "First, the same tasks one after the other, for comparison."
                self._keep_quickest(alone, self._watch(alone, worker, items))
            self.status = f"Running: {settings.title}."
            run = self._watch(settings, worker, items)
            if settings.how == "serial":
                self._keep_quickest(alone, run)
            elif was_disturbed(self._serial[alone], run, MUCH) or Comparison(run, self._serial[alone]).speedup is None:
                again, shown = True, (self.tiles, self.picture, self.before)
                self.status = "Something else seems to have slowed the serial run down. Running it again."
                self._keep_quickest(alone, self._watch(alone, worker, items))
                self.tiles, self.picture, self.before = shown  # in this order: a picture draws the tiles
        return self._tell(settings, Comparison(run, self._serial[alone], again))

    def _keep_quickest(self, settings, serial):
        """Keep a serial `Run`, without its results, for comparison if it is the fastest with these settings so far."""
        runs = [without_results(serial), *filter(None, [self._serial.get(settings)])]
        self._serial[settings] = min(runs, key=lambda run: run.makespan)
        if settings.effort():
            self._pace[settings.workload] = self._serial[settings].makespan / settings.effort()

    def _watch(self, settings, worker, items):
        """Run in a separate process, draw the run as it happens, and return the `Run`."""
        workers = settings.used().get("workers", 1)
        alone = self._serial.get(settings.serial())
        expected = (alone.makespan if alone else self._seconds(settings) or 2.0) / min(workers, usable_cores())
        log = Log(len(items), workers, settings.room)
        self._sent.clear()
        earlier = self.picture
        shown = {
            "number": self.history.count + 1,
            "title": settings.title,
            "code": settings.code(),
            "asked": self._asked,
            "tiles": tiles_in_a_row(settings),
        }

        def draw(state, failed=()):
            now = scene(log, 1.1 * expected)
            if settings.room:
                known = self._sent if state == "live" else set()  # at the end, all of them again
                self.tiles = tiles(log, across(settings.tasks), settings.room, known)
            self.picture = {**shown, **now, "state": state, "failed": list(failed), "caption": ""}
            share = now["done"] / len(items)
            self.share = f"{share:.3f}"
            self.count = so_far(f"{now['done']} of {len(items)} tasks, ", share, now["seconds"])

        draw("live")
        if "workers" in earlier:
            self.before = earlier
        every = min(max(PICTURE_EVERY[0], expected / PICTURES), PICTURE_EVERY[1])
        way = settings.how, settings.chunksize, settings.start_method, TIME_LIMIT, settings.method
        try:
            with Hosted(run_logged, worker, items, log, *way, log=log) as hosted:
                run = logged_run(log, self._follow(hosted, every, lambda: draw("live")), settings.title)
        except BaseException as error:
            draw("ended", getattr(error, "workers", ()))
            raise
        draw("done")
        return run

    def _tell(self, settings, comparison):
        """Describe a finished run and keep it. Return its figures in words."""
        self.history.add(settings, comparison)
        drawn = finished(comparison)
        caption = re.sub(":$", ".", drawn.caption)  # in the panel the table comes first
        self.picture = {**self.picture, "caption": caption}
        pictures = [drawn]
        if settings.room:
            pictures.append(picture_of_tiles(comparison.run, across(settings.tasks)))
        self._keep_copy(pictures)
        return f"Done: {comparison.run.title}, {comparison.run.makespan:.2f} s, {comparison.figures()}."

    # --- A sweep ---

    def _sweep(self, settings, expected):
        """Measure the speedup for each number of workers and show it beside the prediction. Return the message."""
        if settings.how == "serial":
            return "A serial run always has one worker. Choose another way to run, then measure."
        rounds, sizes, began = capped(ROUNDS), list(expected), perf_counter()
        self.status = f"Measuring {settings.way.label} in rounds, each with a serial run for comparison."
        heard, sender = multiprocessing.Pipe(duplex=False)

        def draw():
            while heard.poll():
                done, measured = heard.recv()
                self.sweep = points(measured, expected)
                share = done / steps(rounds, sizes)
                self.share = f"{share:.3f}"
                self.count = so_far("", share, perf_counter() - began)

        way = settings.how, rounds, settings.chunksize, settings.start_method, True, sender, settings.method
        self.sweep = points(None, expected)
        with (
            heard,
            sender,
            settings.work() as (worker, items),
            Hosted(measure_speedups, worker, items, sizes, *way) as hosted,
        ):
            measured = self._follow(hosted, PICTURE_EVERY[1], draw)
        drawn = speedup(measured, expected)
        self.sweep = {**points(measured, expected), "text": drawn.html()}
        self._keep_copy([drawn])
        return where_they_part(measured, expected)

    # --- What is shown ---

    def _show_form(self):
        """Show the controls, the code of the next run, and about how long it will take."""
        self.form = self._form()

    def _form(self):
        """Return the controls, the code, and the expected time, as data for the browser."""
        settings = self.controls.settings
        seconds = self._seconds(settings)
        return {
            "number": self._answered,
            "controls": self.controls.form(),
            "code": settings.code(),
            "takes": f"A run with these settings takes {about(seconds)}." if seconds and seconds > FELT else "",
            "measuring": self._measuring(settings),
        }

    def _measuring(self, settings):
        """Say about how long measuring takes with these settings, or nothing if that is unknown."""
        serial = self._seconds(settings.serial())
        if serial is None or settings.how == "serial":
            return ""
        return f"Measuring takes {about(serial * serial_runs(capped(ROUNDS), self.sizes))}."

    def _seconds(self, settings):
        """Return about how many seconds a run with these settings will take, or None if that is unknown.

        Before the first run of a workload, the estimate goes by how fast this computer counts primes.
        """
        alone = self._serial.get(settings.serial())
        if not (alone or settings.effort()):
            return None
        serial = alone.makespan if alone else self._pace.get(settings.workload, 1.0) * settings.effort()
        if settings.how == "serial":
            return serial
        parallel = serial / min(settings.workers, usable_cores())
        return parallel if alone else serial + parallel

    def _list_runs(self):
        """Show the last runs side by side and offer them as a file."""
        if self.history.entries:
            drawn = self.history.picture()
            file = b64encode(self.history.csv().encode()).decode()
            link = f'<p><a download="runs.csv" href="data:text/csv;base64,{file}">Save as runs.csv</a></p>'
            self.comparison = f"{drawn.svg()}{drawn.html()}{link}"

    def _keep_copy(self, pictures):
        """Keep pictures and their captions as an output of the cell, for a notebook without a kernel."""
        drawn = "".join(picture.image() + picture.html() for picture in pictures)
        text = "\n\n".join(picture.markdown() for picture in pictures)
        first = {"image/png": b64encode(pictures[0].png()).decode(), "text/markdown": text}
        shown = self._copied is not None
        self._copied = self.fallback(f"<p>Its last run:</p>{drawn}", **first)
        if shown:
            display(self._copied, raw=True, display_id=self._copy, update=True)

    def _ipython_display_(self):
        """Show the panel, run once, and leave a copy of the picture and its caption in the notebook."""
        if other := Panel._at_work:  # perhaps no longer visible, because its cell was run again
            other._end = Superseded
            other._over.wait()
        first = self.run()
        try:
            # Not join(): before Python 3.13, a thread counts as ended once a join() of it was interrupted. Then
            # ipykernel closes the socket by which it is yet to tell how its run ended.
            while first and "workers" not in self.picture and not self._over.wait(0.01):
                pass  # with its picture from the start, the panel keeps its height
            self.show()
            if first:
                self._over.wait()
        except KeyboardInterrupt:
            self._end = KeyboardInterrupt
            raise
        finally:
            self._copied = self._copied or self.fallback("<p>Its run did not finish.</p>")
            display(self._copied, raw=True, display_id=self._copy)


OWN_CONTROLS = [name for name in SETTING_NAMES if name not in ("workload", "size")]
OTHER_PANEL = "Another panel is running. Wait until it is done, or press Cancel in either panel."


def tiles_in_a_row(settings):
    """Return the number of tiles in a row of the picture that a run computes, or 0 if it computes none."""
    return across(settings.tasks) if settings.room else 0


def so_far(done, share, seconds):
    """Return the progress in words, with the estimated time left if that is long.

    done     what has been done, in words
    share    the fraction done, from 0 to 1
    seconds  the time that it took
    """
    left = seconds * (1 - share) / share if share else 0.0
    return f"{done}{seconds:.1f} s" + (f", {about(left)} to go" if left > FELT else "")


def points(measured, expected):
    """Return what a sweep has measured so far, as data for the browser."""
    sizes = measured.measured_sizes() if measured else []
    return {
        "sizes": list(expected),
        "expected": list(expected.values()),
        "cores": usable_cores(),
        "measured": [[size, *measured.rounds(size)] for size in sizes],
        "limit": [[size, measured.machine_limit(size)] for size in sizes],
        "text": "",
    }


def explained(error):
    """Return in plain words what ended a run."""
    if where := task_note(error):
        return f"{type(error).__name__}: {str(error).rstrip('.')}. {where} The other tasks were abandoned."
    try:
        explain_limit(error)
        explain_no_space(error)
    except OSError as plain:
        return plain.strerror
    if isinstance(error, RuntimeError | TimeoutError):
        return f"{error} Press Run to run again."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.strerror:
        return error.strerror  # already explained in the process of the run
    return f"{type(error).__name__}: {error}"
