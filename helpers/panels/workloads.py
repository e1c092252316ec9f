"""What a panel can run: kinds of work, and the settings of a run."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from textwrap import indent

from helpers.machine import start_methods
from helpers.pages import page_server
from helpers.running.ways import WAYS
from helpers.runs import whole_number
from helpers.workers import count_primes, fetch_page, hash_password, mandelbrot_tile, mandelbrot_tiles

COUNTS = [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100, 150, 200, 500, 1000]
SQUARES = [4, 9, 16, 25, 36, 49, 64, 100, 144, 196, 256, 400]
PRIMES_BELOW = [1000, 5000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 150_000, 200_000]


@dataclass(frozen=True)
class Workload:
    """A kind of work, cut into tasks.

    label    what it is called
    work     a context manager that is called with the number of tasks and their size; gives the worker and the items
    imports  what its code needs, such as "functools.partial"
    worker   the worker as a learner would write it; {size} stands for the size
    items    the items likewise; {tasks} stands for their number, {across} for its square root
    measure  what the size of a task is
    sizes    the sizes to choose from
    size     the one to begin with
    counts   the numbers of tasks to choose from
    around   the line of a with block that all else stands in, if any
    """

    label: str
    work: Callable
    imports: tuple[str, ...]
    worker: str
    items: str
    measure: str
    sizes: list[int]
    size: int
    counts: list[int] = field(default_factory=lambda: COUNTS)
    around: str = ""


@contextmanager
def primes(tasks, size):
    yield count_primes, [size] * tasks


@contextmanager
def uneven_primes(tasks, size):
    yield count_primes, [size * number // tasks for number in range(1, tasks + 1)]


@contextmanager
def mandelbrot(tasks, size):
    yield mandelbrot_tile, mandelbrot_tiles(across(tasks), size)


@contextmanager
def passwords(tasks, size):
    yield partial(hash_password, rounds=size), [f"password {number}" for number in range(tasks)]


@contextmanager
def pages(tasks, size):
    with page_server(latency=size / 1000) as address:
        yield fetch_page, [f"{address}/{number}" for number in range(tasks)]


def across(tasks):
    """Return how many tiles lie in a row of so many."""
    return round(tasks**0.5)


WORKLOADS = {
    "primes": Workload(
        label="count primes",
        work=primes,
        imports=("helpers.workers.count_primes",),
        worker="count_primes",
        items="[{size}] * {tasks}",
        measure="primes below",
        sizes=PRIMES_BELOW,
        size=60_000,
    ),
    "uneven": Workload(
        label="count primes, each task longer",
        work=uneven_primes,
        imports=("helpers.workers.count_primes",),
        worker="count_primes",
        items="[{size} * n // {tasks} for n in range(1, {tasks} + 1)]",
        measure="longest below",
        sizes=PRIMES_BELOW,
        size=80_000,
    ),
    "mandelbrot": Workload(
        label="compute Mandelbrot tiles",
        work=mandelbrot,
        imports=("helpers.workers.mandelbrot_tile", "helpers.workers.mandelbrot_tiles"),
        worker="mandelbrot_tile",
        items="mandelbrot_tiles({across}, pixels={size})",
        measure="tile pixels",
        sizes=[4, 8, 16, 24, 32, 48, 64, 96],
        size=32,
        counts=SQUARES,
    ),
    "passwords": Workload(
        label="hash passwords",
        work=passwords,
        imports=("functools.partial", "helpers.workers.hash_password"),
        worker="partial(hash_password, rounds={size})",
        items='[f"password {{n}}" for n in range({tasks})]',
        measure="rounds",
        sizes=[1000, 10_000, 50_000, 100_000, 200_000, 500_000],
        size=100_000,
    ),
    "pages": Workload(
        label="fetch pages",
        work=pages,
        imports=("helpers.pages.page_server", "helpers.workers.fetch_page"),
        worker="fetch_page",
        items='[f"{{address}}/{{n}}" for n in range({tasks})]',
        measure="ms a page",
        sizes=[10, 20, 50, 100, 200, 500],
        size=100,
        around="with page_server(latency={size} / 1000) as address:",
    ),
}


@dataclass(frozen=True)
class Settings:
    """What is run, and how.

    workload      a key of `WORKLOADS`
    how           a way to run, as `helpers.runs.run` takes it
    workers       how many threads or processes
    tasks         how many tasks
    size          how large a task is, in what the workload measures (default: the workload's own)
    chunksize     tasks handed over at a time, by "pool" and "executor"
    start_method  "fork", "spawn" or "forkserver" (default: Python's own default)

    Raises ValueError or TypeError for what can't be run.
    """

    workload: str = "primes"
    how: str = "pool"
    workers: int = 2
    tasks: int = 12
    size: int | None = None
    chunksize: int = 1
    start_method: str | None = None

    def __post_init__(self):
        known = {"workload": list(WORKLOADS), "how": list(WAYS), "start_method": [None, *start_methods()]}
        for name, choices in known.items():
            value = getattr(self, name)
            if value not in choices:
                raise ValueError(f"{name}={value!r} is not known here. Use one of {', '.join(map(repr, choices))}.")
        # a frozen dataclass has no other way to fill in its own defaults
        object.__setattr__(self, "size", WORKLOADS[self.workload].size if self.size is None else self.size)
        object.__setattr__(self, "start_method", self.start_method or start_methods()[0])
        for name in ("workers", "tasks", "size", "chunksize"):
            whole_number(name, getattr(self, name))
        if self.workload == "mandelbrot" and across(self.tasks) ** 2 != self.tasks:
            raise ValueError(f"tasks must be a square such as 64 for Mandelbrot tiles, not {self.tasks}.")

    @property
    def way(self):
        """The `Way` to run."""
        return WAYS[self.how]

    def used(self):
        """Return name → value of the settings that the way of running uses."""
        return {name: value for name, value in asdict(self).items() if name not in unused(self.how)}

    def serial(self):
        """Return the settings of a serial run of the same tasks."""
        return replace(Settings(), workload=self.workload, tasks=self.tasks, size=self.size, how="serial")

    @property
    def title(self):
        """What a run with these settings is called in pictures."""
        return self.way.title(self.workers)

    def code(self):
        """Return the program that these settings stand for, as a learner would write it."""
        workload = WORKLOADS[self.workload]
        sizes = {"size": f"{self.size:_}", "tasks": self.tasks, "across": across(self.tasks)}
        worker, items, around = (part.format(**sizes) for part in (workload.worker, workload.items, workload.around))
        default = self.start_method == start_methods()[0]
        module = "multiprocessing" if default else f'multiprocessing.get_context("{self.start_method}")'
        context = "" if default else f", mp_context={module}"
        call = self.way.code.format(worker=worker, module=module, context=context, **asdict(self))
        body = f"items = {items}\n{call}"
        if around:
            body = f"{around}\n{indent(body, '    ')}"
        needed = {*workload.imports, *self.way.imports, *(["multiprocessing"] if context else [])}
        return f"{import_lines(needed)}\n\n{body}"

    def work(self):
        """Return a context manager that gives the worker and the items."""
        return WORKLOADS[self.workload].work(self.tasks, self.size)


def import_lines(needed):
    """Return the lines that import what is needed, such as "multiprocessing" and "functools.partial"."""
    names = {}
    for name in sorted(needed):
        module, _, name = name.rpartition(".")
        names.setdefault(module, []).append(name)
    modules = [f"import {name}" for name in names.pop("", [])]
    others = sorted(names, key=lambda module: (module.startswith("helpers"), module))
    return "\n".join([*modules, *(f"from {module} import {', '.join(names[module])}" for module in others)])


def unused(how):
    """Return the names of the settings that a way of running does not use."""
    return {"workers", "chunksize", "start_method"}.difference(WAYS[how].uses)


SETTING_NAMES = [field.name for field in fields(Settings)]
