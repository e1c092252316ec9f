"""Work of a known nature, to test advice on. Only quick parts of the standard library: worker processes import this."""

import time

from helpers.workers import count_primes

MEGABYTE = 2**20


def double(number):
    return 2 * number


def check_sum(data):
    """Look at a few bytes of many: hardly any work, for a large item."""
    return sum(data[::65536])


def make_picture(megabytes):
    """Return many bytes: hardly any work, for a large result."""
    return b"x" * (megabytes * MEGABYTE)


def wait(seconds):
    time.sleep(seconds)
    return seconds


def ask_and_compute(stop):
    """Wait for something else, then compute for about as long."""
    time.sleep(0.02)
    return count_primes(stop)


def copy_memory(megabytes):
    """Copy so many megabytes five times, which keeps the memory busy rather than the core."""
    source = b"x" * (megabytes * MEGABYTE)
    target = memoryview(bytearray(len(source)))
    for _ in range(5):
        target[:] = source


def multiply(side):
    """Multiply two matrices, in as many threads as the library likes."""
    import numpy as np  # here: only this work needs it

    matrix = np.ones((side, side))
    for _ in range(3):
        matrix @ matrix
    return side


def counter_of_primes():
    """Return a function that no worker process can import."""

    def count(stop):
        return count_primes(stop)

    return count


def fail_at_seven(number):
    if number == 7:
        raise KeyError(number)
    return number
