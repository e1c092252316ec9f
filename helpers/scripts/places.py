"""Where the processes of a stuck script are, what they are waiting for, and whether that can ever end."""

import os
import re
import time
from pathlib import Path

import psutil

from helpers.running.families import group, in_session, lives
from helpers.scripts.capture import Onlooker
from helpers.scripts.inside_scripts.course_witness.notes import STACKS_SIGNAL, is_first_of_child
from helpers.scripts.notes import AT_END, CALL, RECEIVED, SENT
from helpers.scripts.story import ending
from helpers.scripts.trace import Place

MOST_ALIVE = 300  # processes at once
COUNT_EVERY = 0.25  # seconds
STACKS_WITHIN = 1.0  # seconds in which processes write their stacks
LOOK_EVERY = 0.02  # seconds
THREAD = re.compile(r"^(?:Current thread|Thread) (0x[0-9a-f]+)")
RECEIVE, SEND = {"get", "recv"}, {"put", "send", "drain"}  # waits for a message, and waits for room to send one
HELPED = {"manager", "task"}  # waits that are ended by something without a row
LINE = re.compile(r'^  File "(.*)", line (\d+) in (.*)$')


class LastLook(Onlooker):
    """Asks the processes of a script that is about to be stopped where they are, and how much they have computed.

    It stops a script that has more processes than MOST_ALIVE: a loop that never stops starting them would bring the
    machine down.

    notes    the folder that its witness writes to
    crowded  whether the script was stopped for having too many processes
    stacks   PID → thread → [(file, line, function)], innermost first
    """

    def __init__(self, notes):
        self.notes, self.crowded, self._counted = notes, False, 0.0
        self.stacks, self._computed, self._senders = {}, {}, {}

    def gives_up(self, pid):
        if time.monotonic() - self._counted >= COUNT_EVERY:
            self.crowded = len(in_session(pid) or group(pid)) > MOST_ALIVE
            self._counted = time.monotonic()
        return self.crowded

    def last_look(self, pid):
        processes = [process for process in group(pid) if lives(process)]
        if self.crowded:  # asking them all would give them time to start more
            processes = [process for process in processes if process.pid == pid]
        for process in processes:
            try:
                times = process.cpu_times()
                self._computed[process.pid] = times.user + times.system
            except psutil.Error:
                pass
        self._senders = open_for_writing(process.pid for process in processes)
        asked = [process.pid for process in processes if self._ask(process.pid)]
        deadline = time.monotonic() + STACKS_WITHIN
        while asked and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)  # meanwhile, the stacks are written in full
            self.stacks = {pid: read_stacks(self._file(pid)) for pid in asked}
            if all(self.stacks.values()):
                break

    def _file(self, pid):
        return self.notes / f"stacks-{pid}"

    def _ask(self, pid):
        """Ask a process to write its stacks, but only if it handles the signal, which would end it otherwise."""
        if STACKS_SIGNAL is None or not self._file(pid).exists():
            return False
        try:
            os.kill(pid, STACKS_SIGNAL)
        except OSError:
            return False
        return True

    def computed_since(self, pid, computed, notes):
        """Return how many seconds a process with one thread has computed since an earlier moment, or None if unknown.

        computed  the processor time of its thread at that moment, in seconds
        """
        alone = sum(thread.process == pid and bool(thread.records) for thread in notes.threads) <= 1
        if computed is None or pid not in self._computed or not alone:
            return None
        return max(0.0, self._computed[pid] - computed)

    def senders(self, end):
        """Return the PIDs of the processes that had this end of a pipe open for writing."""
        return self._senders.get(end, set())


def open_for_writing(pids):
    """Return pipe → the PIDs of the processes that have it open for writing. Linux only; empty on other systems."""
    found = {}
    for pid in pids:
        try:
            links = list(Path(f"/proc/{pid}/fd").iterdir())
        except OSError:
            continue
        for link in links:
            try:
                kind, _, number = os.readlink(link).partition(":[")  # noqa: PTH115 - it doesn't lead to a file
                flags = int(Path(f"/proc/{pid}/fdinfo/{link.name}").read_text().split("flags:")[1].split()[0], 8)
            except (OSError, IndexError, ValueError):
                continue
            if kind in ("pipe", "socket") and flags & os.O_ACCMODE != os.O_RDONLY:
                found.setdefault(int(number.rstrip("]")), set()).add(pid)
    return found


