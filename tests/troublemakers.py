"""Workers named for what they do."""

import os
import signal
import time
from pathlib import Path


def double(number):
    return 2 * number


def process_id(_):
    return os.getpid()


def fail(number):
    raise KeyError(number)


class NeedsTwoArguments(Exception):
    """It pickles, but does not unpickle: its __init__ takes more than `args` holds."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


def fail_beyond_pickling(number):
    raise NeedsTwoArguments(number, number)


def return_beyond_pickling(_):
    return lambda: None


def die(_):
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def sleep_for_ever(_):
    time.sleep(3600)


def meet(folder_name_names):
    """Return once all names stand in the folder: only workers that run at the same time get there."""
    folder, name, names = folder_name_names
    Path(folder, name).touch()
    while not all(Path(folder, other).exists() for other in names):
        time.sleep(0.005)
    return name
