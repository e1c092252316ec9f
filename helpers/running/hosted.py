"""Run something in a process of its own, which can be watched and ended at any moment.

A panel runs its workers so: the notebook's own process stays free, and whatever the workers do
to the process that started them, the notebook goes on.
"""

import multiprocessing
import os
import signal
from contextlib import contextmanager
from threading import Thread, get_ident

import psutil

from helpers.running.inside import end_with_parent, portable
from helpers.running.supervise import how_it_ended

GRACE = 0.25  # seconds to clean up in, before the process is killed


class Live:
    """A call of `function(*args)` in a process of its own, begun at once.

    The process is spawned: to fork a notebook's kernel, with its many threads, could deadlock.
    """

    def __init__(self, function, *args):
        context = multiprocessing.get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=host, args=(sender, function, args))
        self._process.start()
        sender.close()  # so that the pipe ends when the process does

    def ended(self, seconds):
        """Wait at most so many seconds; return whether the call has ended."""
        return self._receiver.poll(seconds)

    def result(self):
        """Wait until the call has ended; return what it returned, or raise what it raised.

        Raises KeyboardInterrupt if the kernel was interrupted, RuntimeError if the process was ended or died.
        """
        try:
            returned, value = self._receiver.recv()
        except EOFError:
            self._process.join()
            how = how_it_ended(self._process.exitcode)
            raise RuntimeError(f"The process of the run {how}. All its workers were ended.") from None
        finally:
            self._process.join(GRACE)
            self.end()
        if not returned:
            raise value
        return value

    def end(self):
        """End the process, and all that it started, at once.

        What it had no time to tidy up, such as semaphores, Python's resource tracker removes when the kernel ends.
        """
        if self._process.is_alive() and os.name == "posix":
            os.kill(self._process.pid, signal.SIGINT)
            self._process.join(GRACE)
        if self._process.is_alive():
            kill_children(self._process.pid)
            self._process.kill()
        self._process.join()


def kill_children(pid):
    """Stop a process, and kill all that it started; who has ended meanwhile is passed over."""
    try:
        parent = psutil.Process(pid)
        parent.suspend()  # it starts no more
        children = parent.children(recursive=True)
    except psutil.NoSuchProcess:  # it has ended, and its children end with it: see `end_with_parent`
        return
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            pass


def host(sender, function, args):
    """Call the function and send (True, what it returned) or (False, what it raised)."""
    with interruptible():
        end_with_parent()
        try:
            outcome = True, function(*args)
        except KeyboardInterrupt as interrupt:
            outcome = False, interrupt
        except Exception as error:
            outcome = False, portable(error)
    sender.send(outcome)


if os.name == "posix":

    @contextmanager
    def interruptible():
        """Raise KeyboardInterrupt in the block when the kernel is interrupted; processes started in it don't notice.

        Jupyter sends SIGINT to the kernel and to all processes below it. Here it is blocked, which new
        threads and processes inherit: else each worker would print a traceback. One thread waits for
        it and passes it on under another name.
        """
        main = get_ident()

        def pass_on():
            signal.sigwait({signal.SIGINT})
            signal.pthread_kill(main, signal.SIGUSR1)

        signal.signal(signal.SIGINT, signal.default_int_handler)  # an idle kernel ignores it, and so would we
        signal.signal(signal.SIGUSR1, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        Thread(target=pass_on, daemon=True).start()
        try:
            yield
        finally:
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)

else:

    @contextmanager
    def interruptible():
        """Do nothing: on Windows the interrupt reaches the kernel only."""
        yield
