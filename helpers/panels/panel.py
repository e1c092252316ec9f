"""The pool panel: choose settings, watch the workers work, predict and measure, compare runs."""

import errno
import multiprocessing
import re
from base64 import b64encode
from threading import Lock, Thread
from time import perf_counter
from uuid import uuid4

from IPython.display import display
from traitlets import Bool, Dict, Int, List, Unicode

from helpers.browser.widget import CourseWidget, source
from helpers.machine import usable_cores
from helpers.measure import capped, default_sizes, measure_speedups, serial_runs, steps
from helpers.panels.controls import Controls
from helpers.panels.history import History
from helpers.panels.own_work import own_work
from helpers.panels.scene import scene, tiles
from helpers.panels.workloads import SETTING_NAMES, Settings, across
from helpers.plots import speedup, where_they_part
from helpers.running.breakdown import PARTS
from helpers.running.comparison import MUCH, Comparison, was_disturbed
from helpers.running.hosted import Hosted
from helpers.running.inside import task_note
from helpers.running.log import Log
from helpers.running.supervise import TIME_LIMIT, explain_no_space
from helpers.runs import logged_run, run_logged
from helpers.timelines import finished
from helpers.timelines import tiles as picture_of_tiles
from helpers.words import about

LOOK_EVERY = 0.05  # seconds, for the end of a run or the wish to cancel it
PICTURES = 12  # of a run, if it takes as long as expected
PICTURE_EVERY = 0.05, 0.2  # seconds: not sooner, not later
FELT = 5.0  # seconds: of a longer run the panel says beforehand how long it will take
ROUNDS = 3  # of a measurement for each number of workers


class Canceled(Exception):
    """The learner pressed Cancel."""


class Superseded(Exception):
    """Another panel began its first run."""


