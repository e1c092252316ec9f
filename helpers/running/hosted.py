"""Run a function in a process of its own, which can be watched and ended at any moment.

A panel runs its workers this way. The notebook's own process stays free, and survives whatever the workers do to the
process that started them.
"""

import multiprocessing
import os
import signal
import sys
from contextlib import contextmanager
from multiprocessing import resource_tracker
from threading import Thread, Timer, get_ident

from helpers.running.families import end_below
from helpers.running.inside import Lifeline, WorkerEnded, end_with_parent, first_unsendable, packed, unsent
from helpers.running.supervise import how_it_ended, how_worker_ended, interrupts_deferred

GRACE = 0.25  # seconds to clean up in, before the process is killed
AGAIN_AFTER = 0.05  # seconds, for an interrupt that was lost


class Hosted:
    """A call of `function(*args)` in a process of its own. It starts at once, and ends with the `with` block.

    log  the `Log` of a run, if the function does one. If the process dies, the log shows in which task

    The process is spawned, since forking a kernel, with its many threads, could deadlock.
    """

    def __init__(self, function, *args, log=None):
        context = multiprocessing.get_context("spawn")
        self._log = log
        self._receiver, sender = context.Pipe(duplex=False)
        self._lifeline = Lifeline()
        self._process = context.Process(target=host, args=(sender, self._lifeline, function, args))
        with interrupts_blocked():
            self._process.start()
        sender.close()  # so that the pipe ends when the process does

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def ended(self, seconds):
        """Wait for the call, but no longer than the given seconds. Return whether it has ended."""
        return self._receiver.poll(seconds)

    def result(self):
        """Wait until the call has ended. Return what it returned, or raise what it raised.

        Raises KeyboardInterrupt if the kernel was interrupted, `WorkerEnded` if the process was ended or died.
        """
        try:
            returned, value = self._receiver.recv()
        except (EOFError, OSError):
            self._process.join()
            raise self._how_it_ended() from None
        finally:
            self._process.join(GRACE)
            self.end()
        if not returned:
            try:
                raise value
            finally:
                del value  # otherwise the error and this frame hold each other, and the pipes stay open
        return value

    def _how_it_ended(self):
        """Return the error that says how the process ended and, if workers ran in it, in which tasks."""
        pid, exitcode = self._process.pid, self._process.exitcode
        lives = enumerate(self._log.lives, start=1) if self._log else []
        inside = [number for number, life in lives if life.process == pid]
        if not inside:
            return WorkerEnded(f"The process of the run {how_it_ended(exitcode)}. All its workers were ended.")
        ends = " or ".join(how_worker_ended(self._log, number, pid, exitcode) for number in inside)
        return WorkerEnded(f"{ends}. The process of the run ended with it.", inside)

    def end(self):
        """End the process and everything that it started at once. An interrupt meanwhile has to wait.

        Its resource tracker removes what it had no time to clean up, such as semaphores.
        """
        with interrupts_deferred():
            if os.name == "posix" and self._process.is_alive():
                try:
                    os.kill(self._process.pid, signal.SIGINT)
                except ProcessLookupError:  # it ended just now
                    pass
                self._process.join(GRACE)
            if self._process.is_alive():
                end_below(self._process.pid)
                self._process.kill()
            self._process.join()


def host(sender, lifeline, function, args):
    """Call the function, and send (True, what it returned) or (False, what it raised)."""
    try:
        with interruptible():
            end_with_parent(lifeline)
            have_own_resource_tracker()
            outcome = True, function(*args)
    except KeyboardInterrupt as interrupt:
        outcome = False, interrupt
    except Exception as error:
        outcome = False, packed(error)
    try:
        sender.send(outcome)
    except Exception as error:  # the results of tasks that ran in this very process are pickled only now
        index, reason = first_unsendable(outcome[1]) or (0, error)
        sender.send((False, packed(unsent([index], reason))))


def have_own_resource_tracker():
    """Start a resource tracker for this process. If the process is killed, the tracker removes what it left.

    The inherited tracker is the kernel's, and would remove it only when the kernel ends.
    """
    tracker = getattr(resource_tracker, "_resource_tracker", None)
    if hasattr(tracker, "_fd"):
        tracker._fd = tracker._pid = None
        starting = Thread(
            target=resource_tracker.ensure_running
        )  # it unblocks SIGINT in the thread that it is called in
        starting.start()
        starting.join()


if os.name == "posix":

    @contextmanager
    def interrupts_blocked():
        """Block interrupts in a process that is started in the block, which inherits the mask, until it is ready."""
        resource_tracker.ensure_running()  # otherwise the first process starts it, which would unblock interrupts
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @contextmanager
    def interruptible():
        """Raise KeyboardInterrupt in the block when the kernel is interrupted; processes started in it don't notice.

        Jupyter sends SIGINT to the kernel and to all processes below it. Here SIGINT is blocked, and new threads and
        processes inherit that: otherwise each worker would print a traceback. One thread waits for SIGINT and passes it
        on as SIGUSR1. It does so again where Python lost the interrupt, which happens if it comes while an object is
        deleted or a process is forked.
        """
        main = get_ident()

        def pass_on():
            signal.sigwait({signal.SIGINT})
            signal.pthread_kill(main, signal.SIGUSR1)

        def once_more(lost):
            if issubclass(lost.exc_type, KeyboardInterrupt):
                Timer(AGAIN_AFTER, signal.pthread_kill, (main, signal.SIGUSR1)).start()
            else:
                sys.__unraisablehook__(lost)

        sys.unraisablehook = once_more
        signal.signal(signal.SIGINT, signal.default_int_handler)  # else it is ignored, as in an idle kernel
        signal.signal(signal.SIGUSR1, handle_as_interrupt)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        Thread(target=pass_on, daemon=True).start()
        try:
            yield
        finally:
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    def handle_as_interrupt(*signal_and_frame):
        """Let whatever handles SIGINT at this moment do so, such as that of `interrupts_deferred`."""
        handler = signal.getsignal(signal.SIGINT)
        (handler if callable(handler) else signal.default_int_handler)(*signal_and_frame)

else:

    @contextmanager
    def interrupts_blocked():
        """Do nothing: on Windows the interrupt reaches the kernel only."""
        yield

    @contextmanager
    def interruptible():
        """Do nothing: on Windows the interrupt reaches the kernel only."""
        yield
