"""Two real processes take their steps in the order told, end whatever happens, and every order ends as simulated."""

import ast
import itertools
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from multiprocessing import Lock
from pathlib import Path

import leftovers
import psutil
import pytest
from jupyter_client.manager import start_new_kernel

from helpers.machine import start_methods
from helpers.running.families import wait_for_end
from helpers.steps import Steps, every_order, orders, program, scheduler, widget
from helpers.steps.scheduler import StepError
from helpers.workers import count_primes, eat_left_first, eat_right_first, read_add_write, read_add_write_locked

TIME_LIMIT = 60  # seconds
TESTS = itertools.count()
A, B = 0, 1

FORKS = {"left": Lock, "right": Lock, "meals": 0}
PROGRAMS = {
    "no lock": ([read_add_write], {"value": 0}),
    "lock": ([read_add_write_locked], {"value": 0, "lock": Lock}),
    "deadlock": ([eat_left_first, eat_right_first], FORKS),
    "mended": ([eat_left_first], FORKS),
}

posix = pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """Fail if a test leaves a process or a semaphore behind."""
    prefix = f"mp-{os.getpid()}-steps{next(TESTS)}"
    monkeypatch.setitem(multiprocessing.current_process()._config, "semprefix", f"/{prefix}")
    yield
    if Steps._playing:
        Steps._playing.close()
        Steps._playing = None
    assert multiprocessing.active_children() == []
    assert leftovers.names(f"sem.{prefix}*") == set()


# --- Every order, against a simulation by hand ---

PLAIN = ["read", "add", "write"]
LOCKED = ["take lock", *PLAIN, "free lock"]
LEFT_FIRST = ["take left", "take right", "eat", "free right", "free left"]
RIGHT_FIRST = ["take right", "take left", "eat", "free left", "free right"]


class Simulation:
    """What two processes do that take these steps, in the order given."""

    def __init__(self, *steps):
        self.left = [list(own) for own in steps]  # the steps that are still to be taken
        self.own = [None, None]
        self.shared = 0
        self.holder = {}
        self.waits = [None, None]

    def movable(self):
        return [number for number in (A, B) if self.left[number] and not self.waits[number]]

    def take(self, number):
        what, _, lock = self.left[number][0].partition(" ")
        if what == "take" and self.holder.get(lock) is not None:
            self.waits[number] = lock
            return
        self.left[number].pop(0)
        if what == "take":
            self.holder[lock] = number
        elif what == "read":
            self.own[number] = self.shared
        elif what == "add":
            self.own[number] += 1
        elif what == "write":
            self.shared = self.own[number]
        elif what == "eat":
            self.shared += 1
        elif what == "free":
            self.holder[lock] = None
            other = 1 - number
            if self.waits[other] == lock:
                self.waits[other] = None
                self.take(other)


def simulated(*steps):
    """Return order → (the shared number at the end, whether processes wait forever) for every order there can be."""
    ends, beginnings = {}, [()]
    while beginnings:
        order = beginnings.pop()
        now = Simulation(*steps)
        for number in order:
            now.take(number)
        if now.movable():
            beginnings += [(*order, number) for number in now.movable()]
        else:
            ends[order] = now.shared, any(now.left)
    return ends


STEPS = {
    "no lock": [PLAIN, PLAIN],
    "lock": [LOCKED, LOCKED],
    "deadlock": [LEFT_FIRST, RIGHT_FIRST],
    "mended": [LEFT_FIRST, LEFT_FIRST],
}


@pytest.fixture(scope="module")
def every():
    """A function that returns every order of a program, run once."""
    found = {}

    def of(name):
        if name not in found:
            workers, shared = PROGRAMS[name]
            found[name] = every_order(*workers, **shared)
        return found[name]

    return of


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_order_ends_as_a_simulation_says(name, every):
    ran = {order.steps: (next(iter(order.values.values())), order.stuck) for order in every(name).found}
    assert ran == simulated(*STEPS[name])


@pytest.mark.parametrize(
    ("name", "tally"),
    [
        ("no lock", {"lost update": 18, "right": 2}),
        ("lock", {"right": 10}),
        ("deadlock", {"deadlock": 4, "right": 14}),
        ("mended", {"right": 10}),
    ],
)
def test_what_goes_wrong_is_counted(name, tally, every):
    assert every(name).tally == tally


