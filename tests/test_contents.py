"""The table of contents says what each notebook asks, what the learner will do, and how long it takes."""

import course
import nbformat
import pytest

from helpers.contents import contents

HEADER = ["| notebook | you will | time for you | time to run |", "| :--- | :--- | :--- | :--- |"]


@pytest.fixture
def write(tmp_path):
    """Write a notebook into the folder that the table is made of."""

    def write_notebook(name, *sources, seconds=None):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source) for source in sources])
        if seconds is not None:
            notebook.metadata["course"] = {"seconds": seconds}
        nbformat.write(notebook, tmp_path / name)

    return write_notebook


def table(folder):
    """Return the rows of the table below its header."""
    lines = contents(folder).data.splitlines()
    assert lines[:2] == HEADER
    return lines[2:]


def test_a_row_links_the_question_and_gives_both_times(write, tmp_path):
    write("01-a.ipynb", "# 01 · What is it?\n\n**You will** see.\n\n**Time** 40 minutes · **Needs** 00", seconds=12.6)
    assert table(tmp_path) == ["| [01 · What is it?](01-a.ipynb) | see. | 40 minutes | 13 s |"]


def test_what_is_not_known_is_not_made_up(write, tmp_path):
    write("01-a.ipynb", "# 01 · What is it?", "**Time** 99 minutes")  # not in the first cell
    assert table(tmp_path) == ["| [01 · What is it?](01-a.ipynb) |  |  | not measured yet |"]


def test_a_notebook_that_ran_in_no_time_was_measured(write, tmp_path):
    write("01-a.ipynb", "# 01 · What is it?\n\n**Time** 5 minutes", seconds=0.0)
    assert table(tmp_path) == ["| [01 · What is it?](01-a.ipynb) |  | 5 minutes | 0 s |"]


def test_notebooks_come_in_their_order_and_nothing_else_does(write, tmp_path):
    for name in ("10-c.ipynb", "00-a.ipynb", "02-b.ipynb", "draft.ipynb", "3-d.ipynb"):
        write(name, f"# {name}")
    (tmp_path / "00-notes.md").write_text("no notebook")
    assert [row.split("]")[0] for row in table(tmp_path)] == ["| [00-a.ipynb", "| [02-b.ipynb", "| [10-c.ipynb"]


def test_without_notebooks_there_is_no_row(tmp_path):
    assert table(tmp_path) == []


def test_letters_beyond_ascii_are_kept(write, tmp_path):
    write("01-a.ipynb", "# 01 · Größe × 2 – é", seconds=1)
    assert "01 · Größe × 2 – é" in table(tmp_path)[0]


def test_it_looks_into_the_current_folder(write, tmp_path, monkeypatch):
    write("07-a.ipynb", "# 07")
    monkeypatch.chdir(tmp_path)
    assert contents().data == contents(tmp_path).data


def test_each_notebook_of_the_course_says_its_times():
    rows = table(course.FOLDER)
    assert len(rows) == len(course.NOTEBOOKS)
    for path, row in zip(course.NOTEBOOKS, rows):
        _, question, you_will, minutes, seconds, _ = row.split("|")
        says = f"{path.name}: begin with '# 01 · The question?', '**You will** ….' and '**Time** 40 minutes · …'"
        assert you_will.strip().endswith(".") and minutes.strip().endswith(" minutes"), says
        assert question.strip().endswith(f"({path.name})"), says
        assert seconds.strip().removesuffix(" s").isdigit(), f"run make refresh ARGS={path.name[:2]}"
