"""What runs inside a worker process.

Imports only quick parts of the standard library: under spawn and forkserver, each new worker
imports this file before its first task.
"""

import sys
from collections import namedtuple

# --- Workers that print: the course's first programs ---


def announce():
    """Print that a worker process is executing."""
    print("Worker process executing.")


def print_number(number):
    """Print the number that this process was given."""
    print(f"Process {number}: Number {number}")


# --- An initializer: what a worker does before its first task ---


def write_errors_to(path):
    """Let this process add its error messages to the end of a file, instead of showing them."""
    sys.stderr = open(path, "a", encoding="utf-8")  # noqa: SIM115, PTH123  (open until the process ends; quick to import)


# --- A process that sends results: the target of a Process that computes ---


def send_results(worker, items, sender):
    """Call `worker` for each item, and send each result through the pipe's end `sender`. Close it at the end."""
    with sender:
        for item in items:
            sender.send(worker(item))


# --- A worker that changes a variable ---

counter = 0


def add_one():
    """Add one to the counter of this module, in the memory of the process that runs it."""
    global counter
    counter += 1
    return counter


# --- Workers to be run step by step: each line is a step ---


def read_add_write(value):
    """Add one to a shared `value`, as `value.value += 1` does, in three steps."""
    own = value.value
    own += 1
    value.value = own


def read_add_write_locked(value, lock):
    """Do the same while holding a lock."""
    with lock:
        own = value.value
        own += 1
        value.value = own


def eat_left_first(left, right, meals):
    """Eat a meal with two forks, each of them a lock. Take the left one first."""
    with left:
        with right:
            meals.value += 1


def eat_right_first(left, right, meals):
    """Eat a meal with two forks. Take the right one first."""
    with right:
        with left:
            meals.value += 1


# --- Workers that compute: the interpreter is busy all the time ---


def count_primes(stop):
    """Count the primes below `stop` by trial division: slow on purpose, and pure Python."""
    count = 0
    for number in range(2, stop):
        divisor = 2
        while divisor * divisor <= number and number % divisor != 0:
            divisor += 1
        if divisor * divisor > number:  # no divisor found: it is a prime
            count += 1
    return count


Tile = namedtuple("Tile", "left top side pixels")
Tile.__doc__ = "A square piece of the complex plane, to be computed as `pixels` × `pixels` points."


def mandelbrot_tiles(across=8, pixels=32, left=-2.0, top=1.25, side=2.5):
    """Cut a square of the complex plane into `across` × `across` tiles, row by row from the top left.

    left, top, side  where the square begins, and how wide it is. By default it holds the whole Mandelbrot set.

    Raises TypeError or ValueError for anything else.
    """
    from helpers.inputs import number, whole_number  # here, since it would cost every worker's start-up

    whole_number("across", across)
    whole_number("pixels", pixels)
    for name, value in (("left", left), ("top", top), ("side", side)):
        number(name, value, least=-4, most=4)
    step = side / across
    return [
        Tile(left + column * step, top - row * step, step, pixels) for row in range(across) for column in range(across)
    ]


def mandelbrot_tile(tile, limit=120):
    """Compute one tile: for each point the steps (at most `limit`) until it escapes, row by row."""
    step = tile.side / tile.pixels
    rows = []
    for y in range(tile.pixels):
        row = []
        for x in range(tile.pixels):
            c = complex(tile.left + x * step, tile.top - y * step)
            z, steps = 0j, 0
            while steps < limit and z.real * z.real + z.imag * z.imag <= 4.0:
                z = z * z + c
                steps += 1
            row.append(steps)
        rows.append(row)
    return rows


def hash_password(password, rounds=100_000):
    """Hash a password with PBKDF2. The rounds run in C, which lets go of the GIL meanwhile."""
    import hashlib  # here, for the same reason

    return hashlib.pbkdf2_hmac("sha256", password.encode(), b"a salt for the course", rounds).hex()


# --- Workers that wait: the interpreter has nothing to do ---


def fetch_page(url):
    """Fetch a page, whose address begins with http://, and return its size in bytes."""
    from urllib import request  # here, for the same reason

    # What build_opener returns would ask a proxy, which could not reach this machine's own server. And since
    # Python 3.12, it gets ready for https each time: for tens of milliseconds, a page would be a task that computes.
    direct = request.OpenerDirector()
    handlers = request.HTTPHandler, request.HTTPErrorProcessor, request.HTTPDefaultErrorHandler, request.UnknownHandler
    for handler in handlers:
        direct.add_handler(handler())
    with direct.open(url, timeout=30) as page:
        return len(page.read())


def stand_by(ready, release):
    """Set the event `ready`, and wait for the event `release`, at most a minute."""
    ready.set()
    release.wait(timeout=60)