def test_without_a_lock_each_of_the_20_orders_of_two_times_three_steps_is_run_once(every):
    ran = [order.steps for order in every("no lock").found]
    assert len(ran) == 20
    assert Counter(ran) == Counter(set(itertools.permutations([A, A, A, B, B, B])))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no lock", "There are 20 orders. An update is lost in 18 of them (90%)."),
        (
            "lock",
            "There are 10 orders. An update is lost in none of them. "
            "In 8 of them a process has to wait, and goes on later.",
        ),
        (
            "deadlock",
            "There are 18 orders. 4 of them (22%) end in a deadlock. "
            "In 10 of them a process has to wait, and goes on later.",
        ),
        (
            "mended",
            "There are 10 orders. None of them ends in a deadlock. "
            "In 8 of them a process has to wait, and goes on later.",
        ),
    ],
)
def test_it_is_said_in_words_and_as_a_table(name, said, every):
    found = every(name)
    assert repr(found) == said
    assert found._repr_markdown_().startswith(said)
    assert found._repr_markdown_().count("\n| ") == len(found) + 2


def test_more_orders_than_can_be_tried_are_refused(monkeypatch):
    monkeypatch.setattr(orders, "MOST_ORDERS", 19)
    with pytest.raises(ValueError, match="There are more than 19 orders. Use workers with fewer lines."):
        every_order(read_add_write, value=0)


UNDER_A_METHOD = """
import multiprocessing, sys

from helpers.steps import every_order
from helpers.workers import eat_left_first, eat_right_first, read_add_write

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print(every_order(read_add_write, value=0).tally)
    lock = multiprocessing.Lock
    print(every_order(eat_left_first, eat_right_first, left=lock, right=lock, meals=0).tally)
    print(multiprocessing.active_children())
"""


@pytest.mark.parametrize("method", start_methods())
def test_it_works_whatever_the_start_method(method, tmp_path):
    (tmp_path / "orders.py").write_text(UNDER_A_METHOD)
    command = [sys.executable, "orders.py", method]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=TIME_LIMIT)
    said = "Counter({'lost update': 18, 'right': 2})\nCounter({'right': 14, 'deadlock': 4})\n[]\n"
    assert (ran.stdout, ran.stderr) == (said, "")


# --- A learner takes steps ---


class Learner:
    """A `Steps`, and what a learner does with it. Each method waits until it is done."""

    def __init__(self, name):
        workers, shared = PROGRAMS[name]
        self.steps = Steps(*workers, **shared)
        self.changed = threading.Condition()
        self.steps.observe(self.note)

    def note(self, _):
        with self.changed:
            self.changed.notify_all()

    def until(self, holds):
        """Wait until the function returns true."""
        with self.changed:
            assert self.changed.wait_for(holds, TIME_LIMIT), (self.steps.status, self.steps.scene)

    def reads(self, text):
        self.until(lambda: text in self.steps.status)

    def presses(self, do, what=None):
        """Ask for something, and wait until it has been done."""
        self.steps.status = ""
        self.steps._hear({"do": do, "what": what, "number": self.steps.answered + 1})
        self.until(lambda: self.steps.status not in ("", "Starting two processes.") and not self.trying)
        return self.steps.status

    @property
    def trying(self):
        return self.steps.status.startswith("Trying")

    def takes(self, *order):
        """Take steps. Return what is said of the last one."""
        return [self.presses("step", number) for number in order][-1]

    @property
    def processes(self):
        return self.steps.scene["processes"]

    @property
    def pids(self):
        return [process["pid"] for process in self.processes]

    def ends(self):
        """Wait until no process is left and the thread that looked after them has ended."""
        if thread := self.steps._thread:
            thread.join(TIME_LIMIT)
            assert not thread.is_alive()
        assert multiprocessing.active_children() == []
        assert not self.steps.scene["alive"]


@pytest.fixture
def learner():
    return Learner


def test_each_process_stands_before_its_first_line_and_none_is_started_yet(learner):
    steps = learner("no lock").steps
    assert multiprocessing.active_children() == []
    assert [process["step"] for process in steps.scene["processes"]] == ["own = value.value"] * 2
    assert steps.scene["shared"] == [{"name": "value", "text": "0"}]
    assert (steps.scene["rows"], steps.scene["alive"], steps.reached, steps.status) == ([], False, "", "")


