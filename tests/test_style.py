"""ruff and codespell find nothing to correct in the code and the notebooks."""

import shutil
import subprocess
import sys
from pathlib import Path

import course
import pytest
from conftest import ROOT

TOOLS = Path(sys.executable).parent


def run(tool, *arguments):
    """Run a tool of the test environment on the project, with the project's settings."""
    command = [shutil.which(tool, path=TOOLS), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")


def write_sources(folder):
    """Write what the cells of each notebook say into a text file in the folder, without their outputs."""
    for path in course.NOTEBOOKS:
        sources = [cell.source for cell in course.read(path).cells]
        (folder / f"{path.stem}.txt").write_text("\n\n".join(sources), encoding="utf-8")


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_is_content(command):
    checked = run("ruff", *command, ".")
    assert checked.returncode == 0, checked.stdout


def test_spelling_is_american(tmp_path):
    write_sources(tmp_path)
    checked = run("codespell", "helpers", "tests", "README.md", "TEACHING.md", "Makefile", tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_line_that_is_too_long_is_named(tmp_path):
    (tmp_path / "planted.py").write_text(f"x = {'1' * 117}\n")
    assert "E501 Line too long (121 > 120)" in run("ruff", "check", tmp_path / "planted.py").stdout


MISSPELLED = ["colour", "few_colours", "labelled[0]", "recieve"]  # codespell:ignore


@pytest.mark.parametrize("text", MISSPELLED)
def test_codespell_corrects_british_spelling_and_names(text, tmp_path):
    (tmp_path / "planted.py").write_text(text)
    assert run("codespell", tmp_path).returncode != 0
