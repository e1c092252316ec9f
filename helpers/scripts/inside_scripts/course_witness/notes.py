"""Write notes: facts, which are rare, and records, which are many. What a killed process noted is kept.

A fact is one line, the repr of a dict. Each thread writes to a file of its own, so none waits for another.

A record is something that a thread ran, waited for, held, sent or received. It has a fixed size, in a file that is
mapped into memory. So it costs a microsecond, and what has not ended is known too: the end is written in place.
"""

import _signal
import faulthandler
import itertools
import mmap
import os
import struct
from _thread import _local, get_ident
from time import perf_counter, thread_time

# a script that loops forever must not fill the disk, or produce notes that take long to read
MOST_NOTED = 2_000_000  # bytes of all facts of a script: beyond that, what is printed is no longer noted
MOST_NOTED_OF_ALL = 2 * MOST_NOTED  # bytes: beyond that, no fact is noted
MEASURE_EVERY = 100  # facts of one process

# kind, unused, what (the number of its name), how many, began, ended (0: not yet), processor time at its beginning and
# at its end, until; whom or what it concerns, its size, the line of the script
RECORD = struct.Struct("<BBHI5d3Q")
SIZE = RECORD.size
CALL, WAIT, HOLD, SENT, RECEIVED, INITIALIZER = 1, 2, 3, 4, 5, 6
COUNT_AT, BEGAN_AT, ENDED_AT, COMPUTED_AT = 4, 8, 16, 32  # offsets in a record
MOMENT, COUNT = struct.Struct("<d"), struct.Struct("<I")
MOST_RECORDS = 2**17 * SIZE  # bytes for one thread
LAST_PLACE = MOST_RECORDS - SIZE
RESERVE = 512 * SIZE  # bytes at a time
SHORT_WAIT = 0.0005  # seconds: shorter waits are not worth a record
STALE = 0.0005  # seconds: reading the processor time costs more than the rest of a record, so it isn't read as often
UNREAD = float("nan")  # a processor time that was not read: whoever reads the notes works it out from those around it
SHORT_CALL = 0.001  # seconds: shorter calls from the same chunk of tasks share a record
LONG_SHARE = 0.01  # seconds: a shared record covers no more, so that it still shows when tasks ran

settings = {}
_facts = itertools.count()
_noted = 0  # bytes of all processes' facts, when last measured
_told = False  # whether it was noted that there is no more room
_files = itertools.count(1)  # numbers for this process's files of records
_names = {}  # name → number
files_of_script = {}  # file → the number of its name, or False if it is not one of the script's
_numbers = itertools.count(1)
_pid = os.getpid()
_own = _local()  # holds this thread's `Records`