def test_a_step_runs_one_line_and_what_it_did_is_shown(learner):
    player = learner("no lock")
    assert player.takes(A) == "A: own = value.value. A has own = 0. value: 0."
    assert player.takes(A) == "A: own += 1. A has own = 1. value: 0."
    assert player.takes(B) == "B: own = value.value. B has own = 0. value: 0."
    assert player.takes(A).startswith("A: value.value = own. A has own = 1. value: 1.")
    assert [process["own"] for process in player.processes] == ["own = 1", "own = 0"]
    assert [process["state"] for process in player.processes] == ["has returned", "stands before the marked line"]
    assert [row["step"] for row in player.steps.scene["rows"]] == [
        "own = value.value",
        "own += 1",
        "own = value.value",
        "value.value = own",
    ]
    assert player.steps.scene["rows"][-1]["own"] == ["own = 1", "own = 0"]
    assert player.steps.scene["rows"][-1]["shared"] == ["1"]


def test_two_real_processes_take_the_steps(learner):
    player = learner("no lock")
    player.takes(A)
    assert {child.pid for child in multiprocessing.active_children()} == set(player.pids)
    assert os.getpid() not in player.pids and len(set(player.pids)) == 2
    assert player.steps.scene["alive"]


@pytest.mark.parametrize(("order", "reached"), [([A, A, B, A, B, B], "A A B A B B"), ([B, B, B, A, A, A], "")])
def test_the_aim_is_reached_by_an_order_in_which_an_update_is_lost(order, reached, learner):
    player = learner("no lock")
    said = player.takes(*order)
    assert player.steps.program["aim"] == "Find an order in which an update is lost."
    assert player.steps.reached == reached
    lost = "with value = 1. One after the other, they end with value = 2. So an update is lost."
    assert said.endswith(lost if reached else "Both have returned, with value = 2. That's right.")
    player.ends()


def test_who_must_wait_says_for_whom_and_goes_on_when_the_lock_is_free(learner):
    player = learner("lock")
    player.takes(A)
    assert player.takes(B).startswith("B: with lock: (B waits for lock, which A holds).")
    assert player.processes[B]["state"] == "waits for lock, which A holds" and not player.processes[B]["can"]
    (_, lock) = player.steps.scene["shared"]
    assert lock == {"name": "lock", "text": "held by A", "holder": A, "waiting": [B]}
    assert player.takes(B) == "Process B waits for lock, which A holds."
    assert player.takes(A, A, A, A).startswith("A: leave with lock (B goes on).")
    assert player.processes[B]["step"] == "own = value.value"
    (_, lock) = player.steps.scene["shared"]
    assert lock == {"name": "lock", "text": "held by B", "holder": B, "waiting": []}
    assert player.takes(A) == "Process A has returned."
    assert player.takes(B, B, B, B).endswith("Both have returned, with value = 2. That's right.")


def test_a_process_that_waits_is_really_in_the_lock_s_acquire():
    workers, shared = PROGRAMS["lock"]
    with scheduler.Scheduler(program.Program(workers * 2, shared)) as both:
        both.begin()
        both.step(A)
        both.step(B)
        assert both.steppers[B].waits == "lock" and not both.steppers[B].pipe.poll(0)
        both._shared["lock"].release()  # without any word to B
        assert both.steppers[B].pipe.poll(TIME_LIMIT)
        assert both.steppers[B].pipe.recv() == ("got", "lock")


def test_in_a_deadlock_the_circle_is_told_and_both_processes_are_ended(learner):
    player = learner("deadlock")
    said = player.takes(A, B, A, B)
    assert said.endswith(
        "A waits for right, which B holds. B waits for left, which A holds. "
        "Each waits for the other, so neither can ever go on: a deadlock."
    )
    assert player.steps.reached == "A B A B"
    left, right, _ = player.steps.scene["shared"]
    assert (left["holder"], left["waiting"], right["holder"], right["waiting"]) == (A, [B], B, [A])
    player.ends()


def test_the_same_order_of_locks_mends_it(learner):
    player = learner("mended")
    player.takes(A, B)
    assert player.processes[B]["state"] == "waits for left, which A holds"
    player.takes(A, A, A, A, B, B, B, B)
    assert player.steps.status.endswith("Both have returned, with meals = 2. That's right.")
    assert player.steps.reached == ""


# --- Undo, Reset, Replay, Try every order ---


