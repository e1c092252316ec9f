"""The machine card says what this process may use, not what the computer has."""

import multiprocessing
import os
import platform
import subprocess
import sys
from mmap import mmap
from types import SimpleNamespace

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


# --- Memory ---


@pytest.fixture
def limited(monkeypatch, tmp_path):
    """Put these lines where Linux keeps a container's limits."""

    def limit(*lines):
        files = [tmp_path / str(number) for number in range(len(lines))]
        for file, line in zip(files, lines):
            file.write_text(line)
        monkeypatch.setattr(machine, "MEMORY_LIMITS", files)

    return limit


def test_without_a_limit_all_memory_of_the_computer_may_be_used(limited, monkeypatch, tmp_path):
    limited("max\n", "9223372036854771712\n")  # how version 2 and version 1 say that there is no limit
    assert machine.usable_memory() == psutil.virtual_memory().total
    monkeypatch.setattr(machine, "MEMORY_LIMITS", [tmp_path / "missing"])
    assert machine.usable_memory() == psutil.virtual_memory().total


@pytest.mark.parametrize("lines", [["1048576\n"], ["max\n", "1048576\n"], ["2097152\n", "1048576\n"]])
def test_a_containers_limit_counts(limited, lines):
    limited(*lines)
    assert machine.usable_memory() == 2**20


def test_memory_is_measured_in_bytes():
    assert 2**20 < machine.memory_of(os.getpid()) < psutil.virtual_memory().total


def test_what_a_process_takes_counts_as_its_memory():
    before = machine.memory_of(os.getpid())
    taken = bytearray(os.urandom(1)) * (64 * 2**20)
    assert len(taken) * 0.9 < machine.memory_of(os.getpid()) - before < len(taken) * 1.5


def test_memory_that_was_never_touched_does_not_count():
    before = machine.memory_of(os.getpid())
    with mmap(-1, 64 * 2**20):
        assert machine.memory_of(os.getpid()) - before < 16 * 2**20


def test_where_the_system_does_not_tell_it_is_the_memory_in_use(monkeypatch):
    def denied(_):
        raise psutil.AccessDenied()

    monkeypatch.setattr(psutil.Process, "memory_full_info", denied)
    monkeypatch.setattr(psutil.Process, "memory_info", lambda _: SimpleNamespace(rss=123))
    assert machine.memory_of(os.getpid()) == 123


# --- The card ---


def line(what):
    """Return what the card says in the line with this name."""
    (value,) = [value for name, value in machine.card() if name == what]
    return value


def test_the_card_has_these_lines_in_this_order():
    assert [name for name, _ in machine.card()] == [
        "usable cores",
        "os.cpu_count()",
        "physical cores",
        "memory",
        "Python",
        "system",
        "GIL",
        "default start method",
        "other start methods",
    ]


def test_the_card_tells_the_cores_that_may_be_used_and_those_that_are_counted(monkeypatch):
    monkeypatch.setattr(machine, "usable_cores", lambda: 3)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert (line("usable cores"), line("os.cpu_count()")) == ("3", "64")


@pytest.mark.parametrize(("counted", "said"), [(2, "2"), (None, "not known")])
def test_the_card_tells_the_physical_cores_where_the_system_does(monkeypatch, counted, said):
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 4 if logical else counted)
    assert line("physical cores") == said


@pytest.mark.parametrize(("limit", "said"), [(2**30, "1.0 GiB"), (3 * 2**29, "1.5 GiB"), (512 * 2**20, "0.5 GiB")])
def test_the_cards_memory_is_in_gib(limited, limit, said):
    limited(str(limit))
    assert line("memory") == said


def test_the_cards_memory_is_what_psutil_says(limited):
    limited()
    said, unit = line("memory").split()
    assert unit == "GiB" and float(said) == pytest.approx(psutil.virtual_memory().total / 1024**3, abs=0.06)


@pytest.mark.parametrize(("enabled", "said"), [(True, "on"), (False, "off")])
def test_the_card_asks_the_interpreter_whether_its_gil_is_on(monkeypatch, enabled, said):
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: enabled, raising=False)
    assert line("GIL") == said


def test_before_python_could_tell_the_gil_was_always_on(monkeypatch):
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    assert line("GIL") == "on"


@pytest.mark.parametrize(
    ("methods", "default", "others"),
    [
        (["fork", "spawn", "forkserver"], "fork", "spawn, forkserver"),
        (["forkserver", "spawn", "fork", "loky"], "forkserver", "spawn, fork"),
        (["spawn"], "spawn", "none"),
    ],
)
def test_the_card_tells_the_start_methods(monkeypatch, methods, default, others):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: methods)
    assert (line("default start method"), line("other start methods")) == (default, others)


def test_the_card_tells_this_python():
    assert line("Python").split() == [platform.python_implementation(), platform.python_version()]
    assert line("system").split(" on ") == [platform.system(), platform.machine()]
