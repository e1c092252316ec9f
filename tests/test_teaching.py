"""The guide for teachers says of the course what is so: times, needs, names, and where its links lead."""

import re

import course
import guide
import nbformat
import pytest
from conftest import ROOT
from nbformat.v4 import new_markdown_cell

from helpers import exercises

GUIDE = guide.FILE.read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = [name.removeprefix("exercise_") for name in exercises.names()]
PLANS = ["In one hour", "In a day", guide.TERM]


def section(heading):
    """Return the text of a section of the guide."""
    return GUIDE[guide.section(GUIDE, heading)]


def links(text):
    """Return where the links of a text in Markdown lead, within the course."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not target.startswith("https://")]


def test_its_tables_say_what_the_course_says():
    assert guide.written(GUIDE) == GUIDE, "run make refresh ARGS=00"


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_says_what_learners_do_and_what_to_ask_them(name):
    exercise = exercises.find(f"exercise_{name}")
    assert exercise.mistakes and exercise.ask, "Say in `mistakes` what learners do, and in `ask` what to ask them."


def test_the_sum_of_the_times_is_about_right():
    said = int(re.search(r"Together they are about (\d+) hours", GUIDE)[1])
    hours = sum(int(guide.time_and_needs(path)[0]) for path in course.NOTEBOOKS) / 60
    assert abs(hours - said) < 1, f"TEACHING.md says that all notebooks take about {said} hours. Now it's {hours:.1f}."


def test_the_plan_for_a_term_has_each_lesson_in_order():
    planned = ", ".join(row[0] for row in guide.rows(GUIDE, guide.TERM)).split(", ")
    missing = {path.stem[:2] for path in course.LESSONS} - set(planned)
    assert not missing, f"TEACHING.md has no row for {sorted(missing)} under {guide.TERM!r}"
    assert planned == sorted(planned)


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
    assert sum(int(row[0]) for row in guide.rows(GUIDE, "In one hour")) == 60


# --- Its tables ---


def test_a_new_exercise_gets_its_row_and_one_that_is_gone_loses_it(monkeypatch):
    names = exercises.names()
    monkeypatch.setattr(exercises, "names", lambda: [*names[1:], "exercise_01a"])
    rows = guide.rows(guide.written(GUIDE), guide.ASK)
    assert [row[0] for row in rows][:2] == [f"{name} {exercises.find(f'exercise_{name}').title}" for name in NAMES[1:3]]
    found = exercises.find("exercise_01a")
    assert rows[-1] == [f"01a {found.title}", found.mistakes, found.ask]
    assert len(rows) == len(names)


def test_a_changed_time_is_written_and_what_is_needed_beside_stays(tmp_path, monkeypatch):
    path = tmp_path / course.NOTEBOOKS[1].name
    monkeypatch.setattr(course, "NOTEBOOKS", [path])

    def write(first):
        nbformat.write(nbformat.v4.new_notebook(cells=[new_markdown_cell(first)]), path)

    write("# 01\n\n**Time** 41 minutes · **Needs** [00](00-start-here.ipynb), [04](04-what-is-a-pool.ipynb)")
    before = guide.rows(GUIDE, guide.TAKES)[1]
    assert guide.rows(guide.written(GUIDE), guide.TAKES) == [[before[0], "41", "00, 04", before[3]]]
    write("# 01")
    with pytest.raises(ValueError, match=f"first cell of {path.name} lacks a line such as: .*Time.* 40 minutes"):
        guide.written(GUIDE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# To teach", f"It has no heading '## {guide.TERM}'"),
        (f"\n## {guide.TERM}\n\n## More\n| a |", f"It has no table under '## {guide.TERM}'"),
    ],
)
def test_a_missing_table_is_named(text, said):
    with pytest.raises(ValueError, match=said):
        guide.rows(text, guide.TERM)
