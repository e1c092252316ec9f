"""What a script did: its processes and threads, what each ran and waited for, and what they sent to each other.

All times are in seconds since the script was launched, on the clock that all processes of a machine share.
"""

from dataclasses import dataclass, field


@dataclass
class Span:
    """A part of a row's time. The spans of a row follow one another.

    kind       "start-up", "running", "waiting" or "shut-down"
    began      when it began
    ended      when it ended; if it never did, when its process was stopped or killed
    what       running: the name of the function; waiting: what for, as in "waits for ...": "Process-1 to end",
               "a message from queue 1", "lock 1", "the result of pool.map", "a task", "0.5 s to pass"
    computing  seconds of processor time within it; None if unknown
    tasks      running: how many calls of the function it covers, if they were too short to record one by one
    line       the line of the script at which it waits, or None
    open       whether it had not ended when the script did
    """

    kind: str
    began: float
    ended: float
    what: str = ""
    computing: float | None = None
    tasks: int = 1
    line: int | None = None
    open: bool = False

    @property
    def seconds(self):
        return self.ended - self.began


@dataclass
class Row:
    """A process, or a thread that was given something to run.

    name       as multiprocessing or threading names it: "MainProcess", "Process-1", "ForkPoolWorker-2", "Thread-1 (f)"
    kind       "process" or "thread"
    pid        the PID of its process
    by         the place, among the rows, of the row that started it; None for the script's own process, or if unknown
    target     the name of the function that it was given; "" if none, or if it is a pool's worker
    pool       the pool or executor that it works for, such as "Pool 1"; "" if none
    daemon     whether it is daemonic
    asked      when start() was called; 0.0 for the script's own process
    up         when the first line of its own code ran; None if it never did
    ended      when it ended; None if it was still running when the script was stopped
    exit_code  of a process: 0 if all went well, minus the signal's number if a signal ended it; None if unknown
    spans      its `Span`s, from `asked` on
    """

    name: str
    kind: str
    pid: int
    by: int | None = None
    target: str = ""
    pool: str = ""
    daemon: bool = False
    asked: float = 0.0
    up: float | None = None
    ended: float | None = None
    exit_code: int | None = None
    spans: list[Span] = field(default_factory=list)


@dataclass
class Message:
    """Something sent through a pipe or a queue.

    sender    the place of its sender among the rows
    receiver  the place of its receiver, or None if it was never received
    sent      when it was sent
    received  when it was received, or None
    bytes     its size
    channel   what it went through, such as "queue 1" or "pipe 2"; "" if unknown
    """

    sender: int
    receiver: int | None
    sent: float
    received: float | None
    bytes: int
    channel: str = ""


@dataclass
class Mark:
    """Something that happened at a moment.

    kind   "prints" (text: what), "starts", "joined" (its end was waited for), "terminates", "kills" (other: whom)
    at     when it happened
    row    the place, among the rows, of the row that did it
    text   what was printed: one line, without its line end
    other  the place of the row that it was done to, or None
    """

    kind: str
    at: float
    row: int
    text: str = ""
    other: int | None = None


@dataclass
class Place:
    """Where a process or a thread was when the script was stopped.

    row       its place among the rows
    line      the line of the learner's file, or None if it was not in one
    file      that file's name
    function  the function that the line is in, such as "<module>"; without a line, a function that has returned, or ""
    code      the line itself
    waits     what it waited for, as in "waits for Process-1 to end"; "" if it computed, or if that is unknown
    """

    row: int
    line: int | None
    file: str
    function: str
    code: str
    waits: str = ""


@dataclass
class Trace:
    """What a script did.

    script     the name of its file
    seconds    how long it ran
    exit_code  its exit code, or None if it was stopped
    rows       its own process first, then the others in the order in which they were started
    messages   in the order in which they were sent
    marks      in order of time
    places     where its processes and threads were, if the script was stopped
    verdict    why it could never have continued, such as "Each waits for the other: this never ends."; or ""
    unseen     sentences about what could not be seen
    unshown    how many bytes it printed beyond what is shown
    """

    script: str
    seconds: float
    exit_code: int | None
    rows: list[Row]
    messages: list[Message] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    verdict: str = ""
    unseen: list[str] = field(default_factory=list)
    unshown: int = 0
