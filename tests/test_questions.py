"""The questions of the quizzes: what they say is true, and nothing else gives the answer away."""

import re

import course
import practice
import pytest
import rules

from helpers import questions
from helpers.machine import start_methods
from helpers.scripts.attempt import Attempt

QUESTIONS = {
    f"{notebook} question {number}": question
    for notebook in questions.notebooks()
    for number, question in enumerate(questions.of_notebook(notebook), start=1)
}
PRINTING = [
    pytest.param(question, method, id=f"{name} {method}")
    for name, question in QUESTIONS.items()
    for method in question.start_methods
    if method in start_methods()
]

every_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))


@pytest.mark.parametrize(("question", "start_method"), PRINTING)
def test_the_program_prints_what_the_right_choice_says(question, start_method, tmp_path):
    script = tmp_path / "program.py"
    script.write_text(question.program)
    ran = Attempt(script, start_method)
    assert ran.exit_code == 0
    assert [line.rstrip() for line in ran.output.splitlines()] == rules.right_choice(question).text.splitlines()


@every_question
def test_one_choice_is_right_and_each_says_why(question):
    assert 3 <= len(question.choices) <= 5, f"Give {question.asked!r} three to five choices."
    assert sum(choice.right for choice in question.choices) == 1, f"Give {question.asked!r} one right choice."
    assert all(choice.text and choice.why for choice in question.choices), "Say why each choice is right or wrong."
    for field in ("text", "why"):
        different = len({getattr(choice, field) for choice in question.choices})
        assert different == len(question.choices), f"Two choices of {question.asked!r} have the same {field}."


@every_question
def test_a_program_says_under_which_start_methods_it_was_run(question):
    assert bool(question.program) == bool(question.start_methods), (
        f"{question.asked!r} needs both: a program, and the start_methods with which it prints the right choice."
    )


@pytest.mark.parametrize("path", course.LESSONS, ids=lambda path: path.stem)
def test_each_lesson_has_a_quiz_of_some_questions_with_the_right_choices_at_several_places(path):
    rules.insist(rules.of_quiz(path.stem[:2], questions.of_notebook(path.stem[:2])))


def test_each_quiz_is_of_a_lesson():
    lessons = {path.stem[:2] for path in course.LESSONS}
    assert not lessons - set(questions.notebooks()), "Write a quiz for each of these, in helpers/questions/."
    assert not set(questions.notebooks()) - lessons, "These quizzes belong to no lesson of the course."


def test_neither_place_nor_length_gives_the_right_choice_away():
    rules.insist(rules.of_all_quizzes(list(QUESTIONS.values())))


@pytest.mark.parametrize("path", course.LESSONS, ids=lambda path: path.stem)
def test_each_question_is_answered_above_it_in_the_notebook(path):
    notebook = course.read(path)
    above = notebook.cells[: practice.section_of(notebook, practice.QUIZ).start]
    text = "\n".join(cell.source for cell in above if cell.cell_type == "markdown")
    headings = set(re.findall(r"^(?:#+ (.+)|\*\*(.+)\*\*)$", text, re.MULTILINE))
    known = {heading for found in headings for heading in found if heading}
    for question in questions.of_notebook(path.stem[:2]):
        assert question.answered in known, f"{question.asked!r} names {question.answered!r}, which is no heading above"


def test_an_unknown_quiz_is_explained():
    with pytest.raises(ValueError, match="There is no quiz '99'. Use one of '01', '02'"):
        questions.of_notebook("99")
