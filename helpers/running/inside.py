"""What surrounds a worker's function in its process: it records tasks, and gets results and errors to the parent.

Standard library only, and only its quick parts: every worker process imports this file.
"""

import os
import pickle
import signal
import sys
from collections import namedtuple
from functools import partial
from multiprocessing import Pipe, parent_process
from multiprocessing.reduction import ForkingPickler
from threading import Thread, get_native_id, local
from time import perf_counter, process_time, sleep, thread_time
from types import SimpleNamespace

# --- Tasks that a learner's own call hands to a worker ---

Span = namedtuple("Span", "process thread up start end computing result")
Span.__doc__ = """One task as it happened. Times are in seconds, on the clock that all processes of a machine share.

process    the PID of its worker
thread     the operating system's id of its worker's thread
up         when its worker's process was up
start      when it began
end        when it ended
computing  for how long it computed: the processor time of its worker's thread
result     what the worker returned
"""


def note_up():
    """Note that this process is up now."""
    global up
    up = perf_counter()


note_up()  # a spawned worker imports this file on the way to its first task
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=note_up)  # a forked one has it already


def timed(worker):
    """Wrap a worker so that each call returns a `Span` around the worker's own result.

    Raises TypeError for what is no function. (Worker processes import this file, so it does without `helpers.inputs`.)
    """
    if not callable(worker):
        raise TypeError(f"timed takes a function such as count_primes, not {worker!r}.")
    return partial(call_timed, worker)


def call_timed(worker, *args):
    """Call `worker(*args)` and return the `Span` of the call."""
    start, computed = perf_counter(), thread_time()
    try:
        result = worker(*args)
    except Exception as error:
        raise portable(error)  # noqa: B904 - it keeps its own cause
    computing, end = thread_time() - computed, perf_counter()
    return Span(os.getpid(), get_native_id(), up, start, end, min(computing, end - start), result)


def put_numbered(queue, number, worker, *args):
    """Call `worker(*args)` and put (number, `Span` of the call) into the queue. Raises TypeError for no queue."""
    if not hasattr(queue, "put"):
        raise TypeError(f"put_numbered needs a queue such as multiprocessing.SimpleQueue(), not {queue!r}.")
    queue.put((number, timed(worker)(*args)))


# --- Tasks of a run that is logged ---

own = local()  # what the worker in this thread knows: its number, its function and the log


NOTE_EVERY = 0.005  # seconds: what a process has computed takes microseconds to find out, as long as a tiny task

IN_TASK = "This happened in task"  # begins the note of an error that a worker's function raised


class WorkerEnded(RuntimeError):
    """A worker ended before its task was done.

    workers  the numbers, counted from 1, of the workers that ended, or may have; () if unknown
    """

    def __init__(self, message, workers=()):
        super().__init__(message)
        self.workers = tuple(workers)


def enroll(number, worker, log):
    """Make the calling thread a worker of a run. Its `number` counts from 1, and `worker` is its function."""
    own.number, own.worker, own.log = number, worker, log
    log.process[number - 1] = os.getpid()
    log.thread[number - 1] = get_native_id()
    log.used[number - 1] = computed_so_far()
    own.noted = log.ready[number - 1] = perf_counter()


def enroll_interpreter(numbers, path, worker, size, memory):
    """Make the calling thread, in an interpreter of its own, a worker of a run.

    numbers       a queue with the numbers that no worker has yet
    path          where to look for modules: a new process is told, and a new interpreter isn't
    worker        its function, pickled
    size, memory  what `Log.shared` returns
    """
    global own
    from helpers.running.log import Log  # here: that file imports this one

    own = SimpleNamespace()  # what is local to a thread is gone after each call. This interpreter has but one worker
    sys.path[:] = path
    log, number = Log.over(size, memory), numbers.get()
    log.asked[number - 1] = log.began  # the executor asks for its workers at the beginning
    enroll(number, pickle.loads(worker), log)


def computed_so_far():
    """Return for how many seconds this process has computed, with all its threads and the children that have ended."""
    times = os.times()
    return process_time() + times.children_user + times.children_system


def run_task(task):
    """Run the task (index, item), record when it began and ended and how long it computed, and return (index, result).

    Raises what the worker's function raises, with a note that names the task; and `WorkerEnded` for what would end
    the worker silently, such as SystemExit.
    """
    index, item = task
    log, worker = own.log, own.worker
    log.start[index] = start = perf_counter()
    log.worker[index] = own.number
    computed = thread_time()
    try:
        result = worker(item)
    except Exception as raised:
        error = portable(raised)
        error.add_note(f"{IN_TASK} {index + 1}.")
        raise error  # noqa: B904 - it keeps its own cause
    except KeyboardInterrupt:
        raise
    except BaseException as raised:
        how = f"{type(raised).__name__}: {raised}" if str(raised) else type(raised).__name__
        who, where = f"Worker {own.number} (PID {os.getpid()})", f"in task {index + 1}, before the task was done"
        raise WorkerEnded(f"{who} was ended by {how} {where}. The other workers were ended.", [own.number]) from raised
    computing, end = thread_time() - computed, perf_counter()
    log.computing[index] = min(computing, end - start)
    log.note_result(index, result)
    if end - own.noted > NOTE_EVERY:
        own.noted, log.used[own.number - 1] = end, computed_so_far()
    log.end[index] = end  # written last: once it is there, so is the rest
    return index, result


def run_chunk(tasks):
    """Run several tasks, one after the other. Return their (index, result)s."""
    return [run_task(task) for task in tasks]


