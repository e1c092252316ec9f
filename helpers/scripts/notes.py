"""Read what the witness noted inside a script. `course_witness.notes` writes it."""

import ast
from bisect import bisect_left
from collections import namedtuple
from dataclasses import dataclass, field
from math import isnan

from helpers.scripts.inside_scripts.course_witness.notes import (  # noqa: F401 - read with the rest
    CALL,
    HOLD,
    INITIALIZER,
    MOST_RECORDS,
    RECEIVED,
    RECORD,
    SENT,
    WAIT,
)

BLOCK = 1024 * RECORD.size  # bytes read at a time
LAST = 8  # records: an open wait is among the last few, even though what happens inside it is noted after it
AT_END = float("inf")  # the `ended` of what never ended

Record = namedtuple("Record", "kind what count began ended computed computed_then until whom size line file")
Record.__doc__ = """Something that a thread ran, waited for, held, sent or received.

kind           CALL, INITIALIZER (a call as well, but not a task), WAIT, HOLD, SENT or RECEIVED
what           the name of the function, or what was waited for; "" for messages
count          how many calls it covers
began, ended   when, in seconds on the clock that all processes share; ended is AT_END if it never ended
computed       its thread's processor time, in seconds, when it began; None if unknown
computed_then  its thread's processor time, in seconds, when it ended; None if unknown
until          the latest time at which a wait ends; 0.0 if it has no limit
whom           a number: the process joined, the pipe, the lock ...
size           the bytes of a message; for the first call of a chunk of tasks, how many tasks the chunk has
line, file     where in the script; 0 and "" if unknown
"""


@dataclass
class Thread:
    """A thread in which something was noted.

    process, thread  the PID of its process, and its own identifier there
    began            when its first note was written
    records          its `Record`s, in the order in which they began
    full             whether it ran out of room for its records
    """

    process: int
    thread: int
    began: float
    records: list[Record] = field(default_factory=list)
    full: bool = False

    @property
    def waits(self):
        """The wait that has not ended, or None."""
        return next(filter(is_open_wait, reversed(self.records)), None)


@dataclass
class Notes:
    """Everything that was noted: facts, as dicts in order of time, and threads in the order of their first notes."""

    facts: list[dict]
    threads: list[Thread]

    def of(self, what):
        """Return the facts of one kind, such as "started"."""
        return [fact for fact in self.facts if fact["what"] == what]


def read_notes(folder):
    """Return the `Notes` that a witness wrote into a folder. Anything else in the folder is skipped."""
    facts = sorted(read_facts(folder), key=lambda fact: fact["at"])
    names = {(fact["process"], fact["number"]): fact["name"] for fact in facts if fact["what"] == "name"}
    threads = []
    for fact in facts:
        if fact["what"] == "records":
            found, full = read_records(folder / fact["file"], fact["process"], names)
            threads.append(Thread(fact["process"], fact["thread"], fact["at"], with_processor_times(found), full))
    return Notes(facts, threads)


def read_facts(folder, what=""):
    """Yield the facts that a witness wrote into `folder`, or only those of one kind.

    The script can write to the folder as well, so anything that is not a fact is skipped.
    """
    begin = f"{{'what': {what!r}" if what else "{'what': "
    for file in folder.glob("facts-*"):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        *lines, _ = text.split("\n")  # the last one is empty, or its writer was killed
        for line in lines:
            if line.startswith(begin):
                try:
                    fact = ast.literal_eval(line)
                except (SyntaxError, ValueError):  # it holds a name whose repr is not a literal
                    continue
                if fact.keys() >= {"what", "process", "thread", "at"}:
                    yield fact


def read_records(path, process, names):
    """Return the `Record`s in a file, and whether the file is full.

    names  (process, number) → name
    """
    records = []
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                for values in RECORD.iter_unpack(block[: len(block) // RECORD.size * RECORD.size]):
                    if not values[0]:
                        return records, False
                    records.append(as_record(values, process, names))
    except OSError:
        return records, False
    return records, True


def with_processor_times(records):
    """Return a thread's records with the processor times that the witness did not read.

    It reads them every half a millisecond at most. Between two readings, the time is taken to have grown evenly.
    """
    timed = [record for record in records if record.kind not in (SENT, RECEIVED)]
    readings = [(record.began, record.computed) for record in timed]
    readings += [(record.ended, record.computed_then) for record in timed if record.ended < AT_END]
    known = sorted(reading for reading in readings if not isnan(reading[1]))

    found = []
    for record in records:
        if isnan(record.computed):
            record = record._replace(computed=between(known, record.began))
        if isnan(record.computed_then):
            until = record.began if record.ended == AT_END else record.ended
            record = record._replace(computed_then=between(known, until))
        found.append(record)
    return found


def between(readings, moment):
    """Return what a line through readings, (moment, figure) in order of time, has at a moment. None without any."""
    place = bisect_left(readings, (moment,))
    around = readings[max(0, place - 1) : place + 1]
    if len(around) < 2:
        return around[0][1] if around else None
    (since, first), (until, last) = around
    return first + (last - first) * (moment - since) / (until - since)


def open_waits(folder):
    """Return a `Record` for each wait that has not ended. Quick, since it reads only the end of each file."""
    names = {(fact["process"], fact["number"]): fact["name"] for fact in read_facts(folder, "name")}
    waits = []
    for path in folder.glob("records-[0-9]*-[0-9]*"):
        process = int(path.name.split("-")[1])
        waits += [record for record in last_records(path, process, names) if is_open_wait(record)]
    return waits


def last_records(path, process, names):
    """Return the last few `Record`s in a file."""
    try:
        with path.open("rb") as file:

            def is_free(number):
                file.seek(number * RECORD.size)
                return file.read(1) in (b"", b"\0")

            end = bisect_left(range(MOST_RECORDS // RECORD.size), True, key=is_free)
            file.seek(max(0, end - LAST) * RECORD.size)
            block = file.read(min(end, LAST) * RECORD.size)
            return [as_record(values, process, names) for values in RECORD.iter_unpack(block)]
    except OSError:
        return []


def is_open_wait(record):
    return record.kind == WAIT and record.ended == AT_END


def as_record(values, process, names):
    kind, _, name, count, began, ended, computed, computed_then, until, whom, size, line = values
    file = names.get((process, line >> 32), "")
    goes_on = not ended
    return Record(
        kind,
        names.get((process, name), ""),
        count,
        began,
        AT_END if goes_on else ended,
        computed,
        computed if goes_on else computed_then,
        until,
        whom,
        size,
        line & 0xFFFFFFFF,
        file,
    )
