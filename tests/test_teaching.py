"""The guide for teachers says of the course what is so: times, needs, names, and where its links lead."""

import re

import course
import pytest
from conftest import ROOT

from helpers import exercises

GUIDE = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = [name.removeprefix("exercise_") for name in exercises.names()]
PLANS = ["In one hour", "In a day", "In a term"]


def section(heading):
    """Return the text between a heading of the guide and the next one. Raises ValueError if it has no such heading."""
    begin = GUIDE.index(f"\n## {heading}\n") + 1
    return GUIDE[begin:].split("\n## ")[0]


def rows(heading):
    """Return the rows of the table in a section, without its header, each as a list of cells."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def time_line(path):
    """Return the minutes of a notebook, and the numbers of those that it needs, as its first cell says."""
    first = course.cells(path, "markdown")[0].source
    minutes, needs = re.search(r"\*\*Time\*\* (\d+) minutes · \*\*Needs\*\* (.+)", first).groups()
    return minutes, ", ".join(re.findall(r"\]\((\d\d)-", needs))


def links(text):
    """Return where the links of a text in Markdown lead, within the course."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not target.startswith("https://")]


@pytest.mark.parametrize("path", course.NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_has_a_row_with_its_time_and_needs(path):
    minutes, needs = time_line(path)
    row = next((row for row in rows("What each notebook takes and needs") if f"notebooks/{path.name}" in row[0]), None)
    assert row, f"TEACHING.md has no row for {path.name} under 'What each notebook takes and needs'"
    assert row[1:3] == [minutes, needs]


def test_the_rows_of_the_notebooks_are_in_order_and_no_others():
    numbers = [re.search(r"notebooks/(\d\d)-", row[0])[1] for row in rows("What each notebook takes and needs")]
    assert numbers == [path.stem[:2] for path in course.NOTEBOOKS]


def test_the_sum_of_the_times_is_about_right():
    hours = int(re.search(r"Together they are about (\d+) hours", GUIDE)[1])
    assert abs(sum(int(time_line(path)[0]) for path in course.NOTEBOOKS) / 60 - hours) < 1


def test_each_exercise_has_a_row_with_its_title():
    heading = "What learners do, and what to ask them"
    wanted = [f"{name} {exercises.find(f'exercise_{name}').title}" for name in NAMES]
    assert [row[0] for row in rows(heading)] == wanted, f"mend the table in TEACHING.md under {heading!r}"
    assert all(len(row) == 3 and all(row) for row in rows(heading))


def test_the_plan_for_a_term_has_each_lesson_in_order():
    planned = ", ".join(row[0] for row in rows("In a term")).split(", ")
    assert planned == sorted(planned) and {path.stem[:2] for path in course.LESSONS} <= set(planned)


@pytest.mark.parametrize("heading", PLANS)
def test_a_plan_names_only_exercises_that_there_are(heading):
    assert set(re.findall(r"\b\d\d[a-z]\b", section(heading))) <= set(NAMES)


@pytest.mark.parametrize("target", sorted(set(links(GUIDE))))
def test_every_link_leads_to_a_file_and_a_heading_that_exist(target):
    file, _, anchor = target.partition("#")
    assert (ROOT / file).exists()
    assert not anchor or anchor in course.anchors(ROOT / file)


def test_a_link_is_called_as_its_section():
    """Or by the first words of it: `Chunks` for `Chunks: how many tasks a worker takes at a time`."""
    for text, anchor in re.findall(r"\[([^]]+)\]\(notebooks/[^)#]+#([^)]+)\)", "".join(map(section, PLANS))):
        assert anchor.startswith(text.replace(" ", "-")), text


def test_the_sections_of_the_readme_that_it_names_are_there():
    named = re.findall(r"\*(To \w[^*]*)\*", section("To add, and to leave out"))
    assert named and {f"## {name}" for name in named} <= set(README.splitlines())


def test_the_readme_leads_to_it():
    assert "TEACHING.md" in links(README)


def test_a_plan_for_an_hour_takes_an_hour():
    assert sum(int(row[0]) for row in rows("In one hour")) == 60
