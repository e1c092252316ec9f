"""A learner's attempt at an exercise: run the script with a witness, then ask what happened."""

import signal
import tempfile
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.util import decode_source
from pathlib import Path
from time import perf_counter

import psutil

from helpers.running.families import group, own_pid
from helpers.scripts.capture import MOST_ON_DISK, MOST_OUTPUT, PYTHON, Onlooker, capture_script
from helpers.scripts.channels import Channels
from helpers.scripts.notes import AT_END, CALL, RECEIVED, SENT, open_waits, read_facts, read_notes

TIME_LIMIT = 20.0  # seconds
IDLE_LIMIT = 3.0  # seconds in which no process computes or sleeps: then all of them are waiting forever
LOOK_EVERY = 0.5  # seconds
MOST_DEATHS = 20  # processes that end with an error
MOST_ALIVE = 100  # processes at once: a loop that never stops starting them would bring the machine down
BUSY_FOR = 2.0  # seconds: a process that has computed for a good part of the last ones is busy
SHORT = 1.0  # seconds: managers and others wait this long, look around, and wait again, forever
BUSY_SHARE = 0.1  # of those seconds, since other processes may want the core too


@dataclass
class ProcessTrace:
    """What is known of a process that the script started with multiprocessing.

    pid           its PID
    name          its name, such as "Process-1"
    target        the name of the function that it was given, or None
    runs          whether it was given anything to run
    of_pool       whether it is a pool's worker
    daemon        whether it is daemonic
    start_method  "fork", "spawn" or "forkserver"
    starting      when start() was called, in seconds on the clock that all processes of a machine share
    ended         when it ended by itself, or None
    exit_code     0 if all went well; None if unknown
    joined        when its parent's join() had seen it end, or None
    """

    pid: int
    name: str
    target: str | None
    runs: bool
    of_pool: bool
    daemon: bool
    start_method: str
    starting: float
    ended: float | None = None
    exit_code: int | None = None
    joined: float | None = None


@dataclass
class PoolTrace:
    """What is known of a pool or an executor that the script made.

    kind     "Pool", "ThreadPool", "ProcessPoolExecutor" or "ThreadPoolExecutor"
    size     how many workers it has
    methods  the names of its methods that were called, in order, such as ["map", "terminate"]
    used     when each of those methods was called
    """

    kind: str
    size: int
    methods: list[str] = field(default_factory=list)
    used: list[float] = field(default_factory=list)

    @property
    def of_threads(self):
        return self.kind.startswith("Thread")

    @property
    def ended(self):
        """Whether the script ended it properly, as a with block does."""
        return any(ways <= set(self.methods) for ways in ({"terminate"}, {"shutdown"}, {"close", "join"}))


@dataclass(frozen=True)
class Call:
    """A call of a function that was given to a process, a thread or a pool, or of a worker from helpers.workers."""

    function: str
    process: int
    thread: int
    began: float
    ended: float