def test_undo_runs_new_processes_up_to_the_step_before(learner):
    player = learner("lock")
    player.takes(A, B, A)
    before = player.steps.scene
    player.takes(A)
    pids = player.pids
    assert player.presses("undo") == "Undone: A: own += 1. Two new processes have taken the steps before it."
    assert set(player.pids).isdisjoint(pids)
    assert without_pids(player.steps.scene) == without_pids(before)


def without_pids(scene):
    return {**scene, "processes": [{**process, "pid": 0} for process in scene["processes"]]}


def test_undo_takes_back_a_deadlock_and_all_steps_up_to_the_first(learner):
    player = learner("deadlock")
    first = player.steps.scene
    player.takes(A, B, A, B)
    for _ in range(4):
        assert player.presses("undo").startswith("Undone: ")
    assert without_pids(player.steps.scene) == {**without_pids(first), "alive": True}
    assert player.presses("undo") == "There is no step to undo."


def test_reset_goes_back_to_the_beginning(learner):
    player = learner("deadlock")
    first = player.steps.scene
    player.takes(A, B, A)
    assert player.presses("reset") == "Both processes are back at their beginning."
    assert player.steps.scene == first
    player.ends()
    assert player.takes(B).startswith("B: with right:.")


def test_every_order_is_tried_and_any_of_them_replayed(learner):
    player = learner("no lock")
    assert player.presses("try") == "There are 20 orders. An update is lost in 18 of them (90%)."
    player.ends()
    rows = player.steps.orders["rows"]
    assert len(rows) == 20 and rows[0] == ["A A A B B B", "value = 2", "right"]
    assert player.presses("replay", [A, B, A, B, A, B]).endswith("So an update is lost.")
    assert [row["process"] for row in player.steps.scene["rows"]] == list("ABABAB")
    assert player.presses("undo").startswith("Undone: B")


def test_a_game_goes_on_after_every_order_was_tried(learner):
    player = learner("lock")
    player.takes(A, B)
    player.presses("try")
    player.ends()
    assert player.takes(A) == "A: own = value.value. A has own = 0. value: 0. lock: held by A."
    assert [row["process"] for row in player.steps.scene["rows"]] == list("ABA")


def test_trying_every_order_stops_when_something_else_is_asked_for(learner):
    player = learner("no lock")
    for do in ("try", "reset"):
        player.steps.ask(do)
    player.reads("back at their beginning")
    player.ends()
    assert player.steps.orders == {}


# --- Nothing is left, whatever happens ---


@posix
@pytest.mark.parametrize("killed", [A, B])
def test_a_killed_process_is_told_of_at_once_and_reset_works(killed, learner):
    player = learner("lock")
    player.takes(A, B)
    pid = player.pids[killed]
    os.kill(pid, signal.SIGKILL)
    player.reads(f"Process {'AB'[killed]} (PID {pid}) was killed by SIGKILL. Both processes were ended.")
    player.ends()
    player.presses("reset")
    assert player.takes(B, A, B, B, B, B, A, A, A, A).endswith("with value = 2. That's right.")


@posix
def test_after_a_process_was_killed_the_next_step_goes_on_where_the_game_was(learner):
    player = learner("no lock")
    player.takes(A, B)
    os.kill(player.pids[B], signal.SIGKILL)
    player.reads("was killed by SIGKILL")
    player.ends()
    assert player.takes(B) == "B: own += 1. B has own = 1. value: 0."
    assert [row["process"] for row in player.steps.scene["rows"]] == list("ABB")


@posix
def test_an_interrupt_is_told_of_and_ends_both_without_a_traceback(learner, capfd):
    player = learner("lock")
    player.takes(A, B)
    for pid in player.pids:
        os.kill(pid, signal.SIGINT)
    player.reads("The kernel was interrupted, so both processes were ended.")
    player.ends()
    assert player.takes(A) == "A: own = value.value. A has own = 0. value: 0. lock: held by A."
    assert "Traceback" not in capfd.readouterr().err