def send_results(tasks, sender):
    """Run a share of the tasks in a Process of its own. Send each (index, result), or the exception that ended it."""
    with sender:
        for task in tasks:
            try:
                answer = run_task(task)
            except Exception as error:
                sender.send(packed(error))
                break
            try:
                sender.send(answer)
            except Exception as error:
                sender.send(unsent([task[0]], error))
                break


def work_alone(worker, items, barrier, sender):
    """Run all items in this process once all processes are at the barrier. Send (start, end)."""
    with sender:
        barrier.wait(timeout=60)
        start = perf_counter()
        for item in items:
            worker(item)
        sender.send((start, perf_counter()))


def begin(number, worker, log, lifeline, target, args, kwargs):
    """Enroll this process as a worker if there is a log, then do what it was started for."""
    if log:  # others, such as those of `Steps`, hear the kernel's interrupt themselves
        lead_group()
    end_with_parent(lifeline)
    if log:
        enroll(number, worker, log)
    try:
        target(*args, **kwargs)
    finally:
        if log:
            log.gone[number - 1] = perf_counter()


def processor_time(_):
    """Return the PID of this process and for how many seconds it has computed: a task that does nothing else."""
    return os.getpid(), process_time()


def lead_group():
    """Put this process, and what its tasks will start, into a process group of its own, so that all can be ended.

    An interrupt of the kernel's group doesn't reach it: the run ends its workers itself.
    """
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)


def end_with_parent(lifeline=None):
    """Make sure that this process, and the group that it leads, ends when its parent does, even if that is killed.

    lifeline  the parent's `Lifeline`. With it, Linux ends even a process that holds its GIL
    """
    parent = parent_process()

    def watch():
        try:
            parent.join()
        except ValueError:  # joblib's processes have nothing to wait for
            while os.getppid() == parent.pid:
                sleep(0.5)
        end_own_group()

    if lifeline:
        lifeline.hold()
    try:
        Thread(target=watch, daemon=True).start()
    except RuntimeError:  # the system starts no more threads. Linux does without
        pass


def leads_group():
    """Return whether this process is the leader of its process group."""
    return hasattr(os, "getpgrp") and os.getpgrp() == os.getpid()


def end_own_group():
    """End this process at once, and the group that it leads."""
    if leads_group():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


class Lifeline:
    """A pipe into which nothing is ever written. It ends with the process that made it, which must keep it."""

    def __init__(self):
        self._reader, self._writer = Pipe(duplex=False)

    def __getstate__(self):
        return self._reader

    def __setstate__(self, reader):
        self._reader, self._writer = reader, None

    def hold(self):
        """Let Linux kill this process, and the group that it leads, when the pipe ends."""
        if self._writer:  # a forked process has it, too
            self._writer.close()
        if sys.platform == "linux":
            # the owner belongs to an opening of the pipe, and this one is shared with other processes
            own_end = os.open(f"/proc/self/fd/{self._reader.fileno()}", os.O_RDONLY | os.O_NONBLOCK)
            signal_at_end_of(own_end, -os.getpid() if leads_group() else os.getpid(), signal.SIGKILL)


def signal_at_end_of(pipe, pid, number):
    """Let Linux send a signal once the other end of a pipe is closed. It needs no thread for that, and so no GIL.

    pipe    the file descriptor of the reading end
    pid     the process to send it to, or minus the number of a process group
    number  the signal's
    """
    import fcntl  # here: Windows has no such module

    fcntl.fcntl(pipe, fcntl.F_SETOWN, pid)
    fcntl.fcntl(pipe, fcntl.F_SETSIG, number)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)


# --- What two processes send to each other ---


def portable(error):
    """Return `error`, or a RuntimeError that describes it if it would not survive being sent to the parent.

    A Pool waits forever for a result whose exception can't be unpickled, and its imap takes StopIteration for its end.
    """
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return in_words(error)
    return in_words(error) if isinstance(error, StopIteration) else error


def in_words(error):
    """Return a RuntimeError that describes an `error`, which is its cause."""
    try:
        text = str(error)
    except Exception:  # it fails to describe itself
        text = "an error without a text"
    told = RuntimeError(f"{type(error).__name__}: {text}")
    told.__cause__ = error
    return told


def packed(error):
    """Return `error` as it arrives at the other end of a pipe, with its traceback and all its causes as text."""
    from multiprocessing.pool import ExceptionWithTraceback  # here: only a failure needs it

    return ExceptionWithTraceback(portable(error), error.__traceback__)


def task_note(error):
    """Return a sentence that says in which task an error happened, or "" if it was in none."""
    notes = getattr(error, "__notes__", [])  # since 3.14 what could not be pickled has notes too
    return next((note for note in notes if note.startswith(IN_TASK)), "")


def first_unsendable(values):
    """Return (index, error) for the first value that can't be sent to another process, or None."""
    for index, value in enumerate(values):
        try:
            ForkingPickler.dumps(value)
        except Exception as error:
            return index, error
    return None


UNSENT = "can't be sent to the parent"


def unsent(indexes, error):
    """Return the error to raise if the result of one of the given tasks could not be sent to the parent.

    indexes  of the tasks that it may be; none if that is unknown
    """
    tasks = " or ".join(str(index + 1) for index in indexes)
    return TypeError(
        f"{f'The result of task {tasks}' if tasks else 'A result'} {UNSENT}, since it can't be pickled: {error}. "
        "Return numbers, strings, lists and similar values."
    )