def note(what, **facts):
    """Note a fact: what happened, when, and in which process and thread."""
    global _noted, _told
    try:
        if next(_facts) % MEASURE_EVERY == 0:
            with os.scandir(settings["folder"]) as files:
                _noted = sum(file.stat().st_size for file in files if not file.name.startswith("records"))
        if _noted > (MOST_NOTED if what == "printed" else MOST_NOTED_OF_ALL):
            if _told:
                return
            what, facts, _told = "full", {}, True
        who = os.getpid(), get_ident()
        line = repr({"what": what, "process": who[0], "thread": who[1], "at": perf_counter(), **facts})
        with open("{}/facts-{}-{}".format(settings["folder"], *who), "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(line + "\n")
    except (OSError, NameError, TypeError):  # the folder is gone or, while the interpreter shuts down, names used here
        pass


class Unharmed:
    """A block of code that watches the script: an error in it is noted, and the script continues."""

    def __enter__(self):
        pass

    def __exit__(self, kind, error, traceback):
        if isinstance(error, Exception):
            blind(error)
        return isinstance(error, Exception)


unharmed = Unharmed()


def blind(error):
    """Note that the witness itself failed."""
    note("blind", why=f"{type(error).__name__}: {error}")


class Records:
    """The records of one thread.

    pid    the PID of its process: a forked child inherits its parent's object, and must not write to it
    quiet  whether waits are not noted now, because they are inside another wait or the thread is plumbing
    """

    def __init__(self):
        self.pid, self.quiet = _pid, False
        self._path, self._map = None, None  # made for the first record: threads of plumbing often have none
        self._tail, self._reserved = 0, 0
        self._stamped = 0.0  # when its processor time was last read
        # the shared record of short calls: its place, function, when it began and its last call ended, how many calls
        self._shared, self._shares, self._shared_since, self._shared_until, self._count = None, "", 0.0, 0.0, 0
        self._chunk = 0  # how many tasks are in the chunk that a pool's worker took; 0 outside of pools
        self._new_chunk = False  # whether none of them has begun

    def begin(self, kind, what, whom=0, seconds=None, line=0, size=0):
        """Note that something begins. Return the place of its record and when it began.

        seconds  the longest that it may take, or None
        """
        place, began = self._place(), perf_counter()
        computed = self._processor_time(began)
        name, until = _names.get(what) or number_of(what), 0.0 if seconds is None else began + seconds
        RECORD.pack_into(self._map, place, kind, 0, name, 1, began, 0.0, computed, 0.0, until, whom, size, line)
        return place, began

    def end(self, place):
        """Note that what began at this place has ended."""
        self._stamped = perf_counter()
        MOMENT.pack_into(self._map, place + ENDED_AT, self._stamped)
        MOMENT.pack_into(self._map, place + COMPUTED_AT, thread_time())

    def end_wait(self, place, began):
        """Note the end of a wait. A short one is dropped, but the message that it brought is kept."""
        inside = self._tail - place - SIZE
        if perf_counter() - began >= SHORT_WAIT or inside > SIZE:
            self.end(place)
            return
        if inside > 0:
            self._map[place : self._tail - inside] = self._map[place + inside : self._tail]
            place += inside
        if began == self._stamped:  # the processor time that was read is dropped as well, so the next record reads it
            self._stamped = 0.0
        self._map[place] = 0
        self._tail = place

    def moment(self, kind, whom=0, size=0):
        """Note something that happens at this moment."""
        # this is `_place`, written out: each task of a pool brings four messages
        if self._shared is not None:
            self._close_shared()
        place = self._tail
        if place >= self._reserved:
            self._reserve()
        if place < LAST_PLACE:
            self._tail = place + SIZE
        now = perf_counter()
        RECORD.pack_into(self._map, place, kind, 0, 0, 1, now, now, 0.0, 0.0, 0.0, whom, size, 0)

    # --- Calls. Short ones from one chunk of tasks share a record ---

    def begin_chunk(self, size):
        """Note that a pool's worker takes a chunk of `size` tasks. The record of the first call will have the size."""
        self._close_shared()
        self._chunk, self._new_chunk = size, True

    def begin_call(self, name):
        """Note that a call begins. Return the place of its record and when it began."""
        if self._shared is not None and self._shares == name:
            self._count += 1
            COUNT.pack_into(self._map, self._shared + COUNT_AT, self._count)
            return self._shared, perf_counter()
        place, began = self.begin(CALL, name, size=self._chunk if self._new_chunk else 0)
        self._count, self._shared_since, self._new_chunk = 1, began, False
        return place, began

    def end_call(self, place, began, name):
        """Note the end of a call. The record of a short one stays open for the next call."""
        now = perf_counter()
        alone = self._tail == place + SIZE  # nothing inside has a record of its own
        if self._chunk and alone and now - began < SHORT_CALL and now - self._shared_since < LONG_SHARE:
            self._shared, self._shares, self._shared_until = place, name, now
            return
        if place == self._shared:
            self._shared_until = began
            if alone:
                place = self._take_out(name, began)
            self._shared = None
        self.end(place)

    def _take_out(self, name, began):
        """Move a call that turned out long from the shared record to one of its own. Return its place."""
        COUNT.pack_into(self._map, self._shared + COUNT_AT, self._count - 1)
        self._close_shared()
        place, _ = self.begin(CALL, name)
        MOMENT.pack_into(self._map, place + BEGAN_AT, began)
        return place

    def _close_shared(self):
        """Close the shared record of short calls, if there is one, at the moment when the last one ended."""
        place, self._shared = self._shared, None
        if place is not None:
            MOMENT.pack_into(self._map, place + ENDED_AT, self._shared_until)
            MOMENT.pack_into(self._map, place + COMPUTED_AT, self._processor_time(perf_counter()))

    def _processor_time(self, now):
        """Return this thread's processor time, or UNREAD if it was read a moment ago."""
        if now - self._stamped <= STALE:
            return UNREAD
        self._stamped = now
        return thread_time()

    def _place(self):
        """Return the place for the next record. Once all places are taken, the last one is overwritten."""
        if self._shared is not None:
            self._close_shared()
        place = self._tail
        if place >= self._reserved:
            self._reserve()
        if place < LAST_PLACE:
            self._tail = place + SIZE
        return place

    def _reserve(self):
        """Reserve disk space for more records: on a full disk, a write to the mapped memory would kill the process."""
        if self._map is None:
            self._make_file()
        if self._reserved < MOST_RECORDS and hasattr(os, "posix_fallocate"):
            with open(self._path, "r+b") as file:  # noqa: PTH123
                os.posix_fallocate(file.fileno(), self._reserved, min(RESERVE, MOST_RECORDS - self._reserved))
        self._reserved += RESERVE

    def _make_file(self):
        name = f"records-{self.pid}-{next(_files)}"
        self._path = "{}/{}".format(settings["folder"], name)
        with open(self._path, "w+b") as file:  # noqa: PTH123
            file.truncate(MOST_RECORDS)  # it takes no disk space until something is written
            self._map = mmap.mmap(file.fileno(), MOST_RECORDS)
        if hasattr(self._map, "madvise"):
            self._map.madvise(mmap.MADV_RANDOM)  # or the first touch of a page would read many more, all zeros
        note("records", file=name)


def mine():
    """Return the `Records` of this thread."""
    try:
        return _own.records
    except AttributeError:
        _own.records = Records()
        return _own.records


def quiet():
    """Return whether this thread's waits are not noted now."""
    found = getattr(_own, "records", None)
    return found is not None and found.quiet


def number_of(name):
    """Return the number for a name in this process's records."""
    number = _names.get(name)
    if number is None:
        number = _names[name] = next(_numbers)
        note("name", number=number, name=name)
    return number


def begin():
    """Begin to note what this process does. Called once for each process, forked children included."""
    global _pid, _own
    _pid, _own = os.getpid(), _local()  # a child must not write to what it inherited
    _names.clear()
    files_of_script.clear()
    with unharmed:
        answer_with_stacks()


# --- Where it is ---

STACKS_SIGNAL = getattr(_signal, "SIGRTMAX", getattr(_signal, "SIGUSR2", None))  # one that hardly any script uses
OUT_OF_THE_WAY = 200  # the script's own files keep the descriptors that they would have


def is_first_of_child(file, function):
    """Return whether a child's own frames begin with this function of that file. A forked child has its parent's below.

    Pythons after 3.11 clean up outside `_bootstrap`. Only a forked child runs that `_launch`.
    """
    return function == "_bootstrap" or (function == "_launch" and file.endswith("popen_fork.py"))


def answer_with_stacks():
    """Make this process write the stacks of all its threads when STACKS_SIGNAL comes, even while it is stuck."""
    if hasattr(faulthandler, "register"):  # not on Windows
        file = os.open("{}/stacks-{}".format(settings["folder"], _pid), os.O_WRONLY | os.O_CREAT, 0o600)
        faulthandler.register(STACKS_SIGNAL, file=out_of_the_way(file), all_threads=True)


def out_of_the_way(file):
    """Return a copy of the file descriptor with a high number, and close the original, if such a number is allowed."""
    import fcntl

    try:
        copy = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)
    except OSError:  # no number that high is allowed here
        return file
    os.close(file)
    return copy
