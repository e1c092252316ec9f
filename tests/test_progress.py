"""Progress is kept in a small file that several kernels may write to, and that may be broken."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from conftest import ROOT

from helpers import exercises, progress

COUNT = len(exercises.names("04"))
KERNELS, NOTES = 4, 50


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with one notebook, as the current one."""
    (tmp_path / "04-what-is-a-pool.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_at_first_nothing_is_done():
    assert progress.done() == set()
    said = f"| [04 What is a pool](04-what-is-a-pool.ipynb) | 0 of {COUNT} done | not yet |"
    assert said in progress.table().data


def test_what_is_noted_is_done_in_another_kernel_too():
    progress.note("exercise_04b")
    program = "from helpers import progress; print(*progress.done())"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "exercise_04b\n"
    progress.note("quiz_04")
    assert f"| 1 of {COUNT} done | done |" in progress.table().data


def test_what_was_only_tried_is_not_done():
    progress.note_try("exercise_04b")
    assert progress.done() == set()


def test_a_thing_is_noted_once(folder):
    for _ in range(3):
        progress.note("exercise_04b")
    assert (folder / progress.FILE).read_text().count("exercise_04b") == 1


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


# --- What is shown ---


@pytest.fixture
def shown(monkeypatch):
    """What `progress.show()` shows: `table`, which is shown again each time it changes, and `button`.

    `said` is what the button sends to the browser.
    """
    shown = SimpleNamespace(said=[])

    def display(thing, display_id=False):
        setattr(shown, "table" if display_id else "button", thing)
        return SimpleNamespace(update=lambda thing: setattr(shown, "table", thing))

    monkeypatch.setattr(progress, "display", display)
    progress.note("quiz_04")
    progress.show()
    monkeypatch.setattr(shown.button, "send", lambda message: shown.said.append(message["said"]))
    assert "| done |" in shown.table.data
    return shown


def test_it_is_forgotten_when_the_browser_says_so(shown):
    shown.button._handle_custom_msg({"forget": True}, [])
    assert progress.done() == set()
    assert shown.said == ["Forgotten."]
    assert "| not yet |" in shown.table.data


def test_the_button_says_why_it_cannot_forget(shown, folder):
    (folder / progress.FILE).unlink()
    (folder / progress.FILE).mkdir()
    shown.button._handle_custom_msg({"forget": True}, [])
    (said,) = shown.said
    assert said.startswith(".progress.jsonl can't be removed: ")
    assert "| done |" in shown.table.data


def test_git_ignores_the_file():
    assert f"notebooks/{progress.FILE}" in (ROOT / ".gitignore").read_text().splitlines()