def read_stacks(path):
    """Return thread → [(file, line, function)], innermost first, as faulthandler wrote them."""
    stacks, stack = {}, []
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return {}
    for line in text.splitlines():
        if found := THREAD.match(line):
            stack = stacks.setdefault(int(found[1], 16), [])
        elif found := LINE.match(line):
            stack.append((found[1], int(found[2]), found[3]))
    return stacks


def places_of(reading, path, look):
    """Return a `Place` for each row that had not ended.

    path  the script's file
    """
    return [
        place_of(reading, number, path, look)
        for number, (row, thread) in enumerate(zip(reading.rows, reading.threads))
        if row.ended is None and not is_idle(thread)
    ]


def is_idle(thread):
    """Return whether the row is a pool's worker without a task, about which there is nothing to say."""
    return bool(thread and thread.waits and thread.waits.what == "task")


def place_of(reading, number, path, look):
    row, thread = reading.rows[number], reading.threads[number]
    stacks = look.stacks.get(row.pid, {})
    stack = stacks.get(thread.thread) if thread else next(reversed(stacks.values()), None)
    file, line, function = innermost(stack or [], path)
    wait = thread.waits if thread else None
    if not line and wait and wait.line:
        file, line = wait.file, wait.line
    code = line_of(path.parent / file, line) if line else ""
    if not line and has_returned(row, thread):
        function = row.target
    return Place(number, line, file, function, code, in_words(reading, thread, wait, look) if wait else "")


def has_returned(row, thread):
    """Return whether the function that a process was given has returned."""
    calls = [record for record in thread.records if record.kind == CALL] if thread else []
    return bool(row.target and calls and all(call.ended < AT_END for call in calls))


def innermost(stack, path):
    """Return the file, line and function of the innermost line that is in the script or in a file beside it."""
    script = path.resolve()
    for file, line, function in stack:
        if is_first_of_child(file, function):
            break
        place = Path(file)
        if place == script or (place.parent == script.parent and place.suffix == ".py"):
            return place.name, line, function
    return path.name, None, ""


