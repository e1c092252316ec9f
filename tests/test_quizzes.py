"""A quiz says whether an answer is right, keeps what was answered, and notes when all is answered right."""

import pytest

from helpers import progress, questions
from helpers.quizzes import Quiz


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


ASKED = len(questions.of_notebook("01"))
NOTHING = [[] for _ in range(ASKED)]


def place(number, right):
    """Return the index of the right or the first wrong choice of a question of notebook 01."""
    choices = questions.of_notebook("01")[number].choices
    return next(place for place, choice in enumerate(choices) if choice.right == right)


def test_at_first_nothing_is_answered():
    assert Quiz("01").answers == NOTHING


def test_each_answer_is_kept_once_whether_right_or_wrong():
    quiz = Quiz("01")
    wrong, right = place(0, right=False), place(0, right=True)
    assert quiz.answer(0, wrong) is False
    assert quiz.answer(0, right) is quiz.answer(0, right) is True
    assert quiz.answers == [[wrong, right], *NOTHING[1:]]


def test_it_is_noted_once_all_are_answered_right_even_after_wrong_answers():
    quiz = Quiz("01")
    quiz.answer(0, place(0, right=False))
    last = ASKED - 1
    for number in range(last):
        quiz.answer(number, place(number, right=True))
    quiz.answer(last, place(last, right=False))
    assert progress.done() == set()
    quiz.answer(last, place(last, right=True))
    assert progress.done() == {"quiz_01"}


def test_it_is_noted_before_the_browser_says_that_the_quiz_is_done():
    quiz = Quiz("01")
    noted = []
    quiz.observe(lambda _: noted.append(progress.done()), "answers")
    for number in range(ASKED):
        quiz.answer(number, place(number, right=True))
    assert noted == [*(set() for _ in range(ASKED - 1)), {"quiz_01"}]


def test_a_message_of_the_browser_answers_too():
    quiz = Quiz("01")
    quiz._handle_custom_msg({"answer": [2, 1]}, [])
    assert quiz.answers == [[], [], [1], *NOTHING[3:]]


def test_the_browser_has_all_that_it_needs_to_judge():
    for sent, question in zip(Quiz("01").get_state()["asked"], questions.of_notebook("01"), strict=True):
        assert (sent["asked"], sent["program"]) == (question.asked, question.program)
        assert [(choice["text"], choice["right"], choice["why"]) for choice in sent["choices"]] == [
            (choice.text, choice.right, choice.why) for choice in question.choices
        ]


def test_a_notebook_without_a_quiz_is_named():
    with pytest.raises(ValueError, match="There is no quiz '99'. Use one of '01', "):
        Quiz("99")


@pytest.mark.parametrize(
    ("question", "choice", "said"),
    [
        (ASKED, 0, f"There is no question {ASKED}. The quiz has 0 to {ASKED - 1}."),
        (-1, 0, f"There is no question -1. The quiz has 0 to {ASKED - 1}."),
        ("x", 0, f"There is no question 'x'. The quiz has 0 to {ASKED - 1}."),
        (0, 4, "There is no choice 4. Question 0 has 0 to 3."),
        (0, None, "There is no choice None. Question 0 has 0 to 3."),
    ],
)
def test_a_question_or_a_choice_that_does_not_exist_is_named(question, choice, said):
    quiz = Quiz("01")
    with pytest.raises(ValueError, match=said):
        quiz.answer(question, choice)
    assert quiz.answers == NOTHING


def test_it_is_shown_as_a_widget_and_as_a_text_for_where_there_is_none(monkeypatch):
    shown = []
    monkeypatch.setattr("helpers.browser.widget.display", lambda data, raw: shown.append(data))
    Quiz("01")._ipython_display_()
    view, text = shown
    assert "application/vnd.jupyter.widget-view+json" in view and view["text/plain"] == "A quiz."
    todo = "Run this cell (Shift+Enter) to use the quiz."
    assert text["text/plain"] == todo and f"<p>{todo}</p>" in text["text/html"]