@posix
def test_an_interrupt_in_the_middle_of_every_order_raises_and_leaves_nothing(monkeypatch):
    begun = []

    def interrupted(self, number):
        begun.append(number)
        if len(begun) == 20:
            for stepper in self.steppers:
                os.kill(stepper.process.pid, signal.SIGINT)
        return step(self, number)

    step = scheduler.Scheduler.step
    monkeypatch.setattr(scheduler.Scheduler, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        every_order(read_add_write, value=0)
    assert multiprocessing.active_children() == []


def test_when_nobody_takes_a_step_the_processes_end_and_the_next_step_goes_on(learner, monkeypatch):
    monkeypatch.setattr(widget, "IDLE_LIMIT", 0.2)
    player = learner("no lock")
    player.steps.ask("step", A)
    player.reads("Nobody took a step")
    player.ends()
    monkeypatch.setattr(widget, "IDLE_LIMIT", TIME_LIMIT)
    assert player.takes(A) == "A: own += 1. A has own = 1. value: 0."


def test_when_the_widget_is_closed_its_processes_end(learner):
    player = learner("deadlock")
    player.takes(A, B, A)
    player.steps.close()
    player.ends()


def test_when_the_cell_is_run_again_the_processes_of_before_have_ended(learner):
    player = learner("lock")
    player.takes(A, B)
    again = learner("lock")
    player.ends()
    again.takes(A)
    assert player.takes(A) == "A: own = value.value. A has own = 0. value: 0. lock: held by A."
    until_only(player.pids)  # one game at a time


@posix
def test_an_interrupt_while_its_end_is_waited_for_leaves_it_time_to_tell(learner, monkeypatch):
    player, alive, go_on = learner("lock"), [], threading.Event()
    player.takes(A)
    player.steps.observe(lambda _: alive.append(threading.current_thread().is_alive()), "scene")

    def end_late(self):
        while sys._current_frames()[threading.main_thread().ident].f_code.co_filename != threading.__file__:
            pass  # until it waits
        os.kill(os.getpid(), signal.SIGINT)
        assert go_on.wait(TIME_LIMIT)
        return end(self)

    end = scheduler.Scheduler.end
    monkeypatch.setattr(scheduler.Scheduler, "end", end_late)
    with pytest.raises(KeyboardInterrupt):
        player.steps.leave(wait=True)
    monkeypatch.undo()
    go_on.set()
    player.ends()
    assert alive and all(alive)  # ipykernel closes the socket of a thread that it takes for ended


def until_only(pids):
    """Wait until this process has only these children."""
    others = [child for child in multiprocessing.active_children() if child.pid not in pids]
    assert len(others) <= 2
    for child in others:
        child.join(TIME_LIMIT)
    assert {child.pid for child in multiprocessing.active_children()} == set(pids)


def test_steps_asked_for_in_a_hurry_are_all_taken_in_order(learner):
    player = learner("no lock")
    for number in [A, B, A, B, A, B]:
        player.steps.ask("step", number)
    player.reads("So an update is lost.")
    player.ends()
    assert player.steps.reached == "A B A B A B"


# --- In a kernel ---

PLAY = """
from helpers.steps import Steps
from helpers.workers import read_add_write

steps = Steps(read_add_write, value=0)
steps.ask("step", 0)
while len(steps.scene["rows"]) < 1:
    pass
print(*[process["pid"] for process in steps.scene["processes"]])
"""

SAYS = """
while "interrupted" not in steps.status:
    pass
print(steps.status)
"""


@pytest.fixture
def kernel():
    """A function that runs code in a kernel and returns what that printed; and the kernel's manager."""
    manager, client = start_new_kernel(startup_timeout=TIME_LIMIT)

    def run(code):
        printed = []
        client.execute_interactive(
            code,
            timeout=TIME_LIMIT,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
        return "".join(printed)

    yield run, manager
    client.stop_channels()
    if manager.has_kernel:
        manager.shutdown_kernel()  # not at once, which would also kill Python's resource tracker


@posix
def test_the_interrupt_button_ends_both_processes_with_a_message(kernel):
    run, manager = kernel
    processes = [psutil.Process(int(pid)) for pid in run(PLAY).split()]
    manager.interrupt_kernel()
    assert run(SAYS).startswith("The kernel was interrupted, so both processes were ended.")
    assert len(processes) == 2 and not wait_for_end(processes, TIME_LIMIT)


@pytest.mark.parametrize("end", ["shut down", "killed"])
def test_both_processes_end_with_the_kernel(end, kernel):
    run, manager = kernel
    pids = run(PLAY).split()
    whole = psutil.Process(manager.provisioner.pid)
    below = whole.children(recursive=True)  # both processes, and the resource tracker
    assert len(pids) == 2 and {process.pid for process in below} >= set(map(int, pids))
    if end == "killed":
        whole.kill()
    else:
        manager.shutdown_kernel()
    assert not wait_for_end([whole, *below], TIME_LIMIT)


def test_a_program_that_ends_in_the_middle_of_a_game_does_not_wait_for_it(tmp_path):
    (tmp_path / "play.py").write_text("if __name__ == '__main__':" + textwrap.indent(PLAY, "    "))
    command = [sys.executable, "play.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=TIME_LIMIT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert not wait_for_end(processes_of(ran.stdout.split()), TIME_LIMIT)


def processes_of(pids):
    """Return the psutil processes with these PIDs that are still there."""
    return [psutil.Process(int(pid)) for pid in pids if psutil.pid_exists(int(pid))]


# --- The code that is shown is the code that runs ---


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_steps_are_the_lines_of_the_worker(name, learner):
    workers, _ = PROGRAMS[name]
    steps = learner(name).steps
    for shown, worker in zip(steps.program["processes"], [*workers, *workers]):
        lines = dict(shown["lines"])
        first, *body = ast.parse("\n".join(lines.values())).body
        assert first.name == shown["worker"] == worker.__name__ and not body
        assert ast.get_docstring(first) is None
        file = Path(worker.__code__.co_filename).read_text(encoding="utf-8").splitlines()
        assert all(file[number - 1] == text for number, text in lines.items())
    played = {row["step"] for row in steps._example}
    shown = {text.strip() for process in steps.program["processes"] for _, text in process["lines"]}
    assert {step for step in played if not step.startswith("leave ")} <= shown


@pytest.mark.parametrize("name", ["no lock", "lock", "mended"])
def test_the_program_that_is_shown_runs(name, learner, tmp_path):
    (tmp_path / "program.py").write_text(learner(name).steps.program["code"])
    command = [sys.executable, "program.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=TIME_LIMIT)
    assert re.fullmatch(r"(value|meals) = [12]\n", ran.stdout) and ran.stderr == ""


def test_what_a_reader_without_a_kernel_sees(learner):
    output = learner("no lock").steps.fallback()
    assert output["text/plain"] == "Run this cell (Shift+Enter) to use the scheduler."
    for text in (output["text/html"], output["text/markdown"]):
        for said in ("value.value = own", "A A B A B B", "An update is lost in 18 of them (90%).", "variables of A"):
            assert said in text


# --- What can't be run step by step ---


def spins(value):
    while value.value == 0:
        pass


def hangs(value):
    threading.Event().wait()


def fails(value):
    own = value.value
    own += {}[own]


def squares(value):
    yield value.value


def keeps_the_lock(lock):
    lock.acquire()


@pytest.mark.parametrize(
    ("workers", "shared", "error", "said"),
    [
        ([lambda value: None], {"value": 0}, TypeError, "has no name that a worker process could import"),
        ([3], {}, TypeError, "must be a function"),
        ([squares], {"value": 0}, TypeError, "squares must be a plain function"),
        ([read_add_write], {}, TypeError, "Say what the parameter 'value' is: value=0 for a number"),
        ([read_add_write], {"value": "0"}, TypeError, "value must be a number, such as 0, or multiprocessing.Lock"),
        ([read_add_write], {"value": 0, "lock": Lock}, TypeError, "No worker has a parameter 'lock'"),
        ([fails], {"value": 0}, StepError, "Process A raised KeyError: 0"),
        ([count_primes], {"stop": Lock}, StepError, "Process A raised TypeError"),
    ],
)
def test_it_is_said_what_is_wrong(workers, shared, error, said):
    with pytest.raises(error, match=re.escape(said)):
        Steps(*workers, **shared)


def test_workers_whose_steps_never_end_are_refused():
    with pytest.raises(ValueError, match="There are more than 50 steps"):
        every_order(spins, value=0)


def test_a_step_that_never_ends_is_ended(monkeypatch):
    with scheduler.Scheduler(program.Program([hangs] * 2, {"value": 0})) as both:
        both.begin()
        monkeypatch.setattr(scheduler, "STEP_LIMIT", 0.1)
        with pytest.raises(StepError, match="Process A took longer than 0.1 s for a step."):
            both.step(A)


def test_a_worker_that_keeps_its_lock_leaves_the_other_waiting():
    found = every_order(keeps_the_lock, lock=Lock)
    assert found.tally == {"deadlock": 2}
