"""A learner in JupyterLab answers a quiz by keyboard, and finds it in notebook 00."""

import re

import pytest
from conftest import open_notebook
from playwright.sync_api import expect

from helpers import questions


def run_cell(page, text):
    """Run the first cell that holds the text."""
    page.locator(".jp-CodeCell").filter(has_text=text).first.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


@pytest.mark.timeout(180)
def test_a_quiz_is_answered_by_keyboard_alone(lab, page):
    page.set_viewport_size({"width": 1400, "height": 9000})  # JupyterLab draws only the cells in view
    open_notebook(page, lab, "05-use-a-pool.ipynb")
    run_cell(page, 'Quiz("05")')
    asked = page.locator(".course-question")
    expect(asked).to_have_count(len(questions.of_notebook("05")))

    # Each choice is a button with a name. Tab goes from one to the next, Enter and Space press it.
    asked.first.get_by_role("button").first.focus()
    for number, question in enumerate(questions.of_notebook("05")):
        for place, choice in enumerate(question.choices):
            button = asked.nth(number).get_by_role("button").nth(place)
            expect(button).to_have_accessible_name(re.sub(r"\s+", " ", choice.text))
            expect(button).to_be_focused()
            page.keyboard.press("Enter" if place % 2 else "Space")
            said = asked.nth(number).get_by_role("status").nth(place)
            expect(said).to_have_text(f"{'✓ Right.' if choice.right else '✗ Not right.'} {choice.why}")
            page.keyboard.press("Tab")
    expect(page.get_by_text("5 of 5 answered right. The quiz is done.")).to_be_visible()

    open_notebook(page, lab, "00-start-here.ipynb")
    run_cell(page, "progress.show()")
    row = page.get_by_role("row").filter(has_text="05 Use a pool")
    expect(row).to_contain_text("0 of 4 done")
    expect(row.get_by_role("cell").last).to_have_text("done")

    for name in ("Forget my progress", "Yes, forget it"):
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
    expect(page.get_by_text("Forgotten.")).to_be_visible()
    expect(row.get_by_role("cell").last).to_have_text("not yet")
