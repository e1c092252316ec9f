"""Start worker processes that all end whatever happens to the run, and say which one ended too early."""

import errno
import multiprocessing
import multiprocessing.pool
import os
import queue
import shutil
import signal
import threading
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from time import perf_counter, sleep

import psutil

from helpers.machine import start_methods
from helpers.running.families import SHARED_MEMORY, end_groups, lives, psutil_processes, wait_for_end
from helpers.running.inside import Lifeline, WorkerEnded, begin, enroll, task_note

TIME_LIMIT = 300.0  # seconds that a run may take
CHECK_EVERY = 0.1  # seconds
GRACE = 1.0  # seconds for a process whose pipe is closed to end
PATIENCE = 0.5  # seconds for a pool or an executor to notice that a process has ended
NOT_TOLD = 255  # what multiprocessing takes for the exit code if the fork server doesn't tell it


class WatchedContext:
    """A multiprocessing context that remembers the processes that it started and the results that arrived.

    start_method  "fork", "spawn" or "forkserver" (default: Python's own default)
    time_limit    seconds after which `check` raises
    worker, log   the function and the `Log` of a run, if its processes are to enroll as workers

    Raises ValueError for a start method that this platform does not have.
    """

    def __init__(self, start_method=None, time_limit=TIME_LIMIT, worker=None, log=None):
        if start_method not in (None, *start_methods()):
            known = ", ".join(map(repr, start_methods()))
            raise ValueError(f"start_method={start_method!r} is not known here. Use one of {known}.")
        self._context = multiprocessing.get_context(start_method)
        self._time_limit = time_limit
        self._deadline = perf_counter() + time_limit
        self._checked = perf_counter()
        self._ends_others = signal.SIGTERM  # with it, an executor ends its other processes once one has died
        self._workers = []  # worker number N, a Process or a Thread, is at index N - 1
        self._lock = threading.Lock()
        self._lifeline = Lifeline()
        self.worker, self.log = worker, log
        self.results = {}  # index of a task → its result

    def __getattr__(self, name):
        return getattr(self._context, name)

    def started_by_joblib(self):
        """Let joblib start the processes, in its own way."""
        from joblib.externals.loky.backend import get_context, resource_tracker  # here: it takes longer than a start

        resource_tracker.ensure_running()  # an interrupt between the first semaphore and its tracker would leave it
        self._context = get_context("loky")
        self._ends_others = getattr(signal, "SIGKILL", signal.SIGTERM)
        return self

    # --- Workers ---

    def Process(self, *, target, args=(), kwargs=None, **options):
        with self._lock:
            number = len(self._workers) + 1
            if self.log and number > len(self.log.asked):
                # a Pool replaces a worker that has ended. By then the run has failed, so the new one does nothing
                process = self._context.Process(target=int, **options)
            else:
                begun = number, self.worker, self.log, self._lifeline, target, args, kwargs or {}
                process = self._context.Process(target=begin, args=begun, **options)
                self._note_asked(number)
            self._workers.append(process)
        return process

    def enroll_thread(self):
        """Make the calling thread a worker of the run."""
        with self._lock:
            self._workers.append(threading.current_thread())
            number = len(self._workers)
        self._note_asked(number)
        enroll(number, self.worker, self.log)

    def _note_asked(self, number):
        if self.log:
            self.log.asked[number - 1] = perf_counter()

    @property
    def _processes(self):
        """The processes that were started, in order."""
        return [worker for worker in self._workers if isinstance(worker, BaseProcess) and worker.pid is not None]

    def processor_time(self):
        """Return for how many seconds the processes that are still running have computed."""
        seconds = 0.0
        for process in self._processes:
            try:
                times = psutil.Process(process.pid).cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds += times.user + times.system
        return seconds

    def keep(self, index, result):
        """Keep the result of a task that has arrived. The last one ends the run."""
        self.results[index] = result
        self.log.home[index] = perf_counter()
        if len(self.results) == len(self.log.home):
            self.log.ended = self.log.home[index]

    # --- Waiting, but not forever ---

    @property
    def time_left(self):
        """Seconds until the time limit, never below 0."""
        return max(0.0, self._deadline - perf_counter())

    def check(self):
        """Raise TimeoutError if no time is left, `WorkerEnded` if a process has ended."""
        self.check_time()
        workers = self._processes[: len(self.log.asked)] if self.log else self._processes
        sentinels = set(wait([process.sentinel for process in workers], timeout=0))
        ended = [process for process in workers if process.sentinel in sentinels]
        if ended:
            raise self.ended_early(ended)

    def check_time(self):
        """Raise TimeoutError if no time is left."""
        if not self.time_left:
            raise TimeoutError(
                f"The run took longer than its time limit of {self._time_limit:g} s. Its workers were ended."
            )

    def ended_early(self, processes):
        """Return the error that says which of some ended `processes` was to blame, how it ended, and in which task.

        An executor ends the others by a signal once one has died. So one that ended in another way is to blame. If
        there is none, it may have been any of them. If the fork server has ended, none of them is.
        """
        if any(map(lost_its_server, processes)):
            return WorkerEnded(
                "The fork server, which starts the workers, was ended from outside. So were the workers."
            )
        others = [process for process in processes if exitcode_of(process) != -self._ends_others]
        suspects = others[:1] or processes
        numbers = [self._workers.index(process) + 1 for process in suspects] if self.log else ()
        return WorkerEnded(f"{' or '.join(map(self._name, suspects))}. The other workers were ended.", numbers)

    def _name(self, process):
        """Say which worker the process was, how it ended, and in which task."""
        if not self.log:
            return f"A worker process (PID {process.pid}) {how_it_ended(exitcode_of(process))}"
        number = self._workers.index(process) + 1
        return how_worker_ended(self.log, number, process.pid, exitcode_of(process), self.results)

    def take(self, items):
        """Return the next item of a `queue.SimpleQueue` once there is one. Raises what `check` raises."""
        while True:
            try:
                return items.get(timeout=CHECK_EVERY)
            except queue.Empty:
                self.check()

    def each(self, results):
        """Yield what a Pool's imap or imap_unordered yields (with chunksize 1). Raises what `check` raises."""
        while True:
            try:
                yield results.next(timeout=CHECK_EVERY)
            except StopIteration:
                return
            except multiprocessing.TimeoutError as error:
                if task_note(error):  # a task raised it
                    raise
            self.check_at_times()

    def fetch(self, result):
        """Return the result of a Pool's AsyncResult once it is there. Raises what `check` raises."""
        while not result.ready():
            result.wait(CHECK_EVERY)
            self.check_at_times()
        return result.get()

    def check_at_times(self):
        """Call `check`, unless it was called within CHECK_EVERY."""
        if self._time_to_check():
            self.check()

    def _time_to_check(self):
        """Return whether the last True was longer ago than CHECK_EVERY."""
        due = perf_counter() - self._checked > CHECK_EVERY
        if due:
            self._checked = perf_counter()
        return due

    def receive(self, shares):
        """Yield what arrives through pipes, until everything is there.

        shares  receiver → (its process, how many things will arrive through it)

        Raises TimeoutError, `WorkerEnded` if a process ends before all of its share is there, and any exception that
        arrives through a pipe.
        """
        left = {receiver: number for receiver, (_, number) in shares.items() if number}
        while left:
            for receiver in wait(list(left), timeout=CHECK_EVERY):
                try:
                    received = receiver.recv()
                except (EOFError, OSError):  # closed, perhaps in the middle of a message
                    process, _ = shares[receiver]
                    raise self.ended_early([process]) from None
                if isinstance(received, Exception):
                    raise received
                left[receiver] -= 1
                if not left[receiver]:
                    del left[receiver]
                yield received
            if self._time_to_check():
                self._check_shares({receiver: shares[receiver] for receiver in left})

    def _check_shares(self, shares):
        """Raise TimeoutError if no time is left, `WorkerEnded` if a process ended before all of its share was there."""
        self.check_time()
        for receiver, (process, _) in shares.items():  # one that has ended may have a child that keeps its pipe open
            if has_ended(process) and not receiver.poll():
                raise self.ended_early([process])

    def let_end(self):
        """Give all processes time to end by themselves. One whose task left a thread running never does.

        It doesn't read their exit codes, which a thread of an executor may be doing.
        """
        deadline = perf_counter() + GRACE
        left = {process.sentinel for process in self._processes}
        while left and (seconds := deadline - perf_counter()) > 0:
            left.difference_update(wait(left, timeout=seconds))

    def check_broken(self):
        """Give the processes of a broken executor time to end, then do what `check` does."""
        self.let_end()
        self.check()

    # --- The end ---

    def kill(self):
        """End all processes at once, and what they started."""
        with interrupts_deferred():
            for process in self._processes:
                kill_one(process)
            for process in self._processes:
                process.join()
            end_groups({process.pid for process in self._processes})

    @contextmanager
    def no_process_left(self):
        """End what the block leaves running, however the block is left."""
        try:
            yield
        finally:
            self.kill()

    @contextmanager
    def pool(self, workers):
        """A multiprocessing.Pool that ends even if one of its workers was killed."""
        pool = None
        try:
            with interrupts_deferred():  # a thread of a pool that is left half made would start workers forever
                pool = multiprocessing.pool.Pool(workers, context=self)
            yield pool
        finally:
            if pool:
                with interrupts_deferred():
                    # terminate() waits forever for the queue's lock if a killed worker held it
                    ending = threading.Thread(target=pool.terminate, daemon=True)
                    ending.start()
                    ending.join(timeout=1)

    @contextmanager
    def alarm(self):
        """Raise the TimeoutError of `check_time` in the middle of the block, if the system and this thread allow it."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGALRM, lambda *_: self.check_time())
        signal.setitimer(signal.ITIMER_REAL, self.time_left + 0.01)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


@contextmanager
def interrupts_deferred():
    """Let an interrupt that comes during the block wait for its end. Python interrupts its main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


