"""The widget: a button for each of two real processes lets it take its next step."""

import html
from collections import deque
from threading import Condition, Thread, current_thread
from time import perf_counter

from traitlets import Dict, Int, Unicode

from helpers.browser.widget import CourseWidget, source
from helpers.inputs import is_place, one_of
from helpers.steps.orders import HEADER, Orders, each_order
from helpers.steps.program import NAMES, Program
from helpers.steps.scene import how_it_ended, now, play, scene, take_step, told
from helpers.steps.scheduler import Scheduler, StepError
from helpers.words import about, html_row, markdown_table

LOOK_EVERY = 0.1  # seconds between checks whether the processes are still there
IDLE_LIMIT = 120.0  # seconds without a step, after which the processes are ended: a closed page does not say so
TELL_EVERY = 0.1  # seconds between two messages while every order is tried

AGAIN = "The next step, Undo or Reset starts both again."


def every_order(worker, other=None, /, **shared):
    """Run two processes once in every order in which they can take their steps. Return the `Orders`.

    Arguments and errors are those of `Steps`.
    """
    program = Program([worker, other or worker], shared)
    with Scheduler(program) as scheduler:
        return Orders(program, each_order(scheduler))


class Steps(CourseWidget):
    """Two real processes that stop before each line of their worker. The learner says which one goes on.

    worker  the function of process A, and of process B too unless there is an `other`
    shared  what the workers' parameters are: name=0 for a number, shared as a `Value`; name=Lock for a lock

    The processes are started at the first step, and ended with the last one, or if nobody takes a step for a while.
    To undo a step, new processes run up to the step before. Every order is run once at the start, to know the right
    result and to leave an example in the notebook.

    Raises TypeError or ValueError for workers that can't be run step by step, and `StepError` if they end or fail.
    """

    _esm = source("course.js", "steps.js")
    _css = source("course.css", "steps.css")
    what = "scheduler"

    program = Dict().tag(sync=True)  # what does not change: the aim, the code, the names
    scene = Dict().tag(sync=True)  # see `helpers.steps.scene`
    status = Unicode().tag(sync=True)
    reached = Unicode().tag(sync=True)  # the steps with which the aim was reached
    orders = Dict().tag(sync=True)  # the result of trying every order
    answered = Int(0).tag(sync=True)  # the number of the last message from the browser

    _thread = None  # looks after the processes, and has ended when they have
    _playing = None  # the Steps whose processes were started last: those of others end then

    def __init__(self, worker, other=None, /, **shared):
        self._program = Program([worker, other or worker], shared)
        self._order = []  # the index of the process that took each step
        self._requests, self._asked = deque(), Condition()
        if Steps._playing:
            Steps._playing.leave(wait=True)
        with Scheduler(self._program) as scheduler:
            scheduler.begin()
            self._first = {**scene(scheduler, []), "alive": False}
            self._orders = Orders(self._program, each_order(scheduler))
            self._example = play(scheduler, self._orders.example.steps)
            self._example_ended = how_it_ended(scheduler, self._orders)[1]
        super().__init__(program=self._for_browser(), scene=self._first)
        self.on_msg(lambda _widget, message, _buffers: self._hear(message))

    # --- What the learner does ---

    def _hear(self, message):
        self.answered = message["number"]
        self.ask(message["do"], message.get("what"))

    def ask(self, do, what=None):
        """Ask for something to be done in a thread. Return at once.

        "step", number   let a process, given by its index, take a step
        "undo"           take the last step back
        "reset"          go back to the beginning
        "replay", order  take the steps of an order, a list of such indexes, from the beginning
        "try"            try every order
        "leave"          end the processes

        Raises ValueError for anything else.
        """
        one_of("do", do, ("step", "undo", "reset", "replay", "try", "leave"))
        order = {"step": [what], "replay": what}.get(do, [])
        if not isinstance(order, list) or not all(is_place(number, len(NAMES)) for number in order):
            raise ValueError(f"Process A is 0 and B is 1, and an order is a list such as [0, 0, 1], not {what!r}.")
        with self._asked:
            self._requests.append((do, what))
            self._asked.notify_all()
            if not self._thread:
                self._thread = Thread(target=self._serve, daemon=True)
                self._thread.start()

    def leave(self, wait=False):
        """End the processes, if there are any. The next step starts them again, and runs them up to there.

        wait  whether to return only once they have ended
        """
        if thread := self._thread:
            self.ask("leave")
            if wait and thread is not current_thread():
                # Not join(): before Python 3.13, a thread counts as ended once a join() of it was interrupted. Then
                # ipykernel closes the socket by which it is yet to tell how it ended.
                with self._asked:
                    self._asked.wait_for(lambda: self._thread is not thread)

    def close(self):
        """End the processes, and the widget."""
        self.leave(wait=True)
        super().close()

    # --- What the thread does ---

    def _serve(self):
        """Do what was asked for, until there are neither requests nor processes."""
        while self._goes_on():
            if Steps._playing not in (None, self):
                Steps._playing.leave()
            Steps._playing = self
            message = None
            try:
                with Scheduler(self._program) as scheduler:
                    message = self._play(scheduler)
            except KeyboardInterrupt:
                message = f"The kernel was interrupted, so both processes were ended. {AGAIN}"
            except StepError as error:
                message = f"{error} Both processes were ended. {AGAIN}"
            except Exception as error:  # such as no space for a lock in shared memory
                message = f"{type(error).__name__}: {error}. Both processes were ended. {AGAIN}"
            finally:
                self.scene = {**self.scene, "alive": False}
                if message is not None:
                    self.status = message

    def _goes_on(self):
        """Return whether there is something to do. If not, this thread is no longer the one to ask."""
        with self._asked:
            if not self._requests:
                self._thread = None
                self._asked.notify_all()
            return bool(self._requests)

    def _play(self, scheduler):
        """Do what is asked for, as long as there are processes. Return a message, or None if all is said."""
        since = perf_counter()
        while True:
            with self._asked:
                self._asked.wait_for(lambda: self._requests, LOOK_EVERY)
                request = self._requests.popleft() if self._requests else None
            if request:
                message = self._do(scheduler, *request)
                since = perf_counter()
                if not scheduler.movable:
                    return message
                self.status = message
            else:
                scheduler.check()
                if perf_counter() - since > IDLE_LIMIT:
                    return f"Nobody took a step in {about(IDLE_LIMIT)}, so both processes were ended. {AGAIN}"

    def _do(self, scheduler, do, what=None):
        """Do what was asked for. Return a message, or None if there is nothing to say."""
        match do:
            case "step":
                return self._step(scheduler, what)
            case "undo":
                return self._undo(scheduler)
            case "reset":
                return self._reset(scheduler)
            case "replay":
                return self._replay(scheduler, what)
            case "try":
                return self._try(scheduler)
            case "leave":
                return scheduler.end()

    def _step(self, scheduler, number):
        """Let a process take a step."""
        seen = self.scene["processes"][number]
        if not seen["can"]:
            return f"Process {NAMES[number]} {seen['state']}."
        if not scheduler.steppers:
            self._replay(scheduler, self._order)
        row = take_step(scheduler, number)
        self._order.append(number)
        self.scene = scene(scheduler, [*self.scene["rows"], row])
        return self._judged(scheduler, f"{told(row)}. {now(scheduler, number)}")

    def _undo(self, scheduler):
        """Take the last step back: new processes take all steps before it."""
        if not self._order:
            return "There is no step to undo."
        undone = self.scene["rows"][-1]
        self._replay(scheduler, self._order[:-1])
        return f"Undone: {told(undone)}. Two new processes have taken the steps before it."

    def _reset(self, scheduler):
        """Go back to the beginning. Processes are started at the next step."""
        scheduler.end()
        self._order, self.scene = [], self._first
        return "Both processes are back at their beginning."

    def _replay(self, scheduler, order):
        """Run the steps of an order from the beginning."""
        self.status = "Starting two processes."
        rows = play(scheduler, order)
        self._order, self.scene = list(order), scene(scheduler, rows)
        return self._judged(scheduler, "These steps were taken.")

    def _judged(self, scheduler, message):
        """Return the message or, if the order has come to its end, how it ended. Note if that is what was aimed at."""
        if scheduler.movable:
            return message
        result, said = how_it_ended(scheduler, self._orders)
        if result == self._program.about:
            self.reached = " ".join(NAMES[number] for number in self._order)
        return f"{message} {said}"

    def _try(self, scheduler):
        """Try every order, unless something else is asked for meanwhile."""
        self.orders = {}
        found, due = [], 0.0
        for order in each_order(scheduler):
            found.append(order)
            if perf_counter() > due:
                self.status = f"Trying every order. So far: {len(found)}."
                due = perf_counter() + TELL_EVERY
            if self._requests:
                scheduler.end()
                return "Stopped, since you asked for something else."
        scheduler.end()
        self._orders = Orders(self._program, found)
        self.orders = {"caption": self._orders.caption, "rows": self._orders.rows(), "header": HEADER}
        return self._orders.caption

    # --- What is shown ---

    def _for_browser(self):
        """Return what does not change, as data for the browser."""
        return {
            "aim": self._program.aim,
            "code": self._program.code(),
            "processes": [
                {"name": name, "worker": listing.name, "lines": list(listing.lines.items())}
                for name, listing in zip(NAMES, self._program.listings)
            ],
        }

    def fallback(self):
        """Return an output for places that can't show a widget: the code, and one order as an example."""
        listings = {listing.name: "\n".join(listing.lines.values()) for listing in self._program.listings}
        header = ["step of", "code", *(f"variables of {name}" for name in NAMES), *self._program.shared]
        rows = [
            [row["process"], row["step"] + (f" ({row['note']})" if row["note"] else ""), *row["own"], *row["shared"]]
            for row in self._example
        ]
        caption = f"{self._example_ended} {self._orders.caption}"
        title = f"One order of their steps, {' '.join(row['process'] for row in self._example)}:"
        said = "".join(f"<pre>{html.escape(code)}</pre>" for code in listings.values())
        table = html_row("th", header) + "".join(html_row("td", row) for row in rows)
        text = [f"```python\n{code}\n```" for code in listings.values()]
        text += [title, markdown_table(header, rows), caption]
        return super().fallback(
            f"{said}<p>{title}</p><table>{table}</table><p>{html.escape(caption)}</p>",
            **{"text/markdown": "\n\n".join(text)},
        )
