"""nbval runs each notebook under each start method: every cell shows what is stored, and leaves nothing behind."""

import subprocess
import sys

import course
import pytest
from conftest import ROOT
from course import every_notebook

from helpers.machine import start_methods

# IPython runs this in the kernel before the first cell
STARTUP = """\
import sys

sys.path.append({tests!r})
import kernel_under_test

kernel_under_test.prepare({start_method!r}, {report!r})
del sys, kernel_under_test
"""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("start_method", start_methods())
@every_notebook
def test_every_cell_shows_what_is_stored_and_leaves_nothing_behind(path, start_method, tmp_path):
    report = tmp_path / "report"
    startup = STARTUP.format(start_method=start_method, tests=str(ROOT / "tests"), report=str(report))
    notebook = course.copy(tmp_path / "notebooks") / path.name
    nbval = ["--nbval", "--nbval-cell-timeout=60", f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *nbval, notebook],
        cwd=tmp_path,
        env=course.environment(tmp_path / "ipython", course.NO_PROGRESS_BARS + startup),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert report.read_text() == "watched\n"
