"""The machine card tells what this process may use, not what the computer has."""

import multiprocessing
import os
import subprocess
import sys

import psutil
import pytest

from helpers import machine


def test_usable_cores_are_at_most_the_cores_of_the_computer():
    assert 1 <= machine.usable_cores() <= os.cpu_count()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux can restrict a process to some cores")
def test_usable_cores_respect_affinity():
    program = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
    program += "from helpers import machine; print(machine.usable_cores())"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "1\n"


def test_the_default_start_method_comes_first():
    assert machine.start_methods()[0] == multiprocessing.get_start_method()


def test_asking_does_not_fix_the_start_method():
    program = "from helpers import machine; machine.card()\n"
    program += "import multiprocessing; print(multiprocessing.get_start_method(allow_none=True))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "None\n"


def test_memory_is_measured_in_bytes():
    assert 2**20 < machine.memory_of(os.getpid()) < machine.usable_memory() <= psutil.virtual_memory().total


def test_the_card_names_each_thing_once():
    names = [name for name, _ in machine.card()]
    assert len(set(names)) == len(names)
    assert {"usable cores", "os.cpu_count()", "memory", "Python", "GIL", "default start method"} <= set(names)
