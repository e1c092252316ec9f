"""A learner's answers are packed into one file, which grading reads."""

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT

from helpers import handing_in, progress, questions
from helpers.browser.hand_in import HandInButton
from helpers.checks import exercise
from helpers.grading.hand_ins import in_folder
from helpers.quizzes import Quiz


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder, as the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def answered():
    """A learner has run an exercise twice, found a right answer in a quiz after a wrong one, and done another quiz."""
    exercise("01a", "print(...)")
    exercise("01a", "print(1, ...)")
    quiz = Quiz("01")
    right = [choice.right for choice in questions.of_notebook("01")[0].choices].index(True)
    for choice in ((right + 1) % 2, right):
        quiz.answer(0, choice)
    progress.note("quiz_02")


def test_what_was_answered_is_packed_and_read_again(answered, folder):
    said = handing_in.pack("  Ada   Lovelace ")
    assert said.startswith("answers-ada-lovelace.zip now holds 1 exercise and 1 quiz.")
    (hand_in,) = moved(folder)
    assert (hand_in.who, hand_in.name) == ("ada-lovelace", "Ada Lovelace")
    assert hand_in.answers == {"exercise_01a": b"# exercise_01a.py, saved by %%exercise\nprint(1, ...)"}
    assert hand_in.tries("exercise_01a") == 2 and hand_in.done() == {} and not hand_in.problems
    assert hand_in.quizzes() == {"01": (0, len(questions.of_notebook("01")))}


def moved(folder):
    """Return the `HandIn`s in a folder to which the archive was moved."""
    (folder / "handed in").mkdir()
    (archive,) = folder.glob("answers-*.zip")
    archive.rename(folder / "handed in" / archive.name)
    return in_folder(folder / "handed in")


def test_the_file_says_what_was_done_first_and_when(answered):
    path = Path(progress.FILE)
    first, last = path.read_text().rsplit("\n\n", 1)
    path.write_text(f'{first}\n{{"done": "quiz_02", "at": "earlier"}}\n\n{last}')  # by another kernel
    handing_in.pack("Ada")
    with zipfile.ZipFile("answers-ada.zip") as archive:
        claimed = json.loads(archive.read(handing_in.CLAIMS))
    times = [fact["at"] for fact in progress.facts() if fact["at"] != "earlier"]
    assert claimed["done"] == {"quiz_02": "earlier"} and claimed["tries"] == {"exercise_01a": 2}
    assert [given["at"] for given in claimed["quizzes"]["01"]] == times[2:4]
    assert times == sorted(times) and claimed["packed"] >= times[-1] and times[0].endswith("+00:00")


def test_packing_again_replaces_the_file(answered, folder):
    handing_in.pack("Ada")
    exercise("01b", "print(...)")
    assert "2 exercises" in handing_in.pack("Ada")
    assert [path.name for path in folder.glob("answers-*")] == ["answers-ada.zip"]


def test_a_file_that_could_not_be_written_leaves_the_earlier_one_as_it_was(folder):
    path = folder / "grades.csv"
    for text in ("old", "new"):
        with handing_in.in_one_step(path) as unfinished:
            unfinished.write_text(text)
        assert path.read_text() == text
    with pytest.raises(ZeroDivisionError), handing_in.in_one_step(path) as unfinished:
        unfinished.write_text("half")
        1 / 0  # noqa: B018 - it is to fail
    assert path.read_text() == "new" and list(folder.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Ada", "answers-ada.zip"),
        ("Zoë Müller-Lüdenscheidt", "answers-zoë-müller-lüdenscheidt.zip"),
        ("李雷", "answers-李雷.zip"),
        ("../../etc/passwd", "answers-etc-passwd.zip"),
        ("x" * 500, f"answers-{'x' * 60}.zip"),
    ],
)
def test_any_name_makes_a_file_beside_the_notebooks(name, file, answered, folder):
    handing_in.pack(name)
    assert (folder / file).is_file()


def test_without_a_name_or_an_answer_it_says_so(folder):
    with pytest.raises(ValueError, match="Write your name first."):
        handing_in.pack(" / ")
    with pytest.raises(ValueError, match="There is nothing to pack yet"):
        handing_in.pack("Ada")
    assert not list(folder.iterdir())


@pytest.mark.parametrize("found", ['{"quiz": ["x"]}', '{"tried": 7}', '{"done": {}}', "[]", "{"])
def test_a_foreign_line_in_the_progress_is_passed_over(found, answered, folder):
    with (folder / progress.FILE).open("a") as file:
        file.write(f"\n{found}\n")
    handing_in.pack("Ada")
    (hand_in,) = moved(folder)
    assert hand_in.tries("exercise_01a") == 2 and not hand_in.problems


# --- The button ---


@pytest.fixture
def shown(monkeypatch):
    """The button, and what it `said` to the browser."""
    shown = SimpleNamespace(said=[])
    monkeypatch.setattr(handing_in, "display", lambda button: setattr(shown, "button", button))
    handing_in.show()
    monkeypatch.setattr(shown.button, "send", lambda message: shown.said.append(message["said"]))
    return shown


def test_the_button_packs_and_says_what_it_did_or_why_it_cannot(shown, answered, folder):
    for name in ("", "Ada"):
        shown.button._handle_custom_msg({"pack": name}, [])
    (folder / "answers-bea.part").mkdir()
    shown.button._handle_custom_msg({"pack": "Bea"}, [])
    first, second, third = shown.said
    assert first == "Write your name first." and "answers-ada.zip now holds" in second
    assert third.startswith("The file can't be written: ")


def test_without_a_widget_it_says_what_to_write():
    assert "handing_in.pack(&quot;your name&quot;)" in HandInButton(None).fallback()["text/html"]


def test_git_ignores_the_file():
    assert "notebooks/answers-*.zip" in (ROOT / ".gitignore").read_text().splitlines()