def line_of(path, number):
    """Return a line of a file without leading and trailing spaces, or "" if there is no such line."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[number - 1].strip()
    except (OSError, IndexError):
        return ""


def in_words(reading, thread, wait, look):
    """Return what a thread is waiting for, as a phrase that begins with "waits"."""
    what = reading.what_for(wait, thread)
    if what.startswith("someone to receive"):
        return what.replace("someone to receive", "waits until someone receives", 1)
    holding = reading.holding(wait, thread) if wait.what == "thread lock" else None
    if holding and is_copy(holding, thread, wait):
        holder = reading.rows[reading.row_of_thread(holding)].name
        return f"waits for a copy of {reading.lock_name(wait)}, which {holder} held at the fork: nobody can release it"
    if wait.what == "recv":
        rows = map(reading.row_of, sorted(senders(reading, wait, look)))
        if names := [reading.rows[row].name for row in rows if row is not None]:
            return f"waits for {what}, whose other end is open in {listed(names)}"
    return f"waits for {what}"


def senders(reading, wait, look):
    return look.senders(reading.channels.other_end(wait.whom))


# --- Can it ever end? ---


def verdict_on(reading, look):
    """Return why the script could never have continued, in a sentence or two, or "" if it might have."""
    if look.crowded:
        return f"It had more than {MOST_ALIVE} processes at once, and was stopped before it brought the machine down."
    live = {number for number, row in enumerate(reading.rows) if row.ended is None}
    waits = {number: reading.threads[number].waits for number in live if reading.threads[number]}
    waits = {number: wait for number, wait in waits.items() if wait and not wait.until and wait.what not in HELPED}
    if any(wait.what.startswith("result") for wait in waits.values()) and (lost := lost_tasks(reading)):
        return of_lost_tasks(lost)
    if will_be_woken(reading, live):
        return ""
    needs = {number: leaders(reading, number, waits, look, live) for number in waits}
    stuck = set(waits)
    while free := {number for number in stuck if not needs[number] <= stuck}:
        stuck -= free
    return of_circle(reading, smallest_circle(stuck, needs), needs, len(live))


def will_be_woken(reading, live):
    """Return whether a thread without a row, such as a timer's, is in a wait that ends by itself.

    After that it may do anything.
    """
    alive = {reading.rows[number].pid for number in live}
    others = [thread for thread in reading.notes.threads if thread not in reading.threads and thread.process in alive]
    return any(thread.waits and thread.waits.until for thread in others)


def leaders(reading, number, waits, look, live):
    """Return the rows of which at least one must continue before this one can. None stands for an unknown one."""
    wait = waits[number]
    thread = reading.threads[number]
    if wait.what == "join":
        return {reading.row_of(wait.whom)} & live
    if wait.what in ("Lock", "RLock", "thread lock"):
        holding = reading.holding(wait, thread)
        if not holding:
            return {None}
        return set() if is_copy(holding, thread, wait) else {reading.row_of_thread(holding)}
    if wait.what == "recv" and (pids := senders(reading, wait, look)):
        return {reading.row_of(pid) for pid in pids}
    if any(meet(reading, wait, other) for other in waits.values()):
        return {None}  # a message is on its way
    return live - {number}


def meet(reading, wait, other):
    """Return whether one wait is for a message and the other is to send it."""
    ends = {reading.channels.other_end(each.whom) for each in (wait, other)}
    return len(ends) == 1 and any(
        one.what in RECEIVE and another.what in SEND for one, another in ((wait, other), (other, wait))
    )


def is_copy(holding, thread, wait):
    """Return whether a thread is waiting for a copy of a lock that its process got when it was forked."""
    return wait.what == "thread lock" and holding.process != thread.process


def smallest_circle(stuck, needs):
    """Return the fewest rows that explain why the script never ends: rows that wait only for each other."""
    circles = []
    for number in stuck:
        circle, new = set(), {number}
        while new:
            circle |= new
            new = set().union(*(needs[other] for other in new)) - circle
        circles.append(circle)
    return min(circles, key=len, default=set())


def of_circle(reading, circle, needs, live):
    """Return the verdict on rows that wait for each other, or for something that can't happen."""
    names = [reading.rows[number].name for number in sorted(circle)]
    if not circle:
        return ""
    if len(circle) == 1:
        (number,) = circle
        if needs[number]:
            return f"Only {names[0]} itself could end its wait, so this never ends."
        return f"Nothing can end the wait of {names[0]}, so this never ends."
    if len(circle) == 2:
        return (
            f"{'Each waits for the other' if live == 2 else f'{listed(names)} wait for each other'}: this never ends."
        )
    return f"{listed(names)} wait for each other: this never ends."


def of_lost_tasks(lost):
    """Return the verdict on a pool whose workers ended with a task in hand. `lost` is their rows."""
    names = [f"{row.name} ({ending(row)})" for row in lost[:2]]
    names += [f"{len(lost) - 2} more"] if len(lost) > 2 else []
    return (
        f"{listed(names)} ended with a task in hand. No other worker does that task, and the pool waits for its "
        "result: this never ends."
    )


def listed(names):
    """Return names as a list in words: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def lost_tasks(reading):
    """Return the rows of pools' workers that took a task and ended before they sent its result."""
    lost = []
    for row, thread in zip(reading.rows, reading.threads):
        if row.pool and row.ended is not None and thread and not reading.ended_well(row.pid):
            taken = max((record.began for record in thread.records if record.kind == RECEIVED), default=0.0)
            sent = max((record.began for record in thread.records if record.kind == SENT), default=0.0)
            if taken > sent:
                lost.append(row)
    return lost
