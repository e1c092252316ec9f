"""The index hands all questions to the browser, and says where they are without a widget."""

from helpers import asked
from helpers.index import Index


def test_the_browser_has_all_that_it_needs():
    sent = Index().get_state()["asked"]
    assert [question["question"] for question in sent] == [
        question.question for group in asked.GROUPS for question in asked.of_group(group)
    ]
    first = sent[0]
    assert first["group"] == "In a notebook"
    assert first["link"] == "05-use-a-pool.ipynb#A-function-from-a-cell-works-with-fork-only"
    assert first["place"] == "05 A function from a cell works with fork only"


def test_a_question_under_a_heading_with_several_is_named():
    (asked_here,) = [one for one in asked.of_group("Use a pool") if one.below == "How do I pass a keyword argument?"]
    assert asked_here.link == "05-use-a-pool.ipynb#What-people-ask"
    assert asked_here.place == "05 How do I pass a keyword argument?"


def test_without_a_widget_it_says_where_the_questions_are():
    text = Index().fallback()
    assert text["text/plain"] == "Run this cell (Shift+Enter) to use the search box."
    assert f"All {len(Index().asked)} questions are below, as text." in text["text/html"]
