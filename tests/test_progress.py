"""Progress is kept in a small file that several kernels may write to, and that may be broken."""

import subprocess
import sys

import pytest
from conftest import ROOT

from helpers import exercises, progress
from helpers.checks import check

KERNELS, NOTES = 4, 50


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with one notebook, as the current one."""
    (tmp_path / "04-what-is-a-pool.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_at_first_nothing_is_done():
    assert progress.done() == set()
    assert "| [04 What is a pool](04-what-is-a-pool.ipynb) | 0 of 3 done | not yet |" in progress.table().data


def test_what_is_noted_is_done_in_another_kernel_too():
    progress.note("exercise_04b")
    program = "from helpers import progress; print(*progress.done())"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "exercise_04b\n"
    progress.note("quiz_04")
    assert "| 1 of 3 done | done |" in progress.table().data


def test_a_thing_is_noted_once(folder):
    for _ in range(3):
        progress.note("exercise_04b")
    assert (folder / progress.FILE).read_text().count("exercise_04b") == 1


def test_a_right_answer_is_noted_and_a_wrong_one_is_not(folder, capsys):
    script = folder / "exercise_01b.py"
    script.write_text(exercises.find("exercise_01b").given)
    check("exercise_01b")
    assert progress.done() == set()
    script.write_text(exercises.find("exercise_01b").solution)
    check("exercise_01b")
    assert progress.done() == {"exercise_01b"}
    assert capsys.readouterr().out.splitlines()[1].startswith("Right.")


def test_kernels_that_write_at_the_same_time_lose_nothing():
    program = f"""
import sys
from helpers import progress
sys.stdin.readline()
for number in range({NOTES}):
    progress.note(f"{{sys.argv[1]}}_{{number}}")
"""
    kernels = [
        subprocess.Popen([sys.executable, "-c", program, str(kernel)], stdin=subprocess.PIPE, text=True)
        for kernel in range(KERNELS)
    ]
    for kernel in kernels:
        kernel.stdin.write("go\n")
        kernel.stdin.flush()
    assert [kernel.wait(60) for kernel in kernels] == [0] * KERNELS
    assert progress.done() == {f"{kernel}_{number}" for kernel in range(KERNELS) for number in range(NOTES)}


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"\xff\xfe\x00",
        b"not JSON",
        b"[1, 2]",
        b"7",
        b'{"done": 7}',
        b'{"other": "x"}',
        b'{"done": ["x"]}',
        b'{"do',
        b"[" * 100_000,
    ],
)
def test_a_broken_or_foreign_file_is_passed_over_and_can_be_added_to(found, folder):
    (folder / progress.FILE).write_bytes(found)
    assert progress.done() == set()
    progress.note("exercise_04b")
    assert progress.done() == {"exercise_04b"}


def test_a_file_that_cannot_be_read_or_written_stops_nobody(folder):
    (folder / progress.FILE).mkdir()
    progress.note("exercise_04b")
    assert progress.done() == set()


def test_the_button_asks_once_more_before_it_forgets():
    progress.note("exercise_04b")
    told = []
    button = progress.ForgetButton(lambda: told.append(progress.done()))
    button.forget.click()
    assert progress.done() == {"exercise_04b"} and button.really in button.row.children
    button.keep.click()
    assert progress.done() == {"exercise_04b"} and button.really not in button.row.children
    button.forget.click()
    button.really.click()
    assert progress.done() == set() and told == [set()]
    assert button.said.value == "Forgotten."


def test_the_button_is_shown_as_a_widget_and_in_words():
    shown = progress.ForgetButton()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown and shown["text/plain"].startswith("Run the cell: ")


def test_the_button_says_why_it_cannot_forget(folder):
    (folder / progress.FILE).mkdir()
    told = []
    button = progress.ForgetButton(lambda: told.append("forgotten"))
    button.forget.click()
    button.really.click()
    assert button.said.value.startswith(".progress.jsonl can't be removed: ") and not told
    assert button.forget in button.row.children


def test_git_ignores_the_file():
    assert f"notebooks/{progress.FILE}" in (ROOT / ".gitignore").read_text().splitlines()
