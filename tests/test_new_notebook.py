"""`make notebook` lays out a notebook that runs, with all that belongs to it."""

import importlib.util
import shutil

import course
import guide
import nbformat
import new_notebook
import practice
import pytest
import refresh
import rules
from conftest import ROOT

from helpers import exercises
from helpers.checks import verdict


@pytest.fixture
def laid_out(tmp_path, monkeypatch):
    """A copy of the course's folder with a new notebook after the others. Has the path of that notebook."""
    for name in ("helpers/exercises", "helpers/questions"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("README.md", "TEACHING.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(course.FOLDER, tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    before = sorted((tmp_path / "notebooks").glob("[0-9]*.ipynb"))
    monkeypatch.setattr(course, "FOLDER", tmp_path / "notebooks")
    monkeypatch.setattr(course, "NOTEBOOKS", before)
    monkeypatch.setattr(new_notebook, "ROOT", tmp_path)
    number = f"{int(before[-1].name[:2]) + 1:02}"
    new_notebook.main([number, "my-question"])
    path = course.FOLDER / f"{number}-my-question.ipynb"
    course.NOTEBOOKS.append(path)
    return path


def load(path):
    """Import the module at `path`, which is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_writes_four_files_and_leads_the_course_to_them(laid_out, tmp_path, capsys):
    new = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    number = laid_out.name[:2]
    assert {name for name in new if number in name} == {
        f"notebooks/{laid_out.name}",
        f"helpers/exercises/exercise_{number}a.py",
        f"helpers/exercises/exercise_{number}b.py",
        f"helpers/questions/questions_{number}.py",
    }
    assert rules.of_course((tmp_path / "README.md").read_text(encoding="utf-8")) == [
        f"The map in {course.NOTEBOOKS[0].name} lacks {laid_out.name}. Run make refresh ARGS=00"
    ]


def test_the_guide_for_teachers_plans_it_and_gets_its_row_with_the_next_refresh(laid_out, tmp_path):
    text, number = (tmp_path / "TEACHING.md").read_text(encoding="utf-8"), laid_out.name[:2]
    assert [row[0] for row in guide.rows(text, guide.TERM)][-1] == number
    link = f"[{number} My question](notebooks/{laid_out.name})"
    before = course.NOTEBOOKS[-2].name[:2]
    assert guide.rows(guide.written(text), guide.TAKES)[-1] == [link, "40", before, guide.UNKNOWN]


def test_its_sections_are_those_of_the_rhythm_and_find_their_place(laid_out):
    notebook = course.read(laid_out)
    headings = [cell.source.partition("\n")[0][3:] for cell in notebook.cells if cell.source.startswith("## ")]
    assert [heading for heading in headings if heading in rules.RHYTHM] == rules.RHYTHM
    assert practice.section_of(notebook, practice.YOUR_TURN) and practice.section_of(notebook, practice.QUIZ)


def test_what_is_laid_out_runs(laid_out, tmp_path, monkeypatch):
    monkeypatch.setattr(refresh, "look", lambda: None)
    environment = course.environment(tmp_path / "ipython", course.NO_PROGRESS_BARS)
    code = [cell for cell in course.read(laid_out).cells if cell.cell_type == "code"]
    assert refresh.run(code, environment, busy=True)
    assert code[2].outputs[0].text == "[168, 303, 430]\n"


@pytest.mark.parametrize("letter", "ab")
def test_an_exercise_that_is_laid_out_knows_right_from_wrong(letter, laid_out, tmp_path, monkeypatch):
    name = f"exercise_{laid_out.name[:2]}{letter}"
    exercise = load(tmp_path / "helpers" / "exercises" / f"{name}.py").EXERCISE
    monkeypatch.setattr(exercises, "find", lambda _: exercise)
    assert rules.of_answers(exercise) == []

    def found(script):
        path = tmp_path / f"{name}.py"
        path.write_text(script)
        return verdict(name, path)

    assert all(found(script).right for script in (exercise.solution, *exercise.right))
    for script, nudge in [(exercise.given, "no pool"), *exercise.wrong]:
        assert nudge in found(script).text


def test_a_quiz_that_is_laid_out_gives_nothing_away(laid_out, tmp_path):
    number = laid_out.name[:2]
    asked = load(tmp_path / "helpers" / "questions" / f"questions_{number}.py").QUESTIONS
    assert rules.of_quiz(number, asked) == rules.of_all_quizzes(asked) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["04", "my-question"], "the next notebook has the number"),
        (["NEXT", "My Question"], "a name has small letters with - between the words, such as my-question, not"),
        (["NEXT"], "arguments are required: name"),
    ],
)
def test_a_name_that_it_can_not_have_is_refused(arguments, said, capsys):
    following = f"{int(course.NOTEBOOKS[-1].name[:2]) + 1:02}"
    with pytest.raises(SystemExit) as ended:
        new_notebook.main([following if argument == "NEXT" else argument for argument in arguments])
    assert ended.value.code == 2 and said in capsys.readouterr().err


def test_the_notebook_before_keeps_its_outputs(laid_out):
    before = course.NOTEBOOKS[-2]
    original = nbformat.read(ROOT / "notebooks" / before.name, as_version=4)
    assert [cell.get("outputs") for cell in course.read(before).cells] == [
        cell.get("outputs") for cell in original.cells
    ]
