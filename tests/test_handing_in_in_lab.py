"""A learner in JupyterLab packs the answers by keyboard, and is told when the kernel has ended."""

import pytest
from conftest import open_notebook
from playwright.sync_api import expect
from test_quiz_in_lab import CELLS, CUT_OFF, TOO_PALE, restart, run_cell

from helpers import progress
from helpers.grading.hand_ins import in_folder

INSTEAD = "Run this cell (Shift+Enter) to use the button that packs your answers."


@pytest.mark.timeout(240)
def test_answers_are_packed_by_keyboard(lab, page):
    (lab.served / "notebooks" / "exercise_01a.py").write_text("print(...)")
    (lab.served / "notebooks" / progress.FILE).unlink(missing_ok=True)  # of a quiz in an earlier test
    open_notebook(page, lab, "00-start-here.ipynb")
    expect(page.get_by_text(INSTEAD)).to_be_visible()
    run_cell(page, "handing_in.show()")
    expect(page.get_by_text(INSTEAD)).to_be_hidden()
    run_cell(page, "progress.show()")  # for another widget's texts

    name, button = page.get_by_role("textbox", name="Your name"), page.get_by_role("button", name="Pack my answers")
    said = page.locator(".course-hand-in").get_by_role("status")
    name.focus()
    page.keyboard.press("Enter")
    expect(said).to_have_text("Write your name first.")
    cells = page.evaluate(CELLS)
    page.keyboard.type("dd xam")  # dd would delete the cell
    assert page.evaluate(CELLS) == cells
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    assert page.evaluate(TOO_PALE) == ["found too little"]  # these widgets have few texts, none of them too pale
    page.keyboard.press("Space")
    expect(said).to_contain_text("answers-dd-xam.zip now holds 1 exercise and 0 quizzes.")
    (hand_in,) = [found for found in in_folder(lab.served / "notebooks") if found.who == "dd-xam"]
    assert hand_in.answers == {"exercise_01a": b"print(...)"}

    page.set_viewport_size({"width": 600, "height": 720})
    assert page.evaluate(CUT_OFF) == []

    restart(page)
    expect(said).to_have_text("The kernel has ended: run this cell again (Shift+Enter).")
    expect(button).to_have_attribute("aria-disabled", "true")
