"""A quiz says of each choice what it is worth, counts the right ones, and notes when all are."""

import pytest

from helpers import progress, questions
from helpers.quizzes import Quiz


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def press(quiz, number, right):
    """Press the right or the first wrong choice of a question; return what is said of it."""
    asked, question = quiz.asked[number], questions.of_notebook("01")[number]
    place = next(place for place, choice in enumerate(question.choices) if choice.right == right)
    asked.buttons[place].click()
    return asked.said[place].value


def test_nothing_is_said_before_a_choice_is_pressed():
    quiz = Quiz("01")
    assert all(said.value == "" for asked in quiz.asked for said in asked.said)
    assert "<b>0 of 4</b>" in quiz.score.value


def test_a_wrong_choice_says_why_and_does_not_count():
    quiz = Quiz("01")
    said = press(quiz, 0, right=False)
    assert "Not right." in said and questions.of_notebook("01")[0].choices[0].why in said
    assert "<b>0 of 4</b>" in quiz.score.value


def test_the_right_choice_says_why_and_counts_once_even_after_a_wrong_one():
    quiz = Quiz("01")
    press(quiz, 0, right=False)
    for _ in range(2):
        assert "Right." in press(quiz, 0, right=True)
        assert "<b>1 of 4</b>" in quiz.score.value


def test_markup_in_a_question_stays_text():
    asked = Quiz("01").asked[0]
    assert "__main__" in asked.children[0].value and "&quot;__main__&quot;" in asked.children[0].value


def test_it_is_done_once_all_are_answered_right():
    quiz = Quiz("01")
    for number in range(3):
        press(quiz, number, right=True)
    assert progress.done() == set()
    press(quiz, 3, right=True)
    assert progress.done() == {"quiz_01"}
    assert "The quiz is done." in quiz.score.value


def test_a_reader_without_widgets_is_told_where_the_questions_stand():
    assert Quiz("01")._repr_mimebundle_()["text/plain"].startswith("A quiz of 4 questions.")
