"""What a panel can run: the workloads and the settings of a run."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cache, partial
from textwrap import indent
from timeit import repeat

from helpers.inputs import number_of_workers, whole_number
from helpers.machine import start_methods
from helpers.pages import page_server
from helpers.running.changed import require_readable
from helpers.running.ways import METHODS, WAYS
from helpers.runs import require_importable
from helpers.workers import count_primes, fetch_page, hash_password, mandelbrot_tile, mandelbrot_tiles

WATCHED = 2.8  # seconds that a panel's first serial run takes at most: long enough to watch, short enough to wait for
SHARE = 1.0  # of each task's size: tests lower it where they check what is shown, not how long it took

COUNTS = [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100, 150, 200, 500, 1000]
SQUARES = [4, 9, 16, 25, 36, 49, 64, 100, 144, 196, 256, 400]
PRIMES_BELOW = [1000, 5000, 10_000, 20_000, 40_000, 60_000, 100_000, 140_000, 180_000, 240_000, 300_000, 400_000]


def no_room(size):
    """Return 0: most workloads have no results to look at during a run."""
    return 0


@dataclass(frozen=True, eq=False)
class Workload:
    """A kind of work, divided into tasks. A workload is equal only to itself.

    label    its name
    work     a function of the number of tasks and their size; returns a context manager that gives the worker and
             the items
    imports  what its code needs, such as "functools.partial"
    worker   the worker as a learner would write it; {size} stands for the size
    items    the items as a learner would write them; {tasks} stands for their number, {across} for its square root
    measure  what the size of a task means
    sizes    the sizes on offer, in ascending order; empty if there is no choice
    counts   the numbers of tasks on offer
    around   the first line of a with block around everything else, if there is one
    tasks    the initial number of tasks
    square   whether the number of tasks must be a square
    least    the smallest size that makes sense
    cost     a function of the number of tasks and their size; returns the seconds that a serial run takes on this
             computer, accurate to about a third; None if that is unknown
    room     a function of the size; returns the bytes of each result that can be looked at during a run
    """

    label: str
    work: Callable
    imports: tuple[str, ...]
    worker: str
    items: str
    measure: str
    sizes: list[int]
    counts: list[int] = field(default_factory=lambda: COUNTS)
    around: str = ""
    tasks: int = 12
    square: bool = False
    least: int = 1
    cost: Callable | None = None
    room: Callable = no_room

    def check(self, tasks, size):
        """Raise ValueError or TypeError if the work can't be divided into that many tasks of that size."""
        whole_number("size", size)
        if self.square and across(tasks) ** 2 != tasks:
            raise ValueError(f"tasks must be a square such as 64 for Mandelbrot tiles, not {tasks}.")

    def fitting(self, tasks):
        """Return the largest size on offer with which a serial run takes at most `WATCHED` seconds on this computer.

        If none is so short, or that is unknown, the smallest size; None if there is no choice.
        """
        smallest, *larger = self.sizes or [None]
        return max([size for size in larger if self.cost and self.cost(tasks, size) <= WATCHED], default=smallest)

    def written(self, tasks, size):
        """Return the worker, the items, and the line around them as a learner would write them."""
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
    """Return the number of tiles in a row of a square of that many tiles."""
    return round(tasks**0.5)


# --- Seconds of a serial run: fitted to measurements on an ordinary core, times this computer's pace ---


@cache
def pace():
    """Return how many times as long this computer takes as an ordinary core, where count_primes(60_000) takes 0.04 s.

    The shortest of several times, since other programs may use the core too.
    """
    return min(repeat(lambda: count_primes(20_000), number=1, repeat=5)) / ordinary_primes(20_000)


def ordinary_primes(size):
    return 2.55e-9 * size**1.5 + 7e-8 * size


def primes_cost(tasks, size):
    return pace() * tasks * ordinary_primes(size)