FULL = 2**20  # bytes: with less than this free, shared memory counts as full


def explain_no_space(error):
    """Raise an OSError that says what to do, if the `error` says that no space is left and shared memory is full."""
    if getattr(error, "errno", None) != errno.ENOSPC or not SHARED_MEMORY.is_dir():
        return
    usage = shutil.disk_usage(SHARED_MEMORY)
    if usage.free < FULL:
        raise OSError(
            errno.ENOSPC,
            f"The shared memory of this machine is full ({SHARED_MEMORY}: {usage.total / 2**20:.0f} MB, "
            f"{usage.free // 2**20} MB free), so Python could not make the locks and the memory that processes share. "
            "Delete leftover files there or, in Docker, start the container with --shm-size=1g.",
        ) from error


@contextmanager
def no_space_explained():
    """Let an OSError of the block say what to do, if it comes from a full shared memory."""
    try:
        yield
    except OSError as error:
        explain_no_space(error)
        raise


def explain_limit(error):
    """Raise an OSError that says what to do, if the `error` says that no more files or processes are allowed."""
    while isinstance(error.__context__, (OSError, RuntimeError)):  # the first error: others came while tidying up
        error = error.__context__
    number = getattr(error, "errno", None)
    if number in (errno.EMFILE, errno.ENFILE):
        raise OSError(
            number,
            "Too many files are open: each worker needs a few of them. Use fewer workers, or allow more files with "
            "ulimit -n before you start JupyterLab.",
        ) from error
    if number == errno.EAGAIN or str(error) == "can't start new thread":
        raise OSError(
            errno.EAGAIN,
            "The system starts no more processes and threads for you. Use fewer workers, end other programs, or allow "
            "more processes: with ulimit -u before you start JupyterLab or, in Docker, with --pids-limit.",
        ) from error