class Attempt:
    """A learner's script and what it did.

    source           the script's text
    output, lines    what it printed, as text and line by line
    timed_out        whether it was stopped, after TIME_LIMIT or because it was hopeless
    crowded          whether it was stopped with more processes than MOST_ALIVE
    printed          how many bytes it printed; `output` has the first MOST_OUTPUT of them
    flooded          whether it printed more than MOST_ON_DISK, or more than MOST_OUTPUT before it was stopped
    asleep           whether it was stopped during a wait that would have ended by itself, such as time.sleep
    blind            why the witness could not see everything that the script did, or None if it saw it all
    exit_code        0 if all went well
    processes        a `ProcessTrace` for each process that it started itself
    pools            a `PoolTrace` for each pool that it made, of processes or of threads
    senders          for each message through a pipe or a queue, the PID of the process that sent it
    received         when the script's own process received each message, through a pipe or a queue that it made
    chunks           how many tasks were in each chunk that a pool's worker took
    left_alive       how many processes were still running when the script reached its end
    largest_message  the bytes of the largest message that went through a pipe or a queue
    """

    def __init__(self, path, start_method=None, python=PYTHON):
        """Run the script at `path`.

        start_method  its default, if one is given (it may choose another)
        python        the command that runs it, as `capture_script` takes it
        """
        self.path = path
        self.source = decode_source(path.read_bytes())
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            # what is logged while Dask ends, by itself and by asyncio for it, is no error of theirs
            settings = {"DASK_LOGGING__DISTRIBUTED": "critical", "DASK_LOGGING__ASYNCIO": "critical"}
            if start_method:
                settings["COURSE_START_METHOD"] = start_method
            hopeless = Hopeless(Path(folder))
            ran = capture_script(path, TIME_LIMIT, hopeless, python=python, COURSE_WITNESS=folder, **settings)
            self._notes = read_notes(Path(folder))
        self.output, self.exit_code, self.timed_out = ran.output, ran.exit_code, ran.timed_out
        self.lines = ran.output.splitlines()
        self.printed = ran.printed
        self.flooded = ran.printed > (MOST_OUTPUT if ran.timed_out else MOST_ON_DISK)
        self.crowded, self.asleep = ran.timed_out and hopeless.crowded, ran.timed_out and hopeless.asleep
        self._busy = hopeless.busy if ran.timed_out else set()
        first = self._notes.facts[0] if self._notes.facts else {"process": None, "thread": None}  # the script's own
        self._main, self._main_thread = first["process"], (first["process"], first["thread"])
        self.blind = next((fact["why"] for fact in self._notes.of("blind")), None)
        self._all_processes = self._read_processes()
        self.processes = [process for process in self._all_processes if not process.of_pool]
        self.pools = self._read_pools()
        sent = sorted((record.began, thread.process, record.size) for thread, record in self._records(SENT))
        self.senders = [process for _, process, _ in sent]
        self.received = self._read_received()
        self.chunks = [record.size for _, record in self._records(CALL) if record.size]
        self.left_alive = sum(len(end["alive"]) for end in self._notes.of("end") if end["process"] == self._main)
        self.largest_message = max((size for _, _, size in sent), default=0)

    # --- Questions to ask ---

    def calls(self, function=None):
        """Return the `Call`s of the function of that name, or of all functions, in the order in which they ended."""
        calls = [
            Call(record.what, thread.process, thread.thread, began, ended)
            for thread, record in self._records(CALL)
            if record.ended < AT_END and function in (None, record.what)
            for began, ended in shares(record)
        ]
        return sorted(calls, key=lambda call: call.ended)

    def calls_in_children(self, function=None):
        """Return the `Call`s that did not run in the script's own process."""
        return [call for call in self.calls(function) if call.process != self._main]

    def calls_in_parent(self, function=None):
        """Return the `Call`s that ran in the script's own process, in any thread."""
        return [call for call in self.calls(function) if call.process == self._main]

    def sent_by_children(self):
        """Return how many messages were sent by processes that the script started."""
        children = {process.pid for process in self._all_processes}  # not the fork server, which sends too
        return sum(sender in children for sender in self.senders)

    @property
    def workers_replaced(self):
        """Whether pools started more workers than their size: then workers died and were replaced."""
        return len(self._all_processes) - len(self.processes) > sum(pool.size for pool in self.process_pools)

    @property
    def parent_is_busy(self):
        """Whether the script's own process was computing all the time when the script was stopped."""
        return self._main in self._busy

    @property
    def busy_processes(self):
        """The names of the processes, pool workers included, that were computing when the script was stopped."""
        return [process.name for process in self._all_processes if process.pid in self._busy]

    @property
    def waits_for_locks(self):
        """How many processes were waiting for a lock when the script was stopped."""
        waits = {thread.process: thread.waits for thread in self._notes.threads if thread.waits}
        return sum(wait.what in ("Lock", "RLock") for wait in waits.values()) if self.timed_out else 0

    @property
    def forks(self):
        """Whether any process was started with fork."""
        return any(process.start_method == "fork" for process in self._all_processes)

    @property
    def process_pools(self):
        """The pools whose workers are processes."""
        return [pool for pool in self.pools if not pool.of_threads]

    @property
    def lines_of_children(self):
        """The lines that processes other than the script's own printed."""
        printed = {}
        for note in self._notes.of("printed"):
            if note["process"] != self._main:
                writer = note["process"], note["thread"]
                printed[writer] = printed.get(writer, "") + note["text"]
        return [line for text in printed.values() for line in text.splitlines()]

    def printed_by_parent(self, text):
        """Return when the script's own process had first printed all of the text, or None if it never did.

        A single print() may write it in pieces.
        """
        before = {}  # thread → the end of what it printed
        for note in self._notes.of("printed"):
            if note["process"] == self._main:
                printed = before.get(note["thread"], "") + note["text"]
                if text in printed:
                    return note["at"]
                before[note["thread"]] = printed[-len(text) :]
        return None

    @property
    def one_by_one(self):
        """Whether each piece of work was handed over only after all earlier ones were done, so that only one ever ran.

        A process is handed over by start(), a task by a pool's method.
        """
        own = {process.pid for process in self.processes}
        handed = [process.starting for process in self.processes if process.ended]
        handed += [used for pool in self.pools for used, method in zip(pool.used, pool.methods) if method in HAND_OVER]
        done = [process.ended for process in self.processes if process.ended]
        calls = [call for call in self.calls() if (call.process, call.thread) != self._main_thread]
        done += [call.ended for call in outermost(calls) if call.process not in own]
        return 1 < len(handed) == len(done) and took_turns(handed, done)

    @property
    def joined_first(self):
        """Whether it joined a process before it took a message for that one and for each joined before.

        Such a join never returns if the message is too large for the pipe or the queue.
        """
        joined = sorted(process.joined for process in self.processes if process.joined)
        return any(returned < taken for returned, taken in zip(joined, self.received))

    def overlapped(self, function):
        """Return whether two calls of the function of that name ran at the same time, in any process or thread."""
        calls = sorted(self.calls(function), key=lambda call: call.began)
        return any(later.began < earlier.ended for earlier, later in zip(calls, calls[1:]))

    # --- What the witness wrote ---

    def _records(self, kind):
        """Return (thread, record) for each record of that kind."""
        return [(thread, record) for thread in self._notes.threads for record in thread.records if record.kind == kind]

    def _read_received(self):
        """Return when the script's own process received each message, without those of pools and the fork server."""
        channels = Channels(self._notes)
        return sorted(
            record.began
            for thread, record in self._records(RECEIVED)
            if thread.process == self._main
            and not channels.is_of_pool(record.whom)
            and channels.public_name(record.whom)
        )

    def _read_processes(self):
        """Return the `ProcessTrace`s, pool workers included, in the order in which they were started."""
        processes = {}
        for note in self._notes.of("started"):
            facts = [note[name] for name in ("name", "target", "runs", "of_pool", "daemon", "start_method", "began")]
            processes[note["child"]] = ProcessTrace(note["child"], *facts)
        for note in self._notes.of("ended"):
            if process := processes.get(note["process"]):
                process.ended, process.exit_code = note["at"], note["exit_code"]
        ends = [note["at"] for note in self._notes.of("end") if note["process"] == self._main]
        for note in self._notes.of("joined"):
            if ends and note["at"] > ends[0]:  # at exit multiprocessing joins all processes
                break
            if process := processes.get(note["child"]):
                process.joined, process.exit_code = process.joined or note["at"], note["exit_code"]
        return list(processes.values())

    def _read_pools(self):
        """Return the `PoolTrace`s in the order in which they were made."""
        pools = {}
        for note in self._notes.of("pool"):
            pools[note["process"], note["pool"]] = PoolTrace(note["kind"], note["size"])
        for note in self._notes.of("used"):
            if pool := pools.get((note["process"], note["pool"])):  # not in a forked child: the pool is its parent's
                pool.methods.append(note["method"])
                pool.used.append(note["at"])
        return list(pools.values())


