"""`make refresh` replaces what has changed and nothing else, and stores no figure that the lesson would contradict."""

import course
import guide
import nbformat
import practice
import pytest
import refresh
from nbformat.v4 import new_code_cell, new_markdown_cell

from helpers import exercises, questions
from helpers.running.log import Load

IDLE, BUSY = Load(cores=2, others=0.1, idle=1.9), Load(cores=2, others=1.3, idle=0.6)
MEASURE = "import time\n\ntime.perf_counter_ns()"  # shows something else in each run
MAP = ["## The map", "## What you have done"]


@pytest.fixture(autouse=True)
def load(monkeypatch):
    """How busy the machine is. A test may put another `Load` into this list."""
    load = [IDLE]
    monkeypatch.setattr(refresh, "look", lambda: load[-1])
    return load


@pytest.fixture(autouse=True)
def exercise(monkeypatch):
    """The code of the only exercise of notebook 01. A test may put another one into this list."""
    exercise = ["1 + 1"]

    def sections(number):
        if number != "01":
            return {}
        return {practice.YOUR_TURN: [new_markdown_cell(practice.YOUR_TURN), new_code_cell(exercise[-1])]}

    monkeypatch.setattr(practice, "sections", sections)
    return exercise


@pytest.fixture(autouse=True)
def teaching(tmp_path, monkeypatch):
    """The path of a guide for teachers. Of a table that says "old" there, the course says "new"."""
    path = tmp_path / "TEACHING.md"
    path.write_text("| old |\n", encoding="utf-8")
    monkeypatch.setattr(guide, "FILE", path)
    monkeypatch.setattr(guide, "written", lambda text: text.replace("old", "new"))
    return path


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write notebook 00, and notebook 01 with code cells of its own, into a new folder. Return the path of 01."""
    monkeypatch.setattr(course, "FOLDER", tmp_path / "notebooks")

    def write_notebooks(*codes, below=practice.YOUR_TURN):
        course.FOLDER.mkdir(exist_ok=True)
        first, second = course.FOLDER / "00-a.ipynb", course.FOLDER / "01-b.ipynb"
        in_first = [cell for heading in MAP for cell in (new_markdown_cell(heading), new_code_cell(MEASURE))]
        in_second = [*map(new_code_cell, codes), new_markdown_cell(below)]
        for path, cells in ((first, in_first), (second, in_second)):
            nbformat.write(nbformat.v4.new_notebook(cells=[*cells, new_markdown_cell("## Remember")]), path)
        monkeypatch.setattr(course, "NOTEBOOKS", [first, second])
        return second

    return write_notebooks


@pytest.fixture
def environment(tmp_path):
    return course.environment(tmp_path / "ipython", "")


def shown(path):
    """Return what each code cell of a notebook shows."""
    return [cell.outputs[0].data["text/plain"] if cell.outputs else None for cell in course.cells(path, "code")]


def change(path, number, source):
    """Let the code cell of that number say something else, as an editor does: its outputs stay."""
    notebook = course.read(path)
    [cell for cell in notebook.cells if cell.cell_type == "code"][number].source = source
    nbformat.write(notebook, path)


# --- What has changed ---


def test_what_has_changed_is_run_and_everything_else_stays(write, environment, exercise, capsys):
    path = write(MEASURE, MEASURE)
    refresh.refresh(path, environment)
    first, second, two = shown(path)
    assert first and second and two == "2"

    before = path.read_bytes()
    refresh.refresh(path, environment)
    assert path.read_bytes() == before and "01-b.ipynb: nothing has changed" in capsys.readouterr().out

    exercise.append("1 + 2")
    refresh.refresh(path, environment)
    assert shown(path) == [first, second, "3"] and "ran 1 of its cells" in capsys.readouterr().out

    change(path, 1, f"{MEASURE}  # changed")
    refresh.refresh(path, environment)
    assert shown(path)[0] != first and shown(path)[1] != second
    assert [cell.execution_count for cell in course.cells(path, "code")] == [1, 2, 3]


def test_all_of_it_is_run_when_asked(write, environment):
    path = write(MEASURE)
    refresh.refresh(path, environment)
    before = shown(path)
    refresh.refresh(path, environment, everything=True)
    assert shown(path)[0] != before[0]


def test_a_cell_that_somebody_ran_alone_is_a_change(write, environment):
    path = write(MEASURE, "6 * 7")
    refresh.refresh(path, environment)
    before = shown(path)
    notebook = course.read(path)
    notebook.cells[0].execution_count = 9
    nbformat.write(notebook, path)
    refresh.refresh(path, environment)
    assert shown(path)[0] != before[0]


def test_the_map_is_written_anew_each_time(write):
    write("6 * 7")
    refresh.main(["01"])
    before = shown(course.NOTEBOOKS[0])
    refresh.main(["01"])
    assert len(set(before) & set(shown(course.NOTEBOOKS[0]))) == 0


def test_the_tables_of_the_guide_for_teachers_are_written_anew(write, teaching, monkeypatch, capsys):
    monkeypatch.setattr(refresh, "refresh", lambda *_: None)
    write("1")
    for said in ("TEACHING.md: its tables have changed\n", ""):
        refresh.main(["01"])
        assert teaching.read_text(encoding="utf-8") == "| new |\n" and capsys.readouterr().out == said


def test_a_guide_for_teachers_without_a_table_is_named(write, teaching, monkeypatch, capsys):
    def written(text):
        raise ValueError("It has no table.")

    monkeypatch.setattr(refresh, "refresh", lambda *_: None)
    monkeypatch.setattr(guide, "written", written)
    write("1")
    with pytest.raises(SystemExit):
        refresh.main(["01"])
    assert capsys.readouterr().err == "TEACHING.md is not stored. It has no table.\n"


# --- What is not stored ---


def test_claims_that_did_not_hold_are_named_with_how_busy_the_machine_was(write, monkeypatch, capfd):
    loads = iter([IDLE, Load(cores=2, others=0.3, idle=1.7), IDLE, IDLE])
    monkeypatch.setattr(refresh, "look", lambda: next(loads))
    path = write("speedup = 0.85\nassert speedup > 1", "assert 6 * 7 == 41, 'a figure'", "assert True")
    before = path.read_bytes()
    with pytest.raises(SystemExit, match="1"):
        refresh.main(["01"])
    said = capfd.readouterr()
    assert path.read_bytes() == before and said.out.startswith("00-a.ipynb: ran")
    assert said.err == (
        "01-b.ipynb is not stored. What a cell says did not hold:\n"
        "    cell [1]  assert speedup > 1  (AssertionError)\n"
        "    cell [2]  assert 6 * 7 == 41, 'a figure'  (AssertionError: a figure)\n"
        "Other programs took 0.3 of 2 cores.\n"
    )


def test_what_a_busy_machine_measured_is_not_stored_unless_asked(write, environment, load):
    path = write(MEASURE)
    before = path.read_bytes()
    load.append(BUSY)
    with pytest.raises(refresh.Refused, match="Other programs took 1.3 of 2 cores. .* when the machine is idle"):
        refresh.refresh(path, environment)
    assert path.read_bytes() == before
    refresh.refresh(path, environment, busy=True)
    assert shown(path)[0]


def test_a_machine_that_became_busy_meanwhile_is_noticed(write, environment, monkeypatch):
    path = write(MEASURE)
    loads = iter([IDLE, BUSY])
    monkeypatch.setattr(refresh, "look", lambda: next(loads))
    with pytest.raises(refresh.Refused, match="took 1.3 of 2 cores"):
        refresh.refresh(path, environment)


def test_exercises_may_be_stored_on_a_busy_machine(write, environment, load, exercise):
    path = write(MEASURE)
    refresh.refresh(path, environment)
    measured = shown(path)[0]
    load.append(BUSY)
    exercise.append("1 + 2")
    refresh.refresh(path, environment)
    assert shown(path) == [measured, "3"]


def test_how_busy_the_machine_is_is_measured(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(refresh, "LOOK", 0.2)
    load = refresh.look()
    assert load is None or 0 <= load.others <= load.cores + 0.5
    assert refresh.told(None) == "How busy it was is unknown."


def test_a_cell_that_takes_too_long_is_named(write, environment, monkeypatch):
    monkeypatch.setattr(refresh, "CELL_LIMIT", 1)
    path = write("import time\n\ntime.sleep(60)")
    with pytest.raises(refresh.Refused, match="timed out"):
        refresh.refresh(path, environment)


# --- What is missing ---


def test_a_name_that_no_notebook_has_is_an_error(write, capsys):
    write("1")
    with pytest.raises(SystemExit) as ended:
        refresh.main(["zz"])
    assert ended.value.code == 2
    assert "no notebook's name begins with 'zz'. Use one of 00, 01, or none for all." in capsys.readouterr().err


def test_a_missing_heading_is_named(write, capsys):
    write("1", below="## My turn")
    with pytest.raises(SystemExit):
        refresh.main(["01"])
    assert (
        "01-b.ipynb is not stored. The notebook has no cell that begins with '## Your turn'" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (
            exercises,
            "Notebook 15 has exercises, so it needs a quiz. Copy another notebook's to helpers/questions/",
        ),
        (questions, "Notebook 15 has a quiz, so it needs exercises. Copy another notebook's to helpers/exercises/"),
    ],
)
def test_exercises_without_a_quiz_or_a_quiz_without_exercises_are_named(there, said, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(exercises, "names", lambda notebook: ["exercise_15a"] if there is exercises else [])
    monkeypatch.setattr(questions, "notebooks", lambda: ["15"] if there is questions else [])
    with pytest.raises(ValueError, match=said):
        practice.sections("15")
