"""Two real processes that take one step when told, and which of them waits for the other."""

import signal
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import perf_counter

from helpers.running.hosted import interrupts_blocked
from helpers.running.stepping import follow
from helpers.running.supervise import WatchedContext, exitcode_of, how_it_ended
from helpers.steps.program import NAMES, Listing, parameters

STEP_LIMIT = 30.0  # seconds for one step, and for a process to start


class StepError(RuntimeError):
    """The processes can't go on."""


@dataclass(eq=False)
class Stepper:
    """One of the processes, and where it stands.

    name     "A" or "B"
    listing  the `Listing` of its worker
    process  the multiprocessing.Process
    pipe     this end of the pipe to it
    line     the number of the line that it runs next
    before   the number of the line that it ran last
    own      its own variables: name → value as text
    waits    the name of the lock that it waits for
    done     whether its worker has returned
    """

    name: str
    listing: Listing
    process: BaseProcess
    pipe: Connection
    line: int | None = None
    before: int | None = None
    own: dict = field(default_factory=dict)
    waits: str | None = None
    done: bool = False

    @property
    def step(self):
        """What it does next, as code."""
        return "" if self.done else self.listing.step(self.before, self.line)

    @property
    def can_move(self):
        return not self.done and not self.waits


class Scheduler:
    """Runs a `Program` step by step. As a context manager, it leaves no process behind.

    steppers  the two processes
    holders   name of a lock → the `Stepper` that holds it, or None
    order     the steps so far: the index of the process that took each

    The methods raise `StepError` if a process ends, raises an error, or does not finish its step in time, and
    KeyboardInterrupt if the kernel was interrupted.
    """

    def __init__(self, program):
        self.program = program
        self.steppers, self.holders, self.order = [], {}, []
        self._context = self._shared = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    @property
    def movable(self):
        """The indexes of the processes that can take a step."""
        return [number for number, stepper in enumerate(self.steppers) if stepper.can_move]

    @property
    def stuck(self):
        """Whether no process can go on, although not all are done."""
        return not self.movable and not all(stepper.done for stepper in self.steppers)

    @property
    def values(self):
        """Name → the number that is shared now."""
        # read without the lock of the Value, which a process that was killed may have kept
        return {name: thing.get_obj().value for name, thing in self._shared.items() if name not in self.holders}

    def begin(self):
        """Bring both processes to their first step, and all that they share to its first state."""
        self.order = []
        done = bool(self.steppers) and all(stepper.done for stepper in self.steppers)
        if done and not any(self.holders.values()):
            for name in self.values:
                self._shared[name].get_obj().value = self.program.shared[name]
            for number, stepper in enumerate(self.steppers):
                self.steppers[number] = Stepper(stepper.name, stepper.listing, stepper.process, stepper.pipe)
                self._permit(stepper)
        else:
            self.end()
            self._start()
        self._settle(list(self.steppers))

    def step(self, number):
        """Let a process, given by its index, take its next step. A process that gets a lock by that goes on, too.

        Raises ValueError if the process is done, or waits.
        """
        stepper = self.steppers[number]
        if not stepper.can_move:
            raise ValueError(f"Process {stepper.name} can't take a step now.")
        stepper.before = stepper.line
        self.order.append(number)
        self._permit(stepper)
        self._settle([stepper])

    def check(self):
        """Raise what the methods raise if a process has ended."""
        ended = wait([stepper.process.sentinel for stepper in self.steppers], timeout=0)
        for stepper in self.steppers:
            if stepper.process.sentinel in ended:
                self._tell_end(stepper)

    def end(self):
        """End both processes."""
        if self._context:
            self._context.kill()
        for stepper in self.steppers:
            stepper.pipe.close()
        self.steppers, self._context, self._shared = [], None, None

    def _start(self):
        """Start the processes. They are spawned, since forking a kernel, with its many threads, could deadlock."""
        self._context = WatchedContext("spawn")
        self._shared = self.program.make(self._context)
        self.holders = dict.fromkeys(self.program.locks)
        for name, worker, listing in zip(NAMES, self.program.workers, self.program.listings):
            pipe, its_end = self._context.Pipe()
            shared = {name: self._shared[name] for name in parameters(worker)}
            # a daemon: when the notebook's Python ends, it ends this process and does not wait for it
            process = self._context.Process(target=follow, args=(worker, shared, its_end), daemon=True)
            with interrupts_blocked():
                process.start()
            its_end.close()  # so that the pipe ends when the process does
            self.steppers.append(Stepper(name, listing, process, pipe))

    def _permit(self, stepper):
        try:
            stepper.pipe.send("go on")
        except OSError:
            self._tell_end(stepper)

    def _settle(self, moving):
        """Wait until each process that moves stands at its next step, waits for a lock, or is done."""
        moving = set(moving)
        deadline = perf_counter() + STEP_LIMIT
        while moving:
            ready = wait([stepper.pipe for stepper in moving], timeout=max(0.0, deadline - perf_counter()))
            if not ready:
                names = " and ".join(sorted(stepper.name for stepper in moving))
                raise StepError(f"Process {names} took longer than {STEP_LIMIT:g} s for a step.")
            for stepper in self.steppers:
                if stepper.pipe in ready:
                    try:
                        told = stepper.pipe.recv()
                    except (EOFError, OSError):
                        self._tell_end(stepper)
                    self._note(stepper, moving, *told)

    def _note(self, stepper, moving, what, told, own=None):
        """Note what a process tells (see `helpers.running.stepping`), and who moves from now on."""
        match what:
            case "at":
                if told not in stepper.listing.lines:
                    raise StepError(f"The file of {stepper.listing.name} has changed. Run this cell again.")
                stepper.line, stepper.own = told, own
            case "done":
                stepper.done, stepper.own = True, own
            case "waits":
                stepper.waits = told
            case "got":
                stepper.waits, self.holders[told] = None, stepper
                moving.difference_update(self._waiting(told))
            case "freed":
                self.holders[told] = None
                moving.update(self._waiting(told))
            case "failed":
                raise StepError(f"Process {stepper.name} raised {told}")
        if what in ("at", "done", "waits"):
            moving.discard(stepper)

    def _waiting(self, lock):
        """Return the processes that wait for a lock."""
        return [stepper for stepper in self.steppers if stepper.waits == lock]

    def _tell_end(self, stepper):
        """Raise the error that says how a process ended."""
        exitcode = exitcode_of(stepper.process)
        if exitcode == -signal.SIGINT:
            raise KeyboardInterrupt
        raise StepError(f"Process {stepper.name} (PID {stepper.process.pid}) {how_it_ended(exitcode)}.")
