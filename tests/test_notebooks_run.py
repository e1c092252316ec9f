"""nbval runs each notebook under each start method: every cell shows what is stored, and leaves nothing behind."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT
from course import every_notebook

from helpers.machine import start_methods

# IPython runs this in the kernel before the first cell
STARTUP = """\
import multiprocessing
import pathlib
import sys

multiprocessing.set_start_method({start_method!r})
sys.path.append({tests!r})

import leftovers

get_ipython().events.register("post_run_cell", leftovers.watch(pathlib.Path({report!r})))
"""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("start_method", start_methods())
@every_notebook
def test_every_cell_shows_what_is_stored_and_leaves_nothing_behind(path, start_method, tmp_path):
    report = tmp_path / "report"
    startup = tmp_path / "profile_default" / "startup" / "startup.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(STARTUP.format(start_method=start_method, tests=str(ROOT / "tests"), report=str(report)))
    shutil.copytree(path.parent, tmp_path / "notebooks", ignore=shutil.ignore_patterns("*.py", ".ipynb_checkpoints"))
    nbval = ["--nbval", "--nbval-cell-timeout=60", f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *nbval, tmp_path / "notebooks" / path.name],
        cwd=tmp_path,
        env={**os.environ, "IPYTHONDIR": str(tmp_path), "TQDM_DISABLE": "1"},  # stored outputs have no progress bars
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert report.read_text() == "watched\n"