class Panel(CourseWidget):
    """Controls for a run, its picture while it goes on and afterwards, a sweep to predict, and runs to compare.

    controls       the settings that the learner may change, of those of `helpers.panels.workloads.Settings`
                   (default: the workers; for items of your own all but the work and its size)
    workloads      the workloads to choose from, if that is a control (default: all)
    ways           the ways to run to choose from, if that is a control (default: all)
    most_workers   the largest number of workers to choose (default: twice the usable cores)
    worker, items  a function of your own and what to call it with, one a task, in place of a workload
    settings       the settings to begin with; those that are no controls stay so

    At the end of a cell it is shown and runs once, so that the notebook stores a picture.
    Raises ValueError or TypeError for settings, a worker or items that can't be run.
    """

    _esm = source("course.js", "timeline.js", "sweep.js", "panel.js")
    _css = source("course.css", "panel.css")
    what = "panel"

    form = Dict().tag(sync=True)  # the controls, the code, and how long a run will take: see `_show_form`
    running = Bool(False).tag(sync=True)
    status = Unicode().tag(sync=True)
    count = Unicode().tag(sync=True)  # how far a run or a sweep has come
    share = Unicode().tag(sync=True)  # likewise, as a share of 1; "" if nothing goes on
    view = Int(0).tag(sync=True)  # the tab to show
    picture = Dict().tag(sync=True)  # a `scene`, and what there is to say of it: see `_watch`
    before = Dict().tag(sync=True)  # that of the run before
    tiles = Dict().tag(sync=True)  # those that were computed last
    parts = List([[part, meaning] for part, meaning in PARTS.items()]).tag(sync=True)
    sizes = List().tag(sync=True)  # the numbers of workers to predict for
    sweep = Dict().tag(sync=True)  # what is measured so far
    comparison = Unicode().tag(sync=True)  # runs to compare, as HTML

    _one_at_a_time = Lock()  # for all panels of the kernel: two runs would take each other's cores
    _at_work = None  # the panel that has the lock

    def __init__(self, controls=None, workloads=(), ways=(), most_workers=None, worker=None, items=None, **settings):
        if worker is not None or items is not None:
            settings["workload"] = own_work(worker, items)
            controls = OWN_CONTROLS if controls is None else controls
        first = Settings(**{"workers": usable_cores(), **settings})
        self.controls = Controls(
            first,
            ["workers"] if controls is None else controls,
            workloads,
            ways,
            most_workers or 2 * usable_cores(),
        )
        self.history = History()
        self._asked = ""  # the program that Run was pressed for, while its serial run goes on too
        self._end = None  # what to raise where the run is waited for
        self._thread = None  # that of the last run
        self._serial = {}  # settings of a serial run → the quickest such `Run` so far
        self._pace = {}  # workload → seconds that its last serial run took, for each second of `Settings.effort`
        self._sent = set()  # tasks whose tiles the browser has
        self._copy = uuid4().hex  # the id of the output with the last picture
        self._copied = None  # that output
        super().__init__(sizes=default_sizes(), picture={"tiles": tiles_in_a_row(first)})
        self._show_form()
        self.on_msg(lambda _, message, buffers: self._hear(message))

    # --- What the learner does ---

    def _hear(self, message):
        """Do what the browser asks for. A message brings along what all controls show."""
        try:
            self.controls.choose(**message.get("settings", {}))
        except (ValueError, TypeError) as error:
            self.status = str(error)
            return
        self._show_form(message.get("number"))
        match message.get("do"):
            case "run":
                self.run()
            case "measure":
                self.measure(message.get("expected", {}))
            case "cancel":
                self.cancel()
            case "compare":
                self._list_runs()
            case "tiles":  # the page was loaded anew, in the midst of a run
                self._sent.clear()

    def choose(self, **settings):
        """Change settings that are controls. Raises ValueError or TypeError for what can't be run."""
        self.controls.choose(**settings)
        self._show_form()

    def run(self):
        """Begin a run with the settings as they are, unless a run goes on. Return its thread, at once, or None."""
        return self._begin(self._run, 0, self.controls.settings)

    def measure(self, expected):
        """Begin to measure the speedup for each number of workers.

        expected  number of workers → the speedup that the learner expects
        """
        try:
            expected = {size: float(expected[str(size)]) for size in self.sizes}
        except (KeyError, ValueError, TypeError):
            self.status = "Enter a number such as 1.8 for each number of workers first."
            return None
        return self._begin(self._sweep, 1, self.controls.settings, expected)

    def cancel(self):
        """Note that the run shall end: its thread looks for that. Returns at once. The run may be another panel's."""
        panel = Panel._at_work
        if panel and panel.running:
            panel._end = Canceled
        else:
            self.status = "No run goes on, so there is nothing to cancel."

    # --- One run at a time ---

    def _begin(self, job, view, *args):
        """Do the job in a thread, unless a run goes on. Return the thread, at once, or None."""
        if (last := Panel._at_work) and not last.running:
            last._thread.join()  # it has said how its run ended, and is about to let go of the lock
        if not Panel._one_at_a_time.acquire(blocking=False):
            if not self.running:
                self.status = OTHER_PANEL
            return None
        self._end, self._thread = None, Thread(target=self._do, args=(job, *args), daemon=True)
        try:
            self.running, Panel._at_work = True, self  # in this order: who sees a panel at work asks whether it runs
            self.view, self.status = view, "Getting ready."
            self._thread.start()
        except BaseException:  # such as an interrupt, just now
            try:
                self.running = False
            finally:
                Panel._let_go()
            raise
        return self._thread

    @staticmethod
    def _let_go():
        """Let panels run again."""
        Panel._at_work = None
        Panel._one_at_a_time.release()

    def _do(self, job, *args):
        """Do the job, and say how it ended."""
        message = ""
        try:
            message = job(*args)
        except Canceled:
            message = "Canceled. All processes of the run have ended."
        except Superseded:
            message = "Ended, since the cell of a panel was run. All processes of the run have ended."
        except KeyboardInterrupt:
            message = "The kernel was interrupted, so the run was ended, with all its processes."
        except Exception as error:
            message = explained(error)
        finally:
            try:
                self._settle(message)
            finally:
                Panel._let_go()

    def _settle(self, message):
        """Show that no run goes on, and say how it ended."""
        self.running, self.count, self.share = False, "", ""
        self._show_form()
        self.status = message  # last, since who reads it may press the next button at once

    def _follow(self, hosted, every, draw):
        """Wait for the end of something `Hosted`, draw meanwhile, and return its result."""
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
        """Run with these settings, and show the run. Returns what to say of it."""
        alone, again, self._asked = settings.serial(), False, settings.code()
        with settings.work() as (worker, items):
            if settings.how != "serial" and alone not in self._serial:
                self.status = "First the same tasks one after the other, to compare with."
                self._keep_quickest(alone, self._watch(alone, worker, items))
            self.status = f"Running: {settings.title}."
            run = self._watch(settings, worker, items)
            if settings.how == "serial":
                self._keep_quickest(alone, run)
            elif was_disturbed(self._serial[alone], run):
                again = was_disturbed(self._serial[alone], run, tolerance=MUCH)
                shown = self.tiles, self.picture, self.before
                self.status = "The serial run seems to have been disturbed. Here it is again."
                self._keep_quickest(alone, self._watch(alone, worker, items))
                self.tiles, self.picture, self.before = shown  # in this order: the browser draws tiles with a picture
        return self._tell(settings, Comparison(run, self._serial[alone], again))

    def _keep_quickest(self, settings, serial):
        """Keep a serial `Run` to compare with, if it is the quickest with these settings so far."""
        runs = [serial, *filter(None, [self._serial.get(settings)])]
        self._serial[settings] = min(runs, key=lambda run: run.makespan)
        if settings.effort():
            self._pace[settings.workload] = self._serial[settings].makespan / settings.effort()

    def _watch(self, settings, worker, items):
        """Run in a process of its own, draw the run while it goes on, and return the `Run`."""
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
                known = self._sent if state == "live" else set()  # at the end all once more
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
        """Show what there is to say of a finished run, and keep it. Returns its figures in words."""
        self.history.add(settings, comparison)
        drawn = finished(comparison)
        caption = re.sub(":$", ".", drawn.caption)  # here the table stands above it
        self.picture = {**self.picture, "caption": caption}
        pictures = [drawn]
        if settings.room:
            pictures.append(picture_of_tiles(comparison.run, across(settings.tasks)))
        self._keep_copy(pictures)
        return f"Done: {comparison.run.title}, {comparison.run.makespan:.2f} s, {comparison.figures()}."

    # --- A sweep ---

    def _sweep(self, settings, expected):
        """Measure the speedup for each number of workers, and show it with the prediction. Returns what to say."""
        if settings.how == "serial":
            return "A serial run has one worker. Choose another way to run, then measure."
        rounds, sizes, began = capped(ROUNDS), list(expected), perf_counter()
        self.status = f"Measuring {settings.way.label} in rounds, each beside a serial run."
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

    def _show_form(self, number=None):
        """Show the controls, the code of the next run, and about how long that will take.

        number  of the browser's message that this answers (default: of the last one)
        """
        settings = self.controls.settings
        seconds = self._seconds(settings)
        self.form = {
            "number": self.form.get("number", 0) if number is None else number,
            "controls": self.controls.form(),
            "code": settings.code(),
            "takes": f"A run with these settings takes {about(seconds)}." if seconds and seconds > FELT else "",
            "measuring": self._measuring(settings),
        }

    def _measuring(self, settings):
        """Say about how long it takes to measure with these settings: nothing if nobody knows."""
        serial = self._seconds(settings.serial())
        if serial is None or settings.how == "serial":
            return ""
        return f"Measuring takes {about(serial * serial_runs(capped(ROUNDS), self.sizes))}."

    def _seconds(self, settings):
        """Return about how many seconds a run with these settings will take, or None if nobody knows.

        Before the first run of a kind of work it is what an ordinary core would take.
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
        """Show the last runs beside each other, and offer them as a file."""
        if self.history.entries:
            drawn = self.history.picture()
            file = b64encode(self.history.csv().encode()).decode()
            link = f'<p><a download="runs.csv" href="data:text/csv;base64,{file}">Save as runs.csv</a></p>'
            self.comparison = f"{drawn.svg()}{drawn.html()}{link}"

    def _keep_copy(self, pictures):
        """Keep pictures and their texts as an output of the panel's cell, for a notebook without a kernel."""
        drawn = "".join(picture.image() + picture.html() for picture in pictures)
        text = "\n\n".join(picture.markdown() for picture in pictures)
        first = {"image/png": b64encode(pictures[0].png()).decode(), "text/markdown": text}
        shown = self._copied is not None
        self._copied = self.fallback(f"<p>Its last run:</p>{drawn}", **first)
        if shown:
            display(self._copied, raw=True, display_id=self._copy, update=True)

    def _ipython_display_(self):
        """Show the panel, run once, and leave a copy of the picture and its text in the notebook."""
        if other := Panel._at_work:  # perhaps it is out of sight, since its cell was run again
            other._end = Superseded
            other._thread.join()
        self.show()
        first = self.run()
        try:
            if first:
                first.join()
        except KeyboardInterrupt:
            self._end = KeyboardInterrupt
            raise
        finally:
            self._copied = self._copied or self.fallback("<p>Its run did not end.</p>")
            display(self._copied, raw=True, display_id=self._copy)


