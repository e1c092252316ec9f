"""What people ask: each link leads to a cell that runs, and each message is what Python says."""

import re
import subprocess
import sys

import course
import listing
import practice
import pytest
from conftest import ROOT

from helpers import asked
from helpers.machine import start_methods

ALL = [question for group in asked.GROUPS for question in asked.of_group(group)]
WITH_MESSAGES = [question for question in ALL if question.messages and not question.not_run]
LONGEST = 170  # characters of an answer: about a line and a half
INDEX = course.FOLDER / "14-what-people-ask.ipynb"

every_question = pytest.mark.parametrize("question", ALL, ids=lambda question: question.question)


# --- The data ---


def test_each_module_is_a_group():
    modules = {file.stem for file in (ROOT / "helpers/asked").glob("[a-z]*.py")}
    assert modules == set(asked.GROUPS.values())


def test_each_question_is_asked_once():
    assert len({question.question for question in ALL}) == len(ALL) > 100


@every_question
def test_its_texts_are_short_and_complete(question):
    assert question.question.endswith("?")
    assert question.answer.endswith(".") and len(question.answer) <= LONGEST
    for text in (question.versions, question.not_run):
        assert text == "" or text.endswith(".")
    for text in (question.question, question.answer, question.versions, question.not_run):
        assert text.count("`") % 2 == 0 and not re.search(r"\]\(|<br>|\*\*", text)
    assert question.source.startswith("https://")


# --- Where it is shown ---


def parts(path):
    """Return what a notebook is made of, in order: headings with their level, questions in bold, code."""
    for cell in course.read(path).cells:
        if cell.cell_type == "code":
            yield "code", 0, cell.source
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else []:
            if found := re.fullmatch(r"(#+) (.+)", line):
                yield "heading", len(found[1]), found[2].strip()
            elif found := re.fullmatch(r"\*\*(.+)\*\*\s*", line):
                yield "question", 0, found[1]


def below(found, kind, text):
    """Return the parts below the only one with this kind and text, up to the next of its kind and level."""
    (place,) = [number for number, part in enumerate(found) if (part[0], part[2]) == (kind, text)]
    rest = found[place + 1 :]
    ends = [number for number, part in enumerate(rest) if part[0] == kind and part[1] <= found[place][1]]
    return rest[: ends[0]] if ends else rest


@every_question
def test_its_link_leads_to_a_cell_that_runs_or_it_says_why_none_can(question):
    notebook, heading = question.shown.split("#")
    found = below(list(parts(course.FOLDER / f"{notebook}.ipynb")), "heading", heading)
    if question.below:
        found = below(found, "question", question.below)
    runs = [text for kind, _, text in found if kind == "code" and not text.startswith("%%writefile")]
    assert runs or question.not_run


def test_the_notebook_shows_what_the_modules_say():
    notebook = course.read(INDEX)
    for heading, wanted in listing.sections("14").items():
        shown = notebook.cells[practice.section_of(notebook, heading)]
        assert practice.sources(shown) == practice.sources(wanted), "run make refresh ARGS=14"


def test_other_notebooks_have_no_such_section():
    assert listing.sections("07") == {}


# --- What Python says ---

POOL = """\
import multiprocessing, pickle, sys, threading, time

{function}

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        {call}
"""


def in_a_pool(call, function=""):
    """Return a program that makes a call with a `pool`."""
    return POOL.format(call=call, function=function)


