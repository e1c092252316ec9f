"""Each rule of the course says what is broken, and what to do about it."""

import os
import subprocess
import sys
from dataclasses import replace

import course
import nbformat
import pytest
import rules
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from helpers import exercises
from helpers.panels.workloads import WORKLOADS
from helpers.questions import Question, right, wrong


def asked(*places, lengths=(1, 2, 3)):
    """Return a question for each place of its right choice. Its choices have those lengths, of which 1 is the right."""
    made = []
    for place in places:
        choices = [wrong("x" * length, "It isn't.") for length in lengths[1:]]
        choices.insert(place, right("x" * lengths[0], "It is."))
        made.append(Question("What?", tuple(choices)))
    return made


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "Notebook 07 has 1 exercises, and should have two to four: write some more."),
        (5, "Notebook 07 has 5 exercises, and should have two to four: leave some out."),
    ],
)
def test_too_few_or_too_many_exercises_are_told_of(count, said):
    assert rules.of_exercises("07", ["exercise_07a"] * count) == [said]
    assert rules.of_exercises("07", ["exercise_07a"] * 3) == []


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([0, 1], "The quiz of notebook 07 has 2 questions, and should have three to five: write some more."),
        ([0, 1, 2, 0, 1, 2], "The quiz of notebook 07 has 6 questions, and should have three to five: leave some out."),
        (
            [1, 1, 1, 0],
            "In the quiz of notebook 07, the second choice is right in 3 of 4 questions. "
            "It may be in half of them. Change the order of some choices.",
        ),
    ],
)
def test_a_quiz_that_is_too_long_or_always_has_the_same_place_is_told_of(places, said):
    assert rules.of_quiz("07", asked(*places)) == [said]
    assert rules.of_quiz("07", asked(0, 1, 2)) == []


def test_what_gives_the_right_choices_away_is_told():
    assert rules.of_all_quizzes(asked(0, 1) + asked(0, 1, 2, 2, lengths=(3, 2, 1))) == [
        "The right choice is the longest in 4 of 6 questions: more than 45%. Shorten or lengthen it in your new ones."
    ]
    evenly = [*asked(0, 1), *asked(1, 2, lengths=(2, 1, 3)), *asked(0, 2, lengths=(3, 1, 2))]
    assert rules.of_all_quizzes(evenly) == []
    (said,) = rules.of_all_quizzes([*evenly, *asked(0), *asked(0, lengths=(2, 1, 3))])
    assert said == (
        "The first choice is right in 4 of 8 questions: more than 45%. "
        "Change the order of the choices in your new ones."
    )


@pytest.mark.parametrize(
    ("name", "lacks", "said"),
    [
        ("primes", {"sizes": []}, "Give 'primes' sizes and a cost, so that a panel can choose its size and say how"),
        ("primes", {"cost": None}, "Give 'primes' sizes and a cost, so that a panel can choose its size and say how"),
        ("primes", {"sizes": WORKLOADS["primes"].sizes[::-1]}, "Put the sizes of 'primes' into rising order."),
        ("primes", {"tasks": 13}, "Offer 13 tasks among the counts of 'primes', its default."),
        (
            "mandelbrot",
            {"counts": [36, 48, 64]},
            "'mandelbrot' offers 48 tasks, with which it can't be run: tasks must be a square such as 64 for "
            "Mandelbrot tiles, not 48.",
        ),
        (
            "primes",
            {"sizes": [1000, 180_000]},
            "The default size of 'primes' on an ordinary core is 180000, of [1000, 180000]. Offer at least three "
            "smaller sizes, and one to three larger ones.",
        ),
        ("primes", {"cost": lambda tasks, size: size / 35_000}, "A serial run of 'primes' takes 1.7 s by default."),
    ],
)
def test_what_a_workload_lacks_is_told(name, lacks, said):
    assert rules.of_workload(name, WORKLOADS[name]) == []
    assert any(line.startswith(said) for line in rules.of_workload(name, replace(WORKLOADS[name], **lacks)))


def test_the_same_answer_twice_is_told_of():
    exercise = exercises.find("exercise_04a")
    twice = replace(exercise, wrong=[*exercise.wrong, (exercise.given, "eight pools")], right=[exercise.solution])
    assert rules.of_answers(exercise) == []
    assert rules.of_answers(twice) == [
        "right answer 1 is the same as solution. If it is made with replace(), that found nothing to replace. "
        "Otherwise leave one out: `given` is tried as a wrong answer in any case.",
        "wrong answer 6 is the same as given. If it is made with replace(), that found nothing to replace. "
        "Otherwise leave one out: `given` is tried as a wrong answer in any case.",
    ]


def test_a_notebook_to_which_nothing_leads_is_told_of(tmp_path, monkeypatch):
    first, second = tmp_path / "00-start.ipynb", tmp_path / "01-my-question.ipynb"

    def write(path, top, bottom, shown):
        output = new_output("display_data", {"text/markdown": shown})
        cells = [new_markdown_cell(top), new_code_cell(outputs=[output]), new_markdown_cell(bottom)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)

    monkeypatch.setattr(course, "NOTEBOOKS", [first, second])
    write(first, "# 00", "## Remember", "[00](00-start.ipynb)")
    write(second, "# 01", "## Remember", "")
    readme = "| [00 Start](notebooks/00-start.ipynb) | What? |"
    assert rules.of_course(readme) == [
        "README.md lacks 01-my-question.ipynb. "
        "Add to its map: | [01 My question](notebooks/01-my-question.ipynb) | … |",
        "The map in 00-start.ipynb lacks 01-my-question.ipynb. Run make refresh ARGS=00",
        "00-start.ipynb lacks a link in its first cell. Add: [01 My question →](01-my-question.ipynb)",
        "01-my-question.ipynb lacks a link in its first cell. Add: [← 00 Start](00-start.ipynb)",
        "00-start.ipynb lacks a link in its last cell. Add: Next: [01 My question](01-my-question.ipynb)",
    ]
    leading = "[01](01-my-question.ipynb)"
    write(first, f"# 00 {leading}", f"## Remember {leading}", f"[00](00-start.ipynb) {leading}")
    write(second, "# 01 [00](00-start.ipynb)", "## Remember", "")
    assert rules.of_course(f"{readme}\n| [01 Mine](notebooks/01-my-question.ipynb) | Why? |") == []


def test_what_is_broken_is_said_in_full():
    rules.insist([])
    with pytest.raises(pytest.fail.Exception, match="^one thing\nanother$"):
        rules.insist(["one thing", "another"])


def test_what_is_still_to_be_written_is_told():
    texts = {"a.ipynb": "TODO: one\n\nTODO: two", "b.py": "TODOS = 1"}
    assert rules.of_unfinished(texts) == ["a.ipynb has 2 times TODO. Write what it asks for."]


def test_a_test_runs_as_often_as_asked(tmp_path):
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "conftest", "--times=7", "test_one.py"]
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert "7 passed" in ran.stdout
