"""nbval runs each notebook: every cell shows what is stored and leaves nothing behind."""

import re
import sys
import warnings
from pathlib import Path

import leftovers
import nbformat
import pytest
from course import every_notebook
from lanes import Lane, add_cells, run, start_method_of, try_notebook


def python_of(path, other):
    """Return the Python that runs a notebook. Where `other` is one, every second notebook runs on that."""
    return str(Path(other).absolute()) if other and int(path.stem[:2]) % 2 else sys.executable


@pytest.mark.timeout(800)  # for both
@every_notebook
def test_every_cell_shows_what_is_stored_and_leaves_nothing_behind(path, tmp_path, request):
    """A cell that compares times may fail on a machine that stalls, so a notebook has a second try, and pytest says so.

    What a cell leaves behind is no matter of time, and gets none.
    """
    lane = Lane(python_of(path, request.config.option.other_python), start_method_of(path))
    tried = try_notebook(path, lane, tmp_path / "first")
    assert not tried.left
    if tried.failed:
        warnings.warn(f"{path.stem} in {lane}: the first try failed\n{tried.failed}", stacklevel=1)
        tried = try_notebook(path, lane, tmp_path / "second")
        assert not tried.left
    assert not tried.failed, tried.failed


# --- The report itself ---

LEAVE_A_PROCESS = """\
import subprocess, sys
process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
"""
END_THE_PROCESS = "process.kill(); process.wait()"
LEAVE_A_BLOCK = "from multiprocessing.shared_memory import SharedMemory; block = SharedMemory(create=True, size=10)"
CLOSE_THE_BLOCK = "block.close()"
REMOVE_THE_BLOCK = "block.unlink()"
KEEP_AN_EVENT = "import multiprocessing; mine = multiprocessing.Event()"
HIDE_AN_EVENT = "import multiprocessing, helpers; helpers.hidden = multiprocessing.Event()"
LOSE_A_SEMAPHORE = """\
import multiprocessing

process = multiprocessing.get_context("spawn").Process(
    target=exec,
    args=("import multiprocessing, os; lock = multiprocessing.get_context('spawn').Lock(); os._exit(0)",),
)
process.start()
process.join()
"""


CELLS = [
    KEEP_AN_EVENT,  # it is the learner's
    HIDE_AN_EVENT,
    LEAVE_A_BLOCK,
    CLOSE_THE_BLOCK,
    REMOVE_THE_BLOCK,
    LEAVE_A_PROCESS,
    END_THE_PROCESS,
    LOSE_A_SEMAPHORE,
]
REPORTED = [
    r"\['psm_\w+'\] after 'from",
    r"\['psm_\w+'\] after 'block.close",
    r"\['.*time.sleep.*'\] after 'import",
    r"\['sem.mp-[\w-]+'\] after 'import",
    r"\['sem.mp-[\w-]+'(, 'sem.mp-[\w-]+'){6}\] after 'THE_END",  # the lost one, twice, and the five of a hidden event
]


@pytest.mark.skipif(not leftovers.FOLDER.exists(), reason="here semaphores are no files")
def test_what_a_cell_leaves_behind_is_reported(tmp_path):
    notebook = tmp_path / "notebooks" / "leaving.ipynb"
    notebook.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), notebook)
    add_cells(notebook, *CELLS)
    tried = run(notebook, Lane(sys.executable, "spawn"), tmp_path)
    assert not tried.failed
    assert len(tried.left) == len(REPORTED), tried.left
    assert all(map(re.match, REPORTED, tried.left)), tried.left