# For the question with each message, a program that provokes it
PROVOKES = {
    "What does “Can't get attribute” mean?": """
import subprocess, sys

program = '''
import multiprocessing, pickle
def square(number):
    return number * number
with multiprocessing.get_context("spawn").Pool(1) as pool:
    pool.apply(pickle.loads, (pickle.dumps(square),))
'''
subprocess.run([sys.executable, "-c", program])  # as in a notebook, `__main__` is no file
""",
    "What does “it's not the same object as” mean?": """
import pickle
def worker(): pass
kept = worker
def worker(): pass
pickle.dumps(kept)
""",
    "What does “`__main__` has no attribute `__spec__`” mean?": """
import multiprocessing
if __name__ == "__main__":
    del __spec__
    multiprocessing.get_context("spawn").Process().start()
""",
    "What does the “bootstrapping phase” in an error message mean?": """
import multiprocessing
process = multiprocessing.get_context("spawn").Process()
process.start()
process.join()
""",
    "Why is an `'int' object` not iterable, if I pass one argument?": """
import multiprocessing
multiprocessing.Process(target=abs, args=(1))
""",
    "Can I start a `Process` again?": """
import multiprocessing
if __name__ == "__main__":
    process = multiprocessing.Process()
    process.start()
    process.join()
    process.start()
""",
    "What does the warning about `fork()` and deadlocks mean?": """
import multiprocessing, threading, warnings
warnings.simplefilter("always")
done = threading.Event()
threading.Thread(target=done.wait).start()
process = multiprocessing.get_context("fork").Process()
process.start()
process.join()
done.set()
""",
    "What does “context has already been set” mean?": """
import multiprocessing
multiprocessing.set_start_method("spawn")
multiprocessing.set_start_method("spawn")
""",
    "What does “SemLock created in a fork context” mean?": """
import multiprocessing
if __name__ == "__main__":
    lock = multiprocessing.get_context("fork").Lock()
    multiprocessing.get_context("spawn").Process(target=print, args=(lock,)).start()
""",
    "How do I pass a keyword argument?": in_a_pool('pool.map(int, ["101"], base=2)'),
    "What does “Pool not running” mean?": in_a_pool("pool.close(); pool.map(abs, [-1])"),
    "What if I never close a pool?": """
import multiprocessing, warnings
if __name__ == "__main__":
    warnings.simplefilter("always")
    pool = multiprocessing.Pool(1)
    del pool
""",
    "Can a worker of a pool have a pool of its own?": in_a_pool(
        "pool.apply(total)", "def total():\n    return multiprocessing.Pool(1)"
    ),
    "Why can't it pickle my lambda?": "import pickle\ndouble = lambda number: 2 * number\npickle.dumps(double)",
    "What does “Can't pickle local object” mean?": """
import pickle
def make():
    def local(): pass
    return local
pickle.dumps(make())
""",
    "What does “cannot pickle '_thread.lock' object” mean?": "import pickle, threading\npickle.dumps(threading.Lock())",
    "Why can't I send an open file?": "import pickle\npickle.dumps(open(__file__))",
    "Why can't I send a generator?": "import pickle\npickle.dumps(number for number in [])",
    "Why can a pool not be pickled?": in_a_pool("pickle.dumps(pool)"),
    "My task is done, but its result can't be sent. What now?": in_a_pool(
        "pool.apply(make)", "def make():\n    return (number for number in [])"
    ),
    "How do I give a lock to the workers of a pool?": in_a_pool("pool.apply(repr, (multiprocessing.Lock(),))"),
    "How do I give a queue to the workers of a pool?": in_a_pool("pool.apply(repr, (multiprocessing.Queue(),))"),
    "What does “leaked shared_memory objects” mean?": """
from multiprocessing.shared_memory import SharedMemory
SharedMemory(create=True, size=10)
""",
    "What does “leaked semaphore objects” mean?": """
import multiprocessing, os
lock = multiprocessing.get_context("spawn").Lock()
os._exit(0)
""",
    "My shared memory is gone, although I still need it. Why?": """
from multiprocessing.shared_memory import SharedMemory
SharedMemory("there_is_none")
""",
    "What does `BrokenProcessPool` mean?": """
import os
from concurrent.futures import ProcessPoolExecutor
if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        executor.submit(os._exit, 1).result()
""",
    "Why can't I import NumPy in an `InterpreterPoolExecutor`?": """
from concurrent.futures import InterpreterPoolExecutor
if __name__ == "__main__":
    with InterpreterPoolExecutor(1) as executor:
        executor.submit(exec, "import numpy").result()
""",
    "Why does `asyncio.run()` fail in a notebook?": """
import asyncio
async def cell():
    asyncio.run(asyncio.sleep(0))
asyncio.run(cell())
""",
    "What does joblib's `TerminatedWorkerError` mean?": """
import os
from joblib import Parallel, delayed
if __name__ == "__main__":
    Parallel(2)(delayed(os._exit)(1) for _ in range(2))
""",
    "What does Dask's `KilledWorker` mean?": """
import os
import dask
from dask.distributed import Client, LocalCluster
if __name__ == "__main__":
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        with Client(cluster) as client:
            client.submit(os._exit, 1).result()
""",
    "My pool hangs when a task raises my own exception. Why?": """
import pickle
class RowError(Exception):
    def __init__(self, row, reason):
        super().__init__(reason)
pickle.loads(pickle.dumps(RowError(3, "empty")))
""",
}
# What only some Pythons and systems say
NEEDS = {
    "What does the warning about `fork()` and deadlocks mean?": sys.version_info >= (3, 12)
    and "fork" in start_methods(),
    "What does “SemLock created in a fork context” mean?": "fork" in start_methods(),
    "Why can't I import NumPy in an `InterpreterPoolExecutor`?": sys.version_info >= (3, 14),
    "What does “leaked shared_memory objects” mean?": sys.platform != "win32",
    "What does “leaked semaphore objects” mean?": sys.platform != "win32",
    "My shared memory is gone, although I still need it. Why?": sys.platform != "win32",
}


def test_each_message_has_a_program_that_provokes_it():
    assert set(PROVOKES) == {question.question for question in WITH_MESSAGES}


@pytest.mark.parametrize("question", WITH_MESSAGES, ids=lambda question: question.question)
def test_a_message_is_what_python_says(question, tmp_path):
    if not NEEDS.get(question.question, True):
        pytest.skip("another Python or another system says it")
    script = tmp_path / "provoke.py"
    script.write_text(PROVOKES[question.question], encoding="utf-8")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    said = " ".join((ran.stdout + ran.stderr).split())
    assert any(re.search(pattern(message), said) for message in question.messages), said


def pattern(message):
    """Return a regular expression for a message, in which "…" stands for anything."""
    return ".*".join(map(re.escape, message.split("…")))
