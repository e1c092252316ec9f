"""What a panel can run: kinds of work, and the settings of a run."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from textwrap import indent

from helpers.machine import start_methods
from helpers.pages import page_server
from helpers.running.ways import METHODS, WAYS
from helpers.runs import whole_number
from helpers.workers import count_primes, fetch_page, hash_password, mandelbrot_tile, mandelbrot_tiles

SHARE = 1.0  # of each task's size: the tests take less where they look at what is shown, not at how long it took

COUNTS = [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100, 150, 200, 500, 1000]
SQUARES = [4, 9, 16, 25, 36, 49, 64, 100, 144, 196, 256, 400]
PRIMES_BELOW = [1000, 5000, 10_000, 20_000, 40_000, 60_000, 100_000, 150_000, 200_000, 300_000, 400_000, 600_000]


def no_room(size):
    """Return 0: the results of most workloads are nothing to look at while a run goes on."""
    return 0


@dataclass(frozen=True, eq=False)
class Workload:
    """A kind of work, cut into tasks. Each is equal to itself only.

    label    what it is called
    work     a context manager that is called with the number of tasks and their size; gives the worker and the items
    imports  what its code needs, such as "functools.partial"
    worker   the worker as a learner would write it; {size} stands for the size
    items    the items likewise; {tasks} stands for their number, {across} for its square root
    measure  what the size of a task is
    sizes    the sizes to choose from; none if there is nothing to choose
    size     the one to begin with
    counts   the numbers of tasks to choose from
    around   the line of a with block that all else stands in, if any
    tasks    the number of tasks to begin with
    square   whether that number must be a square
    least    the smallest size that makes sense
    cost     called with the number of tasks and their size: the seconds that a serial run of them takes on an ordinary
             core, on which count_primes(60_000) takes 0.04 s; None if nobody knows
    room     called with the size: the bytes of a result that can be looked at while a run goes on
    """

    label: str
    work: Callable
    imports: tuple[str, ...]
    worker: str
    items: str
    measure: str
    sizes: list[int]
    size: int | None
    counts: list[int] = field(default_factory=lambda: COUNTS)
    around: str = ""
    tasks: int = 12
    square: bool = False
    least: int = 1
    cost: Callable | None = None
    room: Callable = no_room

    def check(self, tasks, size):
        """Raise ValueError or TypeError if the work can't be cut into so many tasks of that size."""
        whole_number("tasks", tasks)
        whole_number("size", size)
        if self.square and across(tasks) ** 2 != tasks:
            raise ValueError(f"tasks must be a square such as 64 for Mandelbrot tiles, not {tasks}.")

    def written(self, tasks, size):
        """Return the worker, the items and the line around them as a learner would write them."""
        figures = {"size": f"{size:_}", "tasks": tasks, "across": across(tasks)}
        return [part.format(**figures) for part in (self.worker, self.items, self.around)]


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


# --- What a serial run costs, in seconds on an ordinary core: fitted to measurements, and good to a third or so ---


def primes_cost(tasks, size):
    return tasks * (2.55e-9 * size**1.5 + 7e-8 * size)


