"""The program that is run step by step: two workers, what they share, and their lines of code."""

import ast
import inspect
from pathlib import Path

from helpers.inputs import number
from helpers.runs import require_importable

TYPE_CODES = {int: "i", float: "d"}  # type of a shared number → the type code of its `Value`
LARGEST_SHARED = 2**31 - 1  # what fits into a `Value` of type "i"
NAMES = "AB"  # of the two processes
LOST, DEADLOCK = "lost update", "deadlock"  # what can go wrong

CODE = """\
from multiprocessing import {needed}

{imports}

if __name__ == "__main__":
    {made}
    a = Process(target={first}, args={first_args})
    b = Process(target={second}, args={second_args})
    a.start()
    b.start()
    a.join()
    b.join()
    {shown}
"""


class Program:
    """Two processes, each with a worker, and what they share.

    workers  two functions, or twice the same
    shared   name → a number, which the processes share as a `Value`; or `multiprocessing.Lock`, for a lock

    Each worker is called with what its parameters name. Raises TypeError or ValueError for what can't be run step by
    step.
    """

    def __init__(self, workers, shared):
        for worker in workers:
            require_importable(worker)
        self.listings = [Listing(worker) for worker in workers]
        self.workers, self.shared = workers, shared
        for name, thing in shared.items():
            if not is_lock(thing) and type(thing) not in TYPE_CODES:
                raise TypeError(f"{name} must be a number, such as 0, or multiprocessing.Lock, not {thing!r}.")
            if not is_lock(thing):
                number(name, thing, -LARGEST_SHARED, LARGEST_SHARED)
        wanted = {name for worker in workers for name in parameters(worker)}
        for name in sorted(wanted - set(shared)):
            raise TypeError(f"Say what the parameter {name!r} is: {name}=0 for a number, or {name}=Lock for a lock.")
        for name in sorted(set(shared) - wanted):
            raise TypeError(f"No worker has a parameter {name!r}, so leave it out.")

    @property
    def locks(self):
        """The names of the locks."""
        return [name for name, thing in self.shared.items() if is_lock(thing)]

    @property
    def about(self):
        """What can go wrong: with two locks a deadlock, else a lost update."""
        return DEADLOCK if len(self.locks) > 1 else LOST

    @property
    def aim(self):
        """What the learner is asked to do."""
        wrong = {DEADLOCK: "that ends in a deadlock", LOST: "in which an update is lost"}[self.about]
        return f"Find an order {wrong}{', if there is one' if self.locks else ''}."

    def make(self, context):
        """Return name → a new `Value` or `Lock` of a multiprocessing context, for all that is shared."""
        return {
            name: context.Lock() if is_lock(thing) else context.Value(TYPE_CODES[type(thing)], thing)
            for name, thing in self.shared.items()
        }

    def code(self):
        """Return the program as a learner would write it."""
        first, second = self.workers
        made = [
            f"{name} = Lock()" if is_lock(thing) else f'{name} = Value("{TYPE_CODES[type(thing)]}", {thing})'
            for name, thing in self.shared.items()
        ]
        needed = {"Lock" if is_lock(thing) else "Value" for thing in self.shared.values()}
        numbers = [name for name in self.shared if name not in self.locks]
        return CODE.format(
            needed=", ".join(sorted({*needed, "Process"})),
            imports=import_lines(self.workers),
            made="\n    ".join(made),
            shown="\n    ".join(f'print("{name} =", {name}.value)' for name in numbers),
            first=first.__name__,
            first_args=written(parameters(first)),
            second=second.__name__,
            second_args=written(parameters(second)),
        )


class Listing:
    """The lines of a worker's code in its file, which a new process imports.

    name   the worker's
    lines  number of a line → its text, without the docstring
    """

    def __init__(self, worker):
        self.name = getattr(worker, "__name__", type(worker).__name__)
        written = inspect.isfunction(worker)  # and not in C, and no class
        text = Path(inspect.getsourcefile(worker)).read_text(encoding="utf-8") if written else ""
        functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        found = [function for function in functions if function.name == self.name]
        if not found or inspect.isgeneratorfunction(worker):
            raise TypeError(f"{self.name} must be a plain function, written with def at the left margin of its file.")
        function = found[-1]
        spread = range(function.lineno, function.end_lineno + 1)
        doc = function.body[0] if ast.get_docstring(function) else None
        kept = [number for number in spread if not doc or not doc.lineno <= number <= doc.end_lineno]
        self.lines = {number: text.splitlines()[number - 1] for number in kept}
        self._blocks = [
            (node.lineno, node.body[0].lineno, node.body[-1].end_lineno)
            for node in ast.walk(function)
            if isinstance(node, ast.With)
        ]

    def leaves(self, before, line):
        """Return whether a process that comes to `line` from the line `before` leaves a `with` block there."""
        return any(
            line == head and before is not None and first <= before <= last for head, first, last in self._blocks
        )

    def step(self, before, line):
        """Return what a process does that stands at `line` and came from the line `before`."""
        code = self.lines[line].strip()
        return f"leave {code.removesuffix(':')}" if self.leaves(before, line) else code


def is_lock(thing):
    """Return whether `thing` is `multiprocessing.Lock`, or the one of a context."""
    return inspect.ismethod(thing) and thing.__name__ == "Lock"


def parameters(worker):
    """Return the names of a function's parameters."""
    return list(inspect.signature(worker).parameters)


def written(names):
    """Return a tuple of names as code, such as (value,) or (value, lock)."""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def import_lines(workers):
    """Return the lines that import the workers."""
    names = {}
    for worker in workers:
        names.setdefault(worker.__module__, set()).add(worker.__name__)
    return "\n".join(f"from {module} import {', '.join(sorted(names[module]))}" for module in sorted(names))
