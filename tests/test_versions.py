"""How each statement on a version of Python was checked, in the notebooks that have many of them: 07 and later."""

import ast
import re

import course
import pytest
from conftest import ROOT

# What several statements share. All of it was run on Linux.
DEFAULTS = "ran on 3.12.1, 3.13.0, 3.14.10 and 3.15.2: get_start_method() is fork, fork, forkserver, forkserver"
MACOS = "docs 3.8, library/multiprocessing.html#contexts-and-start-methods"
DISCOUNT = "ran on 3.13.0 and 3.14.10: discount.py without set_start_method prints [80, 160, 240], [100, 200, 300]"
ENVIRONMENT = "ran on 3.13.0, 3.14.10 and 3.15.2: a second pool sees a change of os.environ, doesn't, doesn't"
WARNING = (
    "ran on 3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2: all but 3.11.7 warn; docs 3.12, library/concurrent.futures.html"
)
IMPORTED_ONCE = (
    "changelog 3.13.8 and 3.14.1, gh-126631; "
    "ran on 3.13.0, 3.14.10 and 3.15.2: for 3 processes, the script is imported 3 times, once, once"
)
NOTES = "asserted in the cell with `notes = getattr(error`; ran on 3.11.7, 3.13.0, 3.14.10 and 3.15.2: notes since 3.14"
TRACK = "ran on 3.11.7, 3.13.0, 3.14.10 and 3.15.2: another_program.py"
TWO_GIB = "ran on 3.7.16 and 3.8.18: send_bytes(bytes(2**31)) raises struct.error, and doesn't"
ENDING = (
    "ran on 3.13.0, 3.14.10 and 3.15.2: both are missing, end all, end all; docs 3.14, library/concurrent.futures.html"
)
REPLACED = "ran on 3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2: max_tasks_per_child=2 hangs on the first three"
INTERPRETERS = "ran on 3.13.0, 3.14.10 and 3.15.2: InterpreterPoolExecutor is missing on the first only"
ASKED = "ran on 3.13.0, 3.14.10 and 3.15.2: pdb -p works on the last two, profiling.sampling dump on 3.15.2"
FROZEN = "changelog 3.13.4, gh-80334; ran on 3.13.0 and 3.14.10: with spawn and sys.frozen set, does nothing, works"
SAME_NUMBERS = (
    "changelog 3.13.8 and 3.14.1, gh-126631; "
    "ran on 3.11.7, 3.13.0 and 3.14.10: same_numbers.py with forkserver draws 4, 4, 1 different numbers"
)
DEAD_WORKER = "ran on 3.14.10 and 3.15.2: a task kills its worker; the cause of the error says so on 3.15.2; gh-139486"
MENDED = "ran on 3.10.13: no max_tasks_per_child; gh-115634, mended on 2026-07-03 for 3.13 (gh-152928), 3.14, 3.15"
WORDED = "ran on 3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2: the programs of PROVOKES in test_asked.py, by hand"
NEW_IN_314 = "ran on 3.13.0, 3.14.10 and 3.15.2: is missing, is there, is there"

