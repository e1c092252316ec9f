"""Pipes and queues: what goes through them, and who waits for it."""

import functools
import os
from _multiprocessing import SemLock

from course_witness.notes import RECEIVED, SENT, blind, mine, note, unharmed
from course_witness.wrapping import noting_wait, wrap_waits


def patch_connection(module):
    base, pipe = module._ConnectionBase, module.Pipe
    kinds = [module.Connection] if hasattr(module, "Connection") else []  # not on a Windows without Unix sockets
    if hasattr(module, "PipeConnection"):
        kinds.append(module.PipeConnection)
    for kind, send, receive in [(kind, kind._send_bytes, kind._recv_bytes) for kind in kinds]:
        kind._send_bytes, kind._recv_bytes = noting_sent(send), noting_received(receive)
    wrap_waits(base, "recv", ["recv", "recv_bytes", "recv_bytes_into"], whom=channel_of, seconds_at=9)
    wrap_waits(base, "recv", ["poll"], whom=channel_of)
    wrap_waits(base, "send", ["send", "send_bytes"], whom=channel_of, seconds_at=9)
    module.wait = noting_wait(module.wait, "several")  # used by join(), poll() and get(); on Windows it has no selector

    @functools.wraps(pipe)
    def noted_pipe(duplex=True):
        ends = pipe(duplex)
        with unharmed:
            note("pipe", ends=[channel_of(end) for end in ends])
        return ends

    module.Pipe = noted_pipe


def channel_of(connection):
    """Return the number by which all processes know this end of a pipe. On Windows there is none, so it is 0."""
    try:
        return connection.noted_as
    except AttributeError:
        number = os.fstat(connection.fileno()).st_ino if os.name == "posix" else 0
        connection.noted_as = number
        return number


def noting_sent(send):
    """Wrap a connection's send method, so that each message is noted with its size."""

    def noted_send(self, message):
        try:
            mine().moment(SENT, channel_of(self), len(message))
        except Exception as error:  # noqa: BLE001 - whatever it is, the script continues
            blind(error)
        return send(self, message)

    return noted_send


def noting_received(receive):
    """Wrap a connection's receive method, so that each message is noted with its size."""

    def noted_receive(self, maxsize=None):
        received = receive(self, maxsize)
        if received is not None:
            try:
                mine().moment(RECEIVED, channel_of(self), received.getbuffer().nbytes)
            except Exception as error:  # noqa: BLE001 - whatever it is, the script continues
                blind(error)
        return received

    return noted_receive


def patch_queues(module):
    queue, joinable, simple = module.Queue, module.JoinableQueue, module.SimpleQueue
    start_thread, drained = queue._start_thread, queue._finalize_join
    noting_made(queue)
    noting_made(simple)
    wrap_waits(queue, "get", ["get"], whom=reader_of, seconds_at=2)
    wrap_waits(simple, "get", ["get"], whom=reader_of)
    for kind in (queue, joinable):
        wrap_waits(kind, put_of, ["put"], whom=reader_of, seconds_at=3)
    for kind in (queue, joinable, simple):
        kind.__init__, kind.__setstate__ = unwatching(kind.__init__), unwatching(kind.__setstate__)
    wrap_waits(simple, "put", ["put"], whom=reader_of, seconds_at=9)
    wrap_waits(joinable, "queue join", ["join"])

    def noted_start_thread(self):
        start_thread(self)
        with unharmed:
            self._thread.noted_as = reader_of(self)

    def thread_of(reference):
        return getattr(reference(), "noted_as", 0)

    queue._start_thread = noted_start_thread
    queue._finalize_join = staticmethod(noting_wait(drained, "drain", thread_of))


def put_of(queue):
    """Return what put() waits for: nothing if there is always room, since the queue's own thread sends."""
    return "put" if queue._maxsize < SemLock.SEM_VALUE_MAX else None


def reader_of(queue):
    """Return the number of the pipe inside a queue, from the end that is open: a pool's worker closes the other one."""
    return channel_of(queue._writer if queue._reader.closed else queue._reader)


def noting_made(kind):
    """Note each queue of this class that is made, with its pipe."""
    make = kind.__init__

    @functools.wraps(make)
    def noted_make(self, *args, **kwargs):
        make(self, *args, **kwargs)
        with unharmed:
            note("queue", ends=[reader_of(self)])

    kind.__init__ = noted_make


def unwatching(method):
    """Wrap a method that makes a queue, so that the queue's locks are not watched: they are not the script's."""

    @functools.wraps(method)
    def unwatched(self, *args, **kwargs):
        method(self, *args, **kwargs)
        with unharmed:
            own = vars(self)
            locks = [own.get(name) for name in ("_rlock", "_wlock", "_sem", "_unfinished_tasks")]
            for lock in filter(None, [*locks, getattr(own.get("_cond"), "_lock", None)]):
                lock.acquire, lock.release = lock._semlock.acquire, lock._semlock.release

    return unwatched


def patch_managers(module):
    wrap_waits(module.BaseProxy, "manager", ["_callmethod"], seconds_at=9)


def patch_selectors(module):
    """An asyncio loop waits with a selector."""
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"):  # each system has some
        if kind := getattr(module, name, None):
            wrap_waits(kind, "selector", ["select"])


def patch_queue(module):
    wrap_waits(module.Queue, "thread queue get", ["get"], seconds_at=2)
    wrap_waits(module.Queue, lambda queue: "thread queue put" if queue.maxsize > 0 else None, ["put"], seconds_at=3)
    wrap_waits(module.Queue, "queue join", ["join"])
