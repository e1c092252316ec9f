"""Run a script with a witness inside, and return what it did as a `Trace`."""

import pickle
import tempfile
from bisect import bisect_right
from collections import defaultdict
from functools import cached_property
from pathlib import Path

from helpers.scripts.capture import MOST_ON_DISK, MOST_OUTPUT, capture_script
from helpers.scripts.channels import Channels
from helpers.scripts.notes import AT_END, CALL, HOLD, INITIALIZER, RECEIVED, SENT, WAIT, read_notes
from helpers.scripts.places import LastLook, places_of, verdict_on
from helpers.scripts.story import given_up_after, places_in_words, unshown
from helpers.scripts.trace import Mark, Message, Row, Span, Trace
from helpers.words import counted

NO_MORE = len(pickle.dumps(None))  # bytes: a pool sends None when there is nothing left to do
MOST_HOLDERS = 100  # holds of a lock to look back at: an RLock or a forked copy may be held several times at once
NOTHING = {"computed": None}
FLOODED = f"It printed more than {MOST_ON_DISK // 1_000_000} MB, and was stopped before it filled the disk."


def traced_run(path, time_limit=20.0, show=lambda text: None, **more):
    """Run the Python script at `path` as `capture_script` does, with a witness inside. Return its `Trace`.

    path        the script's file
    time_limit  seconds after which the script and all its worker processes are ended
    show        called with the text that they print, piece by piece, as it appears
    more        arguments, folder or stdin, as `capture_script` takes them

    Raises FileNotFoundError if there is no such file.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as notes_folder:
        look = LastLook(Path(notes_folder))
        ran = capture_script(path, time_limit, look, show, COURSE_WITNESS=notes_folder, **more)
        reading = Reading(read_notes(Path(notes_folder)), ran, look)
    trace = Trace(Path(path).name, ran.seconds, ran.exit_code, reading.rows)
    trace.messages, trace.marks, trace.unseen = reading.messages(), reading.marks(), reading.unseen()
    trace.unshown = max(0, ran.printed - MOST_OUTPUT)
    if ran.timed_out:
        trace.places = places_of(reading, Path(path), look)
        trace.verdict = FLOODED if ran.flooded else verdict_on(reading, look)
    return trace


def run_script(path, time_limit=20.0):
    """Run the Python script at `path`, and show what it and its workers print as it appears.

    It is stopped after `time_limit` seconds, and then it is shown where its processes were. Raises FileNotFoundError if
    there is no such file, TypeError or ValueError for other arguments that can't work.
    """
    trace = traced_run(path, time_limit, show=lambda text: print(text, end="", flush=True))
    if trace.unshown:
        print(f"\n{unshown(trace)}")
    if trace.exit_code is None:
        print(places_in_words(trace, given_up_after(trace, time_limit)))
    elif trace.exit_code:
        print(f"The script ended with exit code {trace.exit_code}.")


class Reading:
    """The notes of a script, pieced together.

    notes     its `Notes`
    ran       its `ScriptRun`
    rows      its `Row`s
    threads   for each row, its `Thread` in the notes, or None if nothing was noted in it
    channels  its pipes and queues
    """

    def __init__(self, notes, ran, look):
        self.notes, self.ran, self._look = notes, ran, look
        self.channels = Channels(notes)
        self._facts = defaultdict(dict)  # kind → PID → the last such fact
        for fact in notes.facts:
            self._facts[fact["what"]][fact["process"]] = fact
        self._reaped = {fact["child"]: fact for fact in notes.of("reaped")}
        self._stopped = {fact["child"]: fact for fact in notes.of("stopped")}
        self.rows, self.threads = [], []
        self._add(self._main_row(), self._thread_of(ran.pid))
        for fact in notes.of("started"):
            self._add(self._process_row(fact), self._thread_of(fact["child"]))
        for thread in notes.threads:
            if thread not in self.threads and any(record.kind == CALL for record in thread.records):
                self._add(self._thread_row(thread), thread)
        order = sorted(range(len(self.rows)), key=lambda number: self.rows[number].asked)
        self.rows, self.threads = [self.rows[number] for number in order], [self.threads[number] for number in order]
        for row in self.rows:
            row.by = order.index(row.by) if row.by is not None else None
        self._places = {(row.pid, row.kind): number for number, row in enumerate(self.rows) if row.kind == "process"}
        self._of_thread = {id(thread): number for number, thread in enumerate(self.threads) if thread}
        for row, thread in zip(self.rows, self.threads):
            row.spans = self._spans(row, thread)

    # --- Who ---

    def _add(self, row, thread):
        self.rows.append(row)
        self.threads.append(thread)

    def _since(self, moment):
        """Return a moment as seconds since the script was launched."""
        return min(moment - self.ran.launched, self.ran.seconds)

    def _thread_of(self, pid):
        """Return the main `Thread` of a process, or None."""
        main = (self._facts["began"].get(pid) or self._facts["python"].get(pid) or {}).get("thread")
        return next((thread for thread in self.notes.threads if (thread.process, thread.thread) == (pid, main)), None)

    def _main_row(self):
        began = self._facts["python"].get(self.ran.pid)
        end = self.ran.exit_code
        return Row(
            "MainProcess",
            "process",
            self.ran.pid,
            target="the script",
            up=self._since(began["at"]) if began else None,
            ended=None if end is None else self.ran.seconds,
            exit_code=end,
        )

    def _process_row(self, fact):
        pid, target = fact["child"], "" if fact["of_pool"] else fact["target"] or ""
        began, ended = self._facts["began"].get(pid), self._facts["ended"].get(pid)
        reaped, stopped = self._reaped.get(pid), self._stopped.get(pid)
        by_signal = reaped and (reaped["exit_code"] or 0) < 0
        end = ended or (by_signal and stopped) or reaped  # the parent may have noticed much later
        row = Row(fact["name"], "process", pid, target=target, daemon=fact["daemon"])
        row.by = next((number for number, other in enumerate(self.rows) if other.pid == fact["process"]), None)
        row.pool = self._pool_of(fact) if fact["of_pool"] else ""
        row.asked = self._since(fact["began"])
        row.up = self._since(began["at"]) if began else None
        row.ended = max(self._since(end["at"]), row.up or row.asked) if end else None
        row.exit_code = next((note["exit_code"] for note in (reaped, ended) if note), None)
        return row

    def _thread_row(self, thread):
        told = [
            fact
            for fact in self.notes.of("thread")
            if (fact["process"], fact["thread"]) == (thread.process, thread.thread)
        ]
        before = [fact for fact in told if fact["at"] <= thread.records[0].began]
        fact = (
            before[-1] if before else {"name": "a thread", "asked": thread.began, "daemon": False, "at": thread.began}
        )
        ends = [
            fact["at"]
            for fact in self.notes.of("thread ended")
            if (fact["process"], fact["thread"]) == (thread.process, thread.thread)
        ]
        end = next((at for at in ends if at >= fact["at"]), None)
        row = Row(fact["name"], "thread", thread.process, daemon=fact["daemon"], asked=self._since(fact["asked"]))
        row.by = next((number for number, other in enumerate(self.rows) if other.pid == thread.process), None)
        row.up, row.ended = self._since(fact["at"]), self._since(end) if end else None
        return row

    def _pool_of(self, fact):
        """Return the name of the pool that a worker was started for."""
        pools = [pool for pool in self.notes.of("pool") if pool["process"] == fact["process"]]
        pools = [pool for pool in pools if not pool["kind"].startswith("Thread")]
        before = [pool for pool in pools if pool["at"] <= fact["began"]]
        after = pools[len(before) :]
        made_now = fact["target"] == "worker" and after and fact["thread"] == after[0]["thread"]
        pool = after[0] if made_now else before[-1] if before else None
        return f"{pool['kind']} {pool['pool']}" if pool else "a pool"

    def row_of(self, pid):
        """Return the place of a process's row, or None."""
        return self._places.get((pid, "process"))

    def row_of_thread(self, thread):
        """Return the place of a thread's own row, or else of its process's row, or None."""
        return self._of_thread.get(id(thread), self.row_of(thread.process))

    def ended_well(self, pid):
        """Return whether a process ended by itself, without an error."""
        return self._facts["ended"].get(pid, {}).get("exit_code") == 0

    # --- What each did ---

    def _end_of(self, row):
        """Return when a row ends, on the clock."""
        return self.ran.launched + (self.ran.seconds if row.ended is None else row.ended)

    def _spans(self, row, thread):
        """Return the `Span`s of a row."""
        records = thread.records if thread else []
        calls = outermost([record for record in records if record.kind in (CALL, INITIALIZER)])
        waits = [record for record in records if record.kind == WAIT and not self._is_hand_over(record)]
        if row.kind == "process" and row.target and calls and row.target != "the script":
            row.up = self._since(calls[0].began)  # from here on it runs its own code
        elif row.pool and row.kind == "process" and (own := [*calls[:1], *waits[:1]]):
            row.up = self._since(min(record.began for record in own))  # it runs its initializer, or asks for a task
        spans = [Span("start-up", row.asked, self._since(self._end_of(row)) if row.up is None else row.up)]
        spans[0].open = row.up is None
        whole = [self._whole(row)] if row.target == "the script" and row.up is not None else []
        pieces = pieces_of([*whole, *calls, *waits])
        spans += [self._span(row, thread, *piece) for piece in pieces]
        if row.kind == "process" and row.ended is not None and (end := self._facts["end"].get(row.pid)):
            spans = tidied_up(spans, self._since(end["at"]), row.ended)
        return [span for span in spans if span.ended > span.began]

    def _is_hand_over(self, wait):
        """Return whether a pool's worker waited until its result was sent: too short to be worth showing."""
        return wait.what == "send" and wait.ended < AT_END and self.channels.is_of_pool(wait.whom)

    def _whole(self, row):
        """Return what the script's own process did as a record."""
        began, ended = self._facts["python"][row.pid], self._facts["end"].get(row.pid, NOTHING)
        end = AT_END if row.ended is None else ended.get("at", self._end_of(row))
        return Whole(row.target, began["at"], end, began["computed"], ended["computed"])

    def _span(self, row, thread, record, began, ended, computed, computed_then):
        end = min(ended, self._end_of(row))
        known = computed is not None and computed_then is not None and ended < AT_END
        seconds = computed_then - computed if known else self._look.computed_since(row.pid, computed, self.notes)
        span = Span(
            "waiting" if record.kind == WAIT else "running",
            self._since(began),
            self._since(end),
            self.what_for(record, thread) if record.kind == WAIT else record.what,
            None if seconds is None else max(0.0, min(seconds, end - began)),
            record.count,
            record.line or None,
            ended > end,  # it still went on when the process was killed, or never ended at all
        )
        return span

    # --- In words ---

    def what_for(self, record, thread):
        """Return what a wait is for, to follow "waits for"."""
        kind, _, rest = record.what.partition(" ")
        if record.what == "join":
            row = self.row_of(record.whom)
            return f"{self.rows[row].name if row is not None else 'a process'} to end"
        if kind == "thread" and rest not in ("lock", "queue get", "queue put"):
            return f"{rest} to end"
        if record.what in ("get", "recv"):
            return f"a message from {self.channels.name(record.whom)}"
        if record.what in ("put", "send", "drain"):
            name = self.channels.name(record.whom)
            if record.ended == AT_END:
                return f"someone to receive what is in {name}"
            return f"what it put into {name} to be sent" if record.what == "drain" else f"room in {name}"
        if record.what in LOCKS:
            holder = self.holder(record, thread)
            return self.lock_name(record) + (f", which {holder} holds" if holder else "")
        if kind == "result" and rest.startswith("pool."):
            return f"the result of {rest}"
        if record.what == "sleep":
            return f"{max(0.0, record.until - record.began):,.4g} s to pass"
        return WAITED_FOR.get(record.what, record.what)

    def lock_name(self, record):
        """Return a lock's name. Locks are numbered in the order in which they were first used."""
        numbers = self._locks[kind_of_lock(record)]
        name = kind_of_lock(record)
        return f"the {name}" if len(numbers) == 1 else f"{name} {numbers[record.whom]}"

    @cached_property
    def _locks(self):
        """Kind → lock → its number, counted from 1."""
        records = [record for thread in self.notes.threads for record in thread.records if record.what in LOCKS]
        numbers = defaultdict(dict)
        for record in sorted(records, key=lambda record: record.began):
            of_kind = numbers[kind_of_lock(record)]
            of_kind.setdefault(record.whom, len(of_kind) + 1)
        return numbers

    @cached_property
    def _holds(self):
        """Lock → (began, ended, thread) for each time that a thread held it, in order of time."""
        holds = defaultdict(list)
        for thread in self.notes.threads:
            for record in thread.records:
                if record.kind == HOLD:
                    holds[record.whom].append((record.began, record.ended, thread))
        return {lock: sorted(times, key=lambda time: time[:2]) for lock, times in holds.items()}

    def holder(self, wait, thread):
        """Return the name of the process or thread that holds a lock, or "" if unknown."""
        holding = self.holding(wait, thread)
        row = self.row_of_thread(holding) if holding else None
        return "" if row is None else self.rows[row].name

    def holding(self, wait, thread):
        """Return the `Thread` that held the lock when another began to wait for it, or None.

        For a lock of threads, it looks in the same process; for a forked copy of one, in the parent at the fork.
        """
        if wait.what != "thread lock":
            return self._holder_of(wait.whom, wait.began, wait.began, lambda other: other is not thread)
        own = self._holder_of(wait.whom, wait.began, wait.began, lambda other: other.process == thread.process)
        fork = next((fact["began"] for fact in self.notes.of("started") if fact["child"] == thread.process), None)
        if own or fork is None:
            return own
        up = self._facts["began"].get(thread.process, {"at": fork})["at"]
        return self._holder_of(wait.whom, fork, up, lambda other: other.process != thread.process)

    def _holder_of(self, lock, since, until, may):
        """Return a `Thread` that held a lock at some moment between these two and for which `may` is true, or None."""
        times = self._holds.get(lock, [])
        end = bisect_right(times, until, key=lambda time: time[0])
        for _, ended, thread in reversed(times[max(0, end - MOST_HOLDERS) : end]):
            if since < ended and may(thread):
                return thread
        return None

    # --- Between rows ---

    def messages(self):
        """Return the `Message`s. On each channel, they are received in the order in which they are sent."""
        sent, received = defaultdict(list), defaultdict(list)
        for thread in self.notes.threads:
            for record in thread.records:
                if record.kind == SENT:
                    sent[record.whom].append((record.began, self.row_of_thread(thread), record))
                elif record.kind == RECEIVED:
                    received[self.channels.other_end(record.whom)].append((record.ended, self.row_of_thread(thread)))
        messages = []
        for channel, those in sent.items():
            if name := self.channels.public_name(channel):
                ends = sorted(received[channel], key=lambda end: end[0])
                for number, (at, sender, record) in enumerate(sorted(those, key=lambda sending: sending[0])):
                    got, receiver = ends[number] if number < len(ends) else (None, None)
                    got = None if got is None else self._since(got)
                    is_end = receiver in (None, sender) or record.size <= NO_MORE  # of a pool's work
                    if sender is not None and not (is_end and self.channels.is_of_pool(channel)):
                        messages.append(Message(sender, receiver, self._since(at), got, record.size, name))
        return sorted(messages, key=lambda message: message.sent)

    def marks(self):
        """Return the `Mark`s in order of time."""
        marks = [
            Mark("starts", row.asked, row.by, other=number)
            for number, row in enumerate(self.rows)
            if row.by is not None
        ]
        ends = self._facts["end"].get(self.ran.pid)
        for fact in self.notes.of("joined"):
            row, other = self.row_of(fact["process"]), self.row_of(fact["child"])
            at_exit = ends and fact["at"] > ends["at"]  # multiprocessing joins all processes at exit
            if None not in (row, other) and not self.rows[other].pool and not at_exit:
                marks.append(Mark("joined", self._since(fact["at"]), row, other=other))
        for fact in self.notes.of("ends"):
            row, other = self.row_of(fact["process"]), self.row_of(fact["child"])
            if None not in (row, other) and not self.rows[other].pool:
                marks.append(Mark(f"{fact['how']}s", self._since(fact["at"]), row, other=other))
        return sorted([*marks, *self._printed()], key=lambda mark: mark.at)

    def _printed(self):
        """Return a `Mark` for each line that was printed. A line may have been written in pieces."""
        begun = {}  # (process, thread) → (when, text) of a line that has not ended yet
        marks = []
        for fact in self.notes.of("printed"):
            writer = fact["process"], fact["thread"]
            at, text = begun.pop(writer, (fact["at"], ""))
            *lines, rest = (text + fact["text"]).split("\n")
            marks += [(at, writer, line) for line in lines]
            if rest:
                begun[writer] = (at, rest)
        marks += [(at, writer, rest) for writer, (at, rest) in begun.items()]
        threads = {(thread.process, thread.thread): thread for thread in self.notes.threads}
        found = []
        for at, writer, text in marks:
            row = self.row_of_thread(threads[writer]) if writer in threads else self.row_of(writer[0])
            if row is not None:
                found.append(Mark("prints", self._since(at), row, text))
        return found

    def unseen(self):
        """Return sentences about what could not be seen."""
        told = [
            f"Not everything could be seen, since this Python lacks something: {fact['why']}."
            for fact in self.notes.of("blind")
        ]
        full = [*self.notes.of("full"), *(fact for fact in self.notes.of("printed") if fact.get("left_out"))]
        if full or any(thread.full for thread in self.notes.threads):
            told.append("Too much happened to record all of it.")
        if forked := len(self.notes.of("forked")):
            told.append(f"Not shown: {counted(forked, 'process', 'processes')} started by os.fork().")
        return sorted(set(told))