# For each notebook: a part of a statement (in a sentence of its text, quiz or exercises, or in a line of code), and
# how that was checked
CHECKED = {
    "07": {
        "until Python 3.7, and on Linux until Python 3.13": f"{MACOS}; {DEFAULTS}",
        "the right result under Python 3.13": DISCOUNT,
        "a wrong one, and there is no error": DISCOUNT,
        "So on Linux since Python 3.14": f"{ENVIRONMENT}; {DEFAULTS}",
        "The words differ a little between versions": (
            "ran on 3.11.7 and 3.14.10: pickle.dumps of a lambda; asserted in the cell with `sent = {name: send(thing`"
        ),
        "Right with 3.13, wrong with 3.14": DISCOUNT,
        "was the default on Linux until Python 3.13, and": DEFAULTS,
        "**macOS, in Python 3.8.**": MACOS,
        "**Linux, in Python 3.14.**": f"{DEFAULTS}; docs 3.14, library/concurrent.futures.html",
        "Since Python 3.12, a fork among threads": WARNING,
        "(3, 12)": WARNING,
        "This Python is older than 3.12": WARNING,
        "it did its work on Windows only": FROZEN,
        "it depends on your Python": IMPORTED_ONCE,
        "Since 3.13.8 and 3.14.1": IMPORTED_ONCE,
        "Python 3.15 added two choices": (
            "ran on 3.14.10: TypeError; ran on 3.15.2: an ImportWarning (with PYTHONWARNINGS=default), and no child"
        ),
        "it ends with a `NameError`": "ran on 3.13.0, 3.14.10 and 3.15.2: prints the prices, NameError, NameError",
        "| default on |": f"{MACOS}; {DEFAULTS}",
        "the error also has notes": NOTES,
        "bool(notes) ==": NOTES,
        "the workers of the second pool don't see": ENVIRONMENT,
        "A server on Linux with Python 3.12": (
            f"{DEFAULTS}; asserted in the cell with `hanging = int(capture_script(`"
        ),
    },
    "08": {
        "(since Python 3.8)": "ran on 3.7.16 and 3.8.18: SharedMemory can't be imported, can be made",
        "(3, 13)": TRACK,
        "track=False came with Python 3.13": TRACK,
        "can say `SharedMemory(name, track=False)`": TRACK,
        "since 3.13.8 and 3.14.1 the server imports": SAME_NUMBERS,
        "the Python too old for it": TWO_GIB,
        "Before Python 3.8, a pipe couldn't": TWO_GIB,
    },
    "09": {
        "it has `terminate_workers()` and `kill_workers()`": ENDING,
        "version_info >= (3, 14)": ENDING,
        "These methods need Python 3.14": ENDING,
        "the PID and the exit code of the dead worker": DEAD_WORKER,
        "version_info < (3, 15)": REPLACED,
        "version_info < (3, 13)": REPLACED,
        "your Python has [this bug]": REPLACED,
        "It came with Python 3.11": MENDED,
        "3.11.7 and 3.13.0 hang, 3.14.10 and 3.15.2 don't": REPLACED,
        "a debugger can join a running process": ASKED,
        "prints where it stands": ASKED,
        "in all the ways that your Python has": ASKED,
        '"pdb": (3, 14), "profiling.sampling": (3, 15)': ASKED,
        "`py-spy dump --pid PID`": "docs of py-spy, README.md: Python 2.3-2.7 and 3.3-3.14",
        "a newer Python, or a `Pool`": REPLACED,
        "on Python 3.15": ASKED,
    },
    "10": {
        "`os.process_cpu_count()` came": (
            "ran on 3.12.1, 3.13.0, 3.14.10 and 3.15.2, on one CPU: missing, 1, 1, 1; their os.py reads no quota"
        ),
    },
    "11": {
        "before Python 3.14, an end with `terminate()`": ENDING,
        "says which versions of Python there are": "docs 3.14, howto/free-threading-python.html; only a link to 02",
        "`InterpreterPoolExecutor` came with": INTERPRETERS,
        "This Python has no interpreters": INTERPRETERS,
        "From Python 3.14 on, try": INTERPRETERS,
        "you can give `executor.map` a limit": (
            "ran on 3.11.7, 3.13.0, 3.14.10 and 3.15.2: map of 100 items with buffersize=4 raises TypeError on the "
            "first two, and has taken 5 items when the first result is there on the last two"
        ),
    },
    "14": {
        "shows it, with Python 3.11 to 3.15": "ran on 3.11.7, 3.13.0, 3.14.10 and 3.15.2: the notebooks, under nbval",
        "Windows always, macOS since Python 3.8": f"{MACOS}; {DEFAULTS}",
        "The second wording is that of Python 3.14": WORDED,
        "the third of Python 3.14": WORDED,
        "The second wording is that of Python 3.12": WORDED,
        "As with a `Pool`: macOS since": f"{MACOS}; {DEFAULTS}",
        "`python -m pdb` causes it": (
            "ran on 3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2: a script that spawns a process fails under pdb on the "
            "first two"
        ),
        "Before Python 3.13.4": FROZEN,
        "The default is spawn on Windows": f"{MACOS}; {DEFAULTS}",
        "works with Python 3.13, and is wrong": DISCOUNT,
        "It never worked on Windows, nor": MACOS,
        "*Linux since Python 3.14.": f"{ENVIRONMENT}; {DEFAULTS}",
        "*Since Python 3.12.": WARNING,
        "the default on Linux until Python 3.13": DEFAULTS,
        "the default until Python 3.7": MACOS,
        "With forkserver too, before": IMPORTED_ONCE,
        "`buffersize` needs": NEW_IN_314,
        "Before Python 3.13 it was": "ran on 3.12.1 and 3.13.0: Pool.__init__ calls cpu_count, process_cpu_count of os",
        "The notes came with": NOTES.partition("; ")[2],
        "Until Python 3.7, on Linux": TWO_GIB,
        "It takes Python 3.7 or older": TWO_GIB,
        "`track=False` needs": TRACK,
        "with forkserver since Python 3.13.8": SAME_NUMBERS,
        "Since Python 3.15 the error also says": DEAD_WORKER,
        "an executor has `terminate_workers()`": ENDING,
        "there is `interrupt()`": NEW_IN_314,
        "Use a newer Python, or a `Pool`": REPLACED,
        "*Since Python 3.11.": MENDED,
        "Fixed in July 2026": MENDED,
        "`pdb -p` needs": ASKED,
        "`os.process_cpu_count()` came": "ran on 3.12.1 and 3.13.0: is missing, is there",
        "a build of its own, experimental": "docs 3.14, whatsnew/3.14.html#whatsnew314-free-threaded-cpython",
        "*Since Python 3.14.* [02": NEW_IN_314,
        "*Since Python 3.14, and up to NumPy": "ran on 3.14.10 and 3.15.2 with NumPy 2.5.5: ImportError",
        "It may hold for some versions of Python": "ran on 3.11.7, 3.13.0, 3.14.10 and 3.15.2: see the rows above",
    },
}