def uneven_cost(tasks, size):
    return sum(primes_cost(1, size * number // tasks) for number in range(1, tasks + 1))


def mandelbrot_cost(tasks, size):
    return tasks * 4.3e-6 * size**2


def passwords_cost(tasks, size):
    return tasks * 5e-7 * size


def pages_cost(tasks, size):
    return tasks * (size / 1000 + 0.002)


WORKLOADS = {
    "primes": Workload(
        label="count primes",
        work=primes,
        imports=("helpers.workers.count_primes",),
        worker="count_primes",
        items="[{size}] * {tasks}",
        measure="primes below",
        sizes=PRIMES_BELOW,
        size=200_000,
        cost=primes_cost,
    ),
    "uneven": Workload(
        label="count primes, each task longer",
        work=uneven_primes,
        imports=("helpers.workers.count_primes",),
        worker="count_primes",
        items="[{size} * n // {tasks} for n in range(1, {tasks} + 1)]",
        measure="longest below",
        sizes=PRIMES_BELOW,
        size=300_000,
        cost=uneven_cost,
    ),
    "mandelbrot": Workload(
        label="compute Mandelbrot tiles",
        work=mandelbrot,
        imports=("helpers.workers.mandelbrot_tile", "helpers.workers.mandelbrot_tiles"),
        worker="mandelbrot_tile",
        items="mandelbrot_tiles({across}, pixels={size})",
        measure="tile pixels",
        sizes=[4, 8, 16, 24, 32, 48, 64, 96, 128, 160],
        size=96,
        counts=SQUARES,
        tasks=64,
        square=True,
        least=4,
        cost=mandelbrot_cost,
        room=lambda size: size**2,
    ),
    "passwords": Workload(
        label="hash passwords",
        work=passwords,
        imports=("functools.partial", "helpers.workers.hash_password"),
        worker="partial(hash_password, rounds={size})",
        items='[f"password {{n}}" for n in range({tasks})]',
        measure="rounds",
        sizes=[1000, 10_000, 50_000, 100_000, 200_000, 400_000, 800_000],
        size=400_000,
        cost=passwords_cost,
    ),
    "pages": Workload(
        label="fetch pages",
        work=pages,
        imports=("helpers.pages.page_server", "helpers.workers.fetch_page"),
        worker="fetch_page",
        items='[f"{{address}}/{{n}}" for n in range({tasks})]',
        measure="ms a page",
        sizes=[10, 20, 50, 100, 200, 300, 500],
        size=200,
        around="with page_server(latency={size} / 1000) as address:",
        cost=pages_cost,
    ),
}


@dataclass(frozen=True)
class Settings:
    """What is run, and how.

    workload      a key of `WORKLOADS`, or what `own_work` returns
    how           a way to run, as `helpers.runs.run` takes it
    workers       how many threads or processes
    tasks         how many tasks (default: the workload's own)
    size          how large a task is, in what the workload measures (default: the workload's own)
    chunksize     tasks handed over at a time, by "pool" and "executor"
    start_method  "fork", "spawn" or "forkserver" (default: Python's own default)
    method        what "pool" calls: "map", "imap", "imap_unordered" or "apply_async"

    Raises ValueError or TypeError for what can't be run.
    """

    workload: str | Workload = "primes"
    how: str = "pool"
    workers: int = 2
    tasks: int | None = None
    size: int | None = None
    chunksize: int = 1
    start_method: str | None = None
    method: str = "map"

    def __post_init__(self):
        known = {"how": WAYS, "start_method": [None, *start_methods()], "method": METHODS}
        if not isinstance(self.workload, Workload):
            known = {"workload": WORKLOADS, **known}
        for name, choices in known.items():
            value = getattr(self, name)
            if value not in list(choices):
                raise ValueError(f"{name}={value!r} is not known here. Use one of {', '.join(map(repr, choices))}.")
        # a frozen dataclass has no other way to fill in its own defaults
        object.__setattr__(self, "tasks", self.kind.tasks if self.tasks is None else self.tasks)
        object.__setattr__(self, "size", self.kind.size if self.size is None else self.size)
        object.__setattr__(self, "start_method", self.start_method or start_methods()[0])
        for name in ("workers", "chunksize"):
            whole_number(name, getattr(self, name))
        self.kind.check(self.tasks, self.size)

    @property
    def kind(self):
        """The `Workload` to run."""
        return self.workload if isinstance(self.workload, Workload) else WORKLOADS[self.workload]

    @property
    def way(self):
        """The `Way` to run."""
        return WAYS[self.how]

    def used(self):
        """Return name → value of the settings that the way of running uses."""
        idle = unused(self.how, self.method) | ({"size"} if self.size is None else set())
        return {name: getattr(self, name) for name in SETTING_NAMES if name not in idle}

    def serial(self):
        """Return the settings of a serial run of the same tasks."""
        return replace(Settings(), workload=self.workload, tasks=self.tasks, size=self.size, how="serial")

    @property
    def title(self):
        """What a run with these settings is called in pictures."""
        return self.way.title(self.workers)

    def code(self):
        """Return the program that these settings stand for, as a learner would write it."""
        worker, items, around = self.kind.written(self.tasks, self.size)
        default = self.start_method == start_methods()[0]
        module = "multiprocessing" if default else f'multiprocessing.get_context("{self.start_method}")'
        context = "" if default else f", mp_context={module}"
        filled_in = {"worker": worker, "workers": self.workers, "chunksize": self.chunksize}
        call = indent(METHODS[self.method].code.format(**filled_in), "    ")
        call = self.way.code.format(**filled_in, module=module, context=context, call=call)
        body = f"items = {items}\n{call}"
        if around:
            body = f"{around}\n{indent(body, '    ')}"
        needed = {*self.kind.imports, *self.way.imports, *(["multiprocessing"] if context else [])}
        return f"{import_lines(needed)}\n\n{body}"

    def work(self):
        """Return a context manager that gives the worker and the items."""
        return self.kind.work(self.tasks, self.actual_size)

    @property
    def actual_size(self):
        """How large a task really is: `SHARE` of its size, but no smaller than makes sense. None without a size."""
        if self.size is None:
            return None
        return max(min(self.size, self.kind.least), round(self.size * SHARE))

    @property
    def room(self):
        """How many bytes of a task's result can be looked at while a run goes on, for its `Log`."""
        return self.kind.room(self.actual_size)

    def effort(self):
        """Return the seconds that a serial run takes on an ordinary core, or None if nobody knows before it was made.

        The core is one on which count_primes(60_000) takes 0.04 s. The figure is good to a third or so.
        """
        return self.kind.cost(self.tasks, self.actual_size) if self.kind.cost else None


def import_lines(needed):
    """Return the lines that import what is needed, such as "multiprocessing" and "functools.partial"."""
    names = {}
    for name in sorted(needed):
        module, _, name = name.rpartition(".")
        names.setdefault(module, []).append(name)
    modules = [f"import {name}" for name in names.pop("", [])]
    others = sorted(names, key=lambda module: (module.startswith("helpers"), module))
    return "\n".join([*modules, *(f"from {module} import {', '.join(names[module])}" for module in others)])


def unused(how, method="map"):
    """Return the names of the settings that a way of running does not use, or if it is a pool, a method of it."""
    names = {"workers", "chunksize", "start_method", "method"}.difference(WAYS[how].uses)
    return names if how != "pool" or METHODS[method].chunksize else names | {"chunksize"}


SETTING_NAMES = [field.name for field in fields(Settings)]