def kind_of_lock(record):
    return "lock" if record.what in ("Lock", "RLock", "thread lock") else record.what.lower()


class Whole:
    """What the script's own process did, as if it were a call of a function."""

    kind, count, line = CALL, 1, 0

    def __init__(self, what, began, ended, computed, computed_then):
        self.what, self.began, self.ended, self.computed, self.computed_then = (
            what,
            began,
            ended,
            computed,
            computed_then,
        )


LOCKS = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "thread lock"}
WAITED_FOR = {
    "task": "a task",
    "result get": "a result of the pool",
    "result imap": "the next result of the pool",
    "result future": "a result of the executor",
    "pool end": "the workers of the pool to end",
    "condition": "a condition",
    "event": "an event",
    "event lock": "an event's lock",
    "woken": "the waiters that it wakes up",
    "barrier": "the others at a barrier",
    "manager": "the manager's answer",
    "selector": "a socket, a file or a timer",
    "several": "one of several pipes or processes",
    "queue join": "all tasks in the queue to be done",
    "thread queue get": "something from a queue.Queue",
    "thread queue put": "room in a queue.Queue",
}


def tidied_up(spans, since, until):
    """Return the spans, plus "shut-down" spans for all the time between two moments in which the process didn't wait.

    since, until  when Python began to clean up, and when it had ended
    """
    waits = [span for span in spans if span.kind == "waiting" and span.began >= since]
    begins, ends = [since, *(span.ended for span in waits)], [*(span.began for span in waits), until]
    more = [Span("shut-down", began, ended) for began, ended in zip(begins, ends)]
    return sorted([*spans, *more], key=lambda span: span.began)


def outermost(records):
    """Return the records that are not inside another one. All are of one thread."""
    found = []
    for record in records:
        if not found or found[-1].ended <= record.began:
            found.append(record)
    return found


def pieces_of(records):
    """Return the pieces of a thread's time: (record, began, ended, processor time then, processor time at its end).

    Where records are nested, each moment belongs to the innermost one.
    """
    pieces, around = [], []  # around: [record, when it became the innermost, processor time then], innermost last

    def close(until):
        while around and around[-1][0].ended <= until:
            record, since, computed = around.pop()
            pieces.append((record, since, record.ended, computed, record.computed_then))
            if around:
                around[-1][1:] = record.ended, record.computed_then

    for record in sorted(records, key=lambda record: (record.began, -record.ended)):
        close(record.began)
        if around:
            outer, since, computed = around[-1]
            pieces.append((outer, since, record.began, computed, record.computed))
        around.append([record, record.began, record.computed])
    close(AT_END)
    return sorted(pieces, key=lambda piece: piece[1])