STATEMENT = re.compile(
    r"\b3\.(?:[7-9]|1\d)\b|\(3, \d+\)|Python 3|versions? of Python"
    r"|\b(?:your|this|the|any|an older|a newer|older|newer) Pythons?\b",
    re.IGNORECASE,
)
HOW = re.compile(r"ran on 3\.\d+\.\d+|asserted in the cell with `|docs (3\.\d+|of [\w-]+), \S+|changelog 3\.\d+\.\d+")

from_07_on = pytest.mark.parametrize(
    "path", [path for path in course.NOTEBOOKS if path.stem >= "07"], ids=lambda path: path.stem
)


def sentences(text):
    """Return the sentences of a text in Markdown, each in one line. A list's item and a table's row stand alone."""
    return [" ".join(part.split()) for part in re.split(r"\n\n|\n(?=[|#-])|(?<=[.?!])[)\"]*\s+", text)]


def strings(path):
    """Return the sentences of all strings in a Python file."""
    constants = [node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)]
    return [sentence for text in constants if isinstance(text, str) for sentence in sentences(text)]


def statements(path):
    """Return what the notebook, its quiz and its exercises say about versions: sentences, and lines of code."""
    number = path.stem[:2]
    said = [line for cell in course.cells(path, "code") for line in cell.source.splitlines()]
    said += [sentence for cell in course.cells(path, "markdown") for sentence in sentences(cell.source)]
    for file in ROOT.glob(f"helpers/*/*s*_{number}*.py"):
        said += strings(file)
    return [each for each in said if STATEMENT.search(each)]


def rows(path):
    return CHECKED.get(path.stem[:2], {})


@from_07_on
def test_each_statement_on_a_version_has_one_row(path):
    assert [each for each in statements(path) if sum(part in each for part in rows(path)) != 1] == []


@from_07_on
def test_each_row_has_a_statement(path):
    said = statements(path)
    assert [part for part in rows(path) if not any(part in each for each in said)] == []


@from_07_on
def test_each_row_says_how_it_was_checked(path):
    asserting = [cell.source for cell in course.cells(path, "code") if "assert " in cell.source]
    for how in rows(path).values():
        assert HOW.match(how), how
        for part in re.findall("asserted in the cell with `(.*?)`", how):
            assert any(part in source for source in asserting), part


@pytest.mark.parametrize(
    "text",
    [
        "It's quick. Since 3.15, it warns.",
        "It came with Python 3.13.",
        "- **Linux, in Python 3.14.** It hangs.",
        "It depends on your\nPython.",
        "Older Pythons can't.",
        "if sys.version_info >= (3, 12):",
    ],
)
def test_a_statement_on_a_version_is_told(text):
    assert len([each for each in sentences(text) if STATEMENT.search(each)]) == 1


@pytest.mark.parametrize("text", ["It took 3.5 s.", "π is 3.14159.", "Spawn starts a fresh Python.", "Python has it."])
def test_other_sentences_are_not(text):
    assert not STATEMENT.search(text)
