"""What to write instead of what can't be sent to a worker process. The tests run both programs of each cure."""

import io
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.pool import Pool
from types import FunctionType, GeneratorType, MethodType, ModuleType


@dataclass(frozen=True)
class Cure:
    """A kind of thing that can't be sent to a worker process, and what to write instead.

    kind     what it is, such as "a lambda"
    fits     whether a value is one
    instead  what to do, in a sentence or two
    before   a program that sends one, and fails
    after    the same program, fixed
    """

    kind: str
    fits: Callable
    instead: str
    before: str
    after: str


def is_lambda(value):
    return isinstance(value, FunctionType) and value.__qualname__.endswith("<lambda>")


def is_nested(value):
    """Return whether it is a function, or an object of a class, that was defined inside a function."""
    return "<locals>" in getattr(value, "__qualname__", type(value).__qualname__)


def is_from_main(value):
    """Return whether it is a function, or an object of a class, that was defined in a cell or in the main script."""
    return getattr(value, "__module__", None) == "__main__"


MAP = """
if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map({worker}, {items}))
"""

CURES = [
    Cure(
        kind="a lambda",
        fits=is_lambda,
        instead="A lambda has no name that a worker could import. Give the function a name with def, at the top level "
        "of a file.",
        before="from multiprocessing import Pool\n\ndouble = lambda number: 2 * number  # noqa: E731\n\n"
        + MAP.format(worker="double", items="[1, 2, 3]"),
        after="""\
from multiprocessing import Pool


def double(number):
    return 2 * number

"""
        + MAP.format(worker="double", items="[1, 2, 3]"),
    ),
    Cure(
        kind="a generator",
        fits=lambda value: isinstance(value, GeneratorType),
        instead="A generator can't be packed. Send or return a list.",
        before="""\
from multiprocessing import Pool


def total(numbers):
    return sum(numbers)

"""
        + MAP.format(worker="total", items="[(n for n in range(9)), (n for n in range(5))]"),
        after="""\
from multiprocessing import Pool


def total(numbers):
    return sum(numbers)

"""
        + MAP.format(worker="total", items="[list(range(9)), list(range(5))]"),
    ),
    Cure(
        kind="something defined inside a function",
        fits=is_nested,
        instead="What is defined inside a function has no name that a worker could import. Define it at the top level "
        "of a file, and pass with partial what it took from the function around it.",
        before="""\
from multiprocessing import Pool


def multiplier(factor):
    def multiply(number):
        return factor * number

    return multiply

"""
        + MAP.format(worker="multiplier(3)", items="[1, 2, 3]"),
        after="""\
from functools import partial
from multiprocessing import Pool


def multiply(factor, number):
    return factor * number

"""
        + MAP.format(worker="partial(multiply, 3)", items="[1, 2, 3]"),
    ),
    Cure(
        kind="something from a cell",
        fits=is_from_main,
        instead="A worker can't import what is defined in a cell of a notebook. Write it to a file: begin the cell "
        "with %%writefile my_work.py, and import it from there.",
        before="""\
from multiprocessing import Pool

exec("def double(number):\\n    return 2 * number", cell := {"__name__": "__main__"})
"""
        + MAP.format(worker='cell["double"]', items="[1, 2, 3]"),
        after="""\
from pathlib import Path
from multiprocessing import Pool

Path("my_work.py").write_text("def double(number):\\n    return 2 * number\\n")  # as %%writefile my_work.py does
from my_work import double
"""
        + MAP.format(worker="double", items="[1, 2, 3]"),
    ),
    Cure(
        kind="an open file",
        fits=lambda value: isinstance(value, io.IOBase) and not isinstance(value, (io.StringIO, io.BytesIO)),
        instead="An open file belongs to one process. Send its path, and let the worker open it.",
        before="""\
from multiprocessing import Pool


def first_line(file):
    return file.readline()


if __name__ == "__main__":
    with open(__file__) as file, Pool(2) as pool:
        print(pool.map(first_line, [file]))
""",
        after="""\
from multiprocessing import Pool


def first_line(path):
    with open(path) as file:
        return file.readline()


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(first_line, [__file__]))
""",
    ),
    Cure(
        kind="a database connection",
        fits=lambda value: isinstance(value, (sqlite3.Connection, sqlite3.Cursor)),
        instead="Each process needs a connection of its own. Send the database's path or address, and let the worker "
        "connect.",
        before="""\
import sqlite3
from multiprocessing import Pool


def square(connection):
    return connection.execute("SELECT 3 * 3").fetchone()

"""
        + MAP.format(worker="square", items='[sqlite3.connect(":memory:")]'),
        after="""\
import sqlite3
from multiprocessing import Pool


def square(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT 3 * 3").fetchone()
    finally:
        connection.close()

"""
        + MAP.format(worker="square", items='[":memory:"]'),
    ),
    Cure(
        kind="a pool",
        fits=lambda value: isinstance(value, Pool),
        instead="A pool can't travel. Keep it out of the object whose method you send: make it where you use it.",
        before="""\
from multiprocessing import Pool


class Shop:
    def __init__(self):
        self.pool = Pool(2)

    def price(self, number):
        return 3 * number


if __name__ == "__main__":
    shop = Shop()
    with shop.pool:
        print(shop.pool.map(shop.price, [1, 2, 3]))
""",
        after="""\
from multiprocessing import Pool


class Shop:
    def price(self, number):
        return 3 * number


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(Shop().price, [1, 2, 3]))
""",
    ),
    Cure(
        kind="a lock, or something that holds one",
        fits=lambda value: isinstance(
            value, (type(threading.Lock()), type(threading.RLock()), threading.Condition, threading.Event, queue.Queue)
        ),
        instead="A lock of threads means nothing to another process. If the workers need one, make a "
        "multiprocessing.Lock, and give it to them with an initializer. If they don't, leave it out.",
        before="""\
import threading
from functools import partial
from multiprocessing import Pool


def report(lock, number):
    with lock:
        return 2 * number

"""
        + MAP.format(worker="partial(report, threading.Lock())", items="[1, 2, 3]"),
        after="""\
import multiprocessing


def keep(the_lock):
    global lock
    lock = the_lock


def report(number):
    with lock:
        return 2 * number


if __name__ == "__main__":
    with multiprocessing.Pool(2, initializer=keep, initargs=[multiprocessing.Lock()]) as pool:
        print(pool.map(report, [1, 2, 3]))
""",
    ),
    Cure(
        kind="a module",
        fits=lambda value: isinstance(value, ModuleType),
        instead="A module can't be packed. Import it in the worker, or send its name.",
        before="""\
import math
from functools import partial
from multiprocessing import Pool


def root(module, number):
    return module.sqrt(number)

"""
        + MAP.format(worker="partial(root, math)", items="[1, 4, 9]"),
        after="""\
import math
from multiprocessing import Pool


def root(number):
    return math.sqrt(number)

"""
        + MAP.format(worker="root", items="[1, 4, 9]"),
    ),
    Cure(
        kind="a view of a dict",
        fits=lambda value: isinstance(value, (type({}.keys()), type({}.values()), type({}.items()))),
        instead="A view of a dict can't be packed. Send a list of it.",
        before="""\
from multiprocessing import Pool


def count(names):
    return len(names)

"""
        + MAP.format(worker="count", items='[{"a": 1, "b": 2}.keys()]'),
        after="""\
from multiprocessing import Pool


def count(names):
    return len(names)

"""
        + MAP.format(worker="count", items='[list({"a": 1, "b": 2})]'),
    ),
    Cure(
        kind="a memoryview",
        fits=lambda value: isinstance(value, memoryview),
        instead="A memoryview points into the memory of one process. Send a copy of its bytes.",
        before="""\
from multiprocessing import Pool


def count(data):
    return len(data)

"""
        + MAP.format(worker="count", items='[memoryview(b"abc")]'),
        after="""\
from multiprocessing import Pool


def count(data):
    return len(data)

"""
        + MAP.format(worker="count", items='[bytes(memoryview(b"abc"))]'),
    ),
]

METHOD = Cure(
    kind="a method of an object that can't be packed",
    fits=lambda value: isinstance(value, MethodType),
    instead="A method is packed with its object, and with all that the object holds. Send a plain function and only "
    "the values that it needs, or leave the part out of what is packed with `__getstate__`.",
    before="""\
import sys
from multiprocessing import Pool


class Shop:
    def __init__(self):
        self.factor, self.journal = 3, sys.stdout

    def price(self, number):
        return self.factor * number

"""
    + MAP.format(worker="Shop().price", items="[1, 2, 3]"),
    after="""\
import sys
from multiprocessing import Pool


class Shop:
    def __init__(self):
        self.factor, self.journal = 3, sys.stdout

    def price(self, number):
        return self.factor * number

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["journal"]  # a worker doesn't need it
        return state

"""
    + MAP.format(worker="Shop().price", items="[1, 2, 3]"),
)