def shares(record):
    """Return (began, ended) for each call that a record covers: very short calls, one after the other."""
    each = (record.ended - record.began) / record.count
    return [(record.began + number * each, record.began + (number + 1) * each) for number in range(record.count)]


def outermost(calls):
    """Return the `Call`s without those that ran inside another one."""
    of_threads = defaultdict(list)
    for call in sorted(calls, key=lambda call: (call.began, -call.ended)):
        outer = of_threads[call.process, call.thread]
        if not outer or outer[-1].ended <= call.began:  # a thread's calls are nested or follow each other
            outer.append(call)
    return [call for calls in of_threads.values() for call in calls]


def took_turns(handed, done):
    """Return whether each piece of work was handed over only after all earlier ones were done.

    handed, done  when the pieces were handed over and when they were done, in any order
    """
    done = sorted(done)
    return all(bisect_left(done, moment) >= earlier for earlier, moment in enumerate(sorted(handed)))


HAND_OVER = {"apply_async", "map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered", "submit"}


class Hopeless(Onlooker):
    """Decides whether to stop a running script: all its processes wait, too many of them die, or there are too many.

    notes  the folder that its witness writes to

    As of the last look:
    crowded  whether there were more processes than MOST_ALIVE
    asleep   whether a process was in a wait that ends by itself
    busy     the PIDs of the processes that were computing all the time
    """

    def __init__(self, notes):
        self.notes = notes
        self.crowded, self.asleep, self.busy = False, False, set()
        self._looks = []  # (when, `activity` then)
        self._idle_since = perf_counter()

    def gives_up(self, pid):
        """Return whether to stop the script with that PID."""
        now = perf_counter()
        if self._looks and now - self._looks[-1][0] < LOOK_EVERY:
            return False
        computed = activity(pid)
        self.asleep = any(
            wait.until > (now if wait.what == "sleep" else max(now, wait.began + SHORT))
            for wait in open_waits(self.notes)
        )
        if self.asleep or not self._looks or rounded(computed) != rounded(self._looks[-1][1]):
            self._idle_since = now
        self._looks.append((now, computed))
        self.busy = self._busy()
        self.crowded = len(computed) > MOST_ALIVE
        return self.crowded or now - self._idle_since > IDLE_LIMIT or self.deaths() > MOST_DEATHS

    def _busy(self):
        """Return the PIDs of the processes that computed for a good part of the last seconds."""
        now, computed = self._looks[-1]
        then, before = next(look for look in self._looks if look[0] > now - BUSY_FOR)
        return {
            pid
            for pid, seconds in computed.items()
            if pid in before and seconds - before[pid] > BUSY_SHARE * (now - then)
        }

    def deaths(self):
        """Return how many processes have ended with an error."""
        fine = 0, -signal.SIGTERM  # a pool ends its workers with the latter
        return sum(note["exit_code"] not in fine for note in read_facts(self.notes, "joined"))


def activity(pid):
    """Return PID → seconds of processor time, for a script and each process that it started.

    The PIDs are those that the processes themselves know.
    """
    computed = {}
    for process in group(pid):
        try:
            times = process.cpu_times()
        except psutil.Error:  # it has ended, or belongs to another user
            continue
        computed[own_pid(process.pid)] = times.user + times.system
    return computed


def rounded(computed):
    """Return an `activity` rounded to tenths of a second: even a waiting process computes a little now and then."""
    return {pid: round(seconds, 1) for pid, seconds in computed.items()}