OWN_CONTROLS = [name for name in SETTING_NAMES if name not in ("workload", "size")]
OTHER_PANEL = "A run goes on in another panel. Wait for its end, or press Cancel, here or there."


def tiles_in_a_row(settings):
    """Return how many tiles lie in a row of the picture that a run computes: 0 if it computes none."""
    return across(settings.tasks) if settings.room else 0


def so_far(done, share, seconds):
    """Say how far something has come, and about how long it will go on if that is long.

    done     what has been done, in words
    share    the share that has been done, up to 1
    seconds  how long that took
    """
    left = seconds * (1 - share) / share if share else 0.0
    return f"{done}{seconds:.1f} s" + (f", {about(left)} to go" if left > FELT else "")


def points(measured, expected):
    """Return what a sweep has measured so far, as numbers for the browser."""
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
    """Say in plain words what ended a run."""
    if where := task_note(error):
        return f"{type(error).__name__}: {str(error).rstrip('.')}. {where} The other tasks were given up."
    if isinstance(error, RuntimeError | TimeoutError):
        return f"{error} Press Run to run again."
    if isinstance(error, OSError):
        try:
            explain_no_space(error)
        except OSError as plain:
            return plain.strerror
        if error.errno == errno.ENOSPC and error.strerror:
            return error.strerror  # the run's own process has explained it
    return f"{type(error).__name__}: {error}"