def kill_one(process):
    """End a process at once. One of joblib's has no `kill` of its own."""
    if hasattr(process._popen, "kill"):
        process.kill()
    elif process.exitcode is None:  # so it has not been waited for, and its PID is its own still
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:  # the executor's own thread has waited for it just now
            pass


def has_ended(process):
    """Return whether a process has ended.

    An interrupt in the middle could lose the exit code, which the system tells once: `multiprocessing` would count the
    process as a running one forever.
    """
    with interrupts_deferred():
        return process.exitcode is not None


def lost_its_server(process):
    """Return whether a process only seems to have ended, since the fork server has, which tells the exit codes."""
    if getattr(process._popen, "method", None) != "forkserver" or exitcode_of(process) != NOT_TOLD:
        return False
    if any(map(lives, psutil_processes([process.pid]))):
        return True
    servers = filter(None, [getattr(forkserver._forkserver, "_forkserver_pid", None)])
    return not wait_for_end(list(psutil_processes(servers)), PATIENCE)  # its pipes close just before it has ended


def exitcode_of(process):
    """Return the exit code of a process that has ended, or None if it can't be found out.

    If a thread of a pool or an executor asks at the same moment, one of the two gets no answer or, under forkserver, a
    wrong one. So if there is such a thread, it goes first.
    """
    deadline = perf_counter() + PATIENCE
    while process._popen.returncode is None and perf_counter() < deadline:
        sleep(0.001)
    deadline = perf_counter() + GRACE
    while not has_ended(process) and perf_counter() < deadline:
        sleep(0.001)
    return process.exitcode


def how_it_ended(exitcode):
    """Say in words how a process ended, given its exit code, or None if that is unknown."""
    if exitcode is None:
        return "ended for an unknown reason"
    if exitcode >= 0:
        return f"ended with exit code {exitcode}"
    try:
        return f"was killed by {signal.Signals(-exitcode).name}"
    except ValueError:  # most of the real-time signals have no name
        return f"was killed by signal {-exitcode}"


def how_worker_ended(log, number, pid, exitcode, home=()):
    """Say which worker ended, how, and in which task.

    number, pid, exitcode  the worker's number, PID and exit code
    home                   the indexes of the tasks whose results have arrived
    """
    return f"Worker {number} (PID {pid}) {how_it_ended(exitcode)} {where_it_ended(log, number, home)}"


def where_it_ended(log, number, home):
    """Say in words which task a worker was in when it ended."""
    begun, done = log.tasks_of(number)
    running = [index for index in begun if index not in done]
    unsent = [index for index in done if index not in home]
    if running:
        return f"in task {running[-1] + 1}, before the task was done"
    if unsent:
        return f"before the result of task {unsent[-1] + 1} arrived"
    if not begun:
        return "before its first task"
    return "between two tasks"
