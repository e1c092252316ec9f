"""ruff finds nothing to complain of, in the code and in the notebooks."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

RUFF = shutil.which("ruff", path=Path(sys.executable).parent)


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_is_content(command):
    checked = subprocess.run([RUFF, *command, "."], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