def uneven_cost(tasks, size):
    return sum(primes_cost(1, size * number // tasks) for number in range(1, tasks + 1))


def mandelbrot_cost(tasks, size):
    return pace() * tasks * 4.3e-6 * size**2


def passwords_cost(tasks, size):
    return pace() * tasks * 5e-7 * size


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
        cost=uneven_cost,
    ),
    "mandelbrot": Workload(
        label="compute Mandelbrot tiles",
        work=mandelbrot,
        imports=("helpers.workers.mandelbrot_tile", "helpers.workers.mandelbrot_tiles"),
        worker="mandelbrot_tile",
        items="mandelbrot_tiles({across}, pixels={size})",
        measure="tile pixels",
        sizes=[4, 8, 16, 24, 32, 48, 64, 88, 112, 144, 192],
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
        around="with page_server(latency={size} / 1000) as address:",
        cost=pages_cost,
    ),
}


@dataclass(frozen=True)
class Settings:
    """What to run, and how.

    workload      a key of `WORKLOADS`, or what `own_work` returns
    how           a way to run, as in `helpers.runs.run`
    workers       number of threads or processes
    tasks         number of tasks (default: the workload's)
    size          size of a task, in the workload's own measure (default: one that takes seconds, not minutes)
    chunksize     number of tasks sent at a time, by "pool", "executor" and "joblib"
    start_method  "fork", "spawn", or "forkserver" (default: Python's own default)
    method        the method that "pool" calls: "map", "imap", "imap_unordered", or "apply_async"

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
        # the only way to fill in defaults in a frozen dataclass
        object.__setattr__(self, "tasks", self.kind.tasks if self.tasks is None else self.tasks)
        number_of_workers(self.workers)
        for name in ("tasks", "chunksize"):
            whole_number(name, getattr(self, name))
        object.__setattr__(self, "size", self.kind.fitting(self.tasks) if self.size is None else self.size)
        object.__setattr__(self, "start_method", self.start_method or start_methods()[0])
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
        """Return name → value for the settings that this way of running uses."""
        idle = unused(self.how, self.method) | ({"size"} if self.size is None else set())
        return {name: getattr(self, name) for name in SETTING_NAMES if name not in idle}

    def serial(self):
        """Return the settings of a serial run of the same tasks."""
        return Settings(self.workload, "serial", tasks=self.tasks, size=self.size)

    @property
    def title(self):
        """The name of a run with these settings in pictures."""
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
        own_context = context and "{context}" in self.way.code
        needed = {*self.kind.imports, *self.way.imports, *(["multiprocessing"] if own_context else [])}
        return f"{import_lines(needed)}\n\n{body}"

    @contextmanager
    def work(self):
        """Give the worker and the items. Raises TypeError or SyntaxError if no process could import the worker."""
        with self.kind.work(self.tasks, self.actual_size) as (worker, items):
            require_importable(worker)
            require_readable(worker)
            yield worker, items

    @property
    def actual_size(self):
        """The size that a task really has: `SHARE` of its size, but at least the smallest sensible one, or None."""
        if self.size is None:
            return None
        return max(min(self.size, self.kind.least), round(self.size * SHARE))

    @property
    def room(self):
        """The bytes of each task's result that can be looked at during a run, for its `Log`."""
        return self.kind.room(self.actual_size)

    def effort(self):
        """Return about how many seconds a serial run takes on this computer, or None if that is unknown beforehand."""
        return self.kind.cost(self.tasks, self.actual_size) if self.kind.cost else None


def import_lines(needed):
    """Return the import lines for what is needed, such as "multiprocessing" and "functools.partial"."""
    names = {}
    for name in sorted(needed):
        module, _, name = name.rpartition(".")
        names.setdefault(module, []).append(name)
    modules = [f"import {name}" for name in names.pop("", [])]
    others = sorted(names, key=lambda module: (module.startswith("helpers"), module))
    return "\n".join([*modules, *(f"from {module} import {', '.join(names[module])}" for module in others)])


def unused(how, method="map"):
    """Return the names of the settings that a way of running, or a pool's method, does not use."""
    names = {"workers", "chunksize", "start_method", "method"}.difference(WAYS[how].uses)
    return names if how != "pool" or METHODS[method].chunksize else names | {"chunksize"}


SETTING_NAMES = [field.name for field in fields(Settings)]
