"""A learner in JupyterLab is the scheduler: finds a lost update by keyboard, and leaves nothing behind."""

import re

import nbformat
import psutil
import pytest
from conftest import open_notebook, write_notebook
from playwright.sync_api import expect
from test_quiz_in_lab import TOO_PALE, run_cell

from helpers.running.families import wait_for_end

TIME_LIMIT = 60  # seconds
STEPS = """\
from helpers.steps import Steps
from helpers.workers import read_add_write

Steps(read_add_write, value=0)"""

SOONER = """\
import helpers.steps.widget

helpers.steps.widget.IDLE_LIMIT = 5.0"""


@pytest.fixture
def notebook(lab):
    return write_notebook(lab, "steps.ipynb", [nbformat.v4.new_code_cell(cell) for cell in (STEPS, SOONER)])


def processes(page):
    """Return the two processes whose PIDs are shown."""
    shown = page.locator(".course-pid")
    expect(shown.first).to_have_text(re.compile(r"PID \d+"))
    return [psutil.Process(int(text.split()[1])) for text in shown.all_inner_texts()]


@pytest.mark.timeout(180)
def test_a_lost_update_is_found_by_keyboard_and_a_closed_notebook_leaves_nothing(lab, notebook, page):
    open_notebook(page, lab, notebook.name)
    run_cell(page, "Steps(")
    steps = [page.get_by_role("button", name=f"Step {name}") for name in "AB"]
    for number in [0, 1, 1, 1, 0]:
        step = steps[number]
        row = page.get_by_role("table", name="The steps so far").get_by_role("row")
        taken = row.count()
        step.focus()
        page.keyboard.press("Enter")
        expect(row).to_have_count(max(2, taken + 1))
    both = processes(page)
    step.press("Enter")
    expect(page.get_by_text("✓ Reached with A B B B A A.")).to_be_visible()
    assert not wait_for_end(both, TIME_LIMIT)
    page.get_by_role("button", name="Try every order").press("Enter")
    expect(
        page.get_by_role("table", name="There are 20 orders. An update is lost in 18 of them (90%).")
    ).to_be_visible()
    assert page.evaluate(TOO_PALE) == []

    run_cell(page, "IDLE_LIMIT")
    page.get_by_role("button", name="Undo").press("Enter")
    both = processes(page)
    page.locator(".lm-DockPanel-tabBar .lm-mod-current .lm-TabBar-tabCloseIcon").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Discard").click()
    assert not wait_for_end(both, TIME_LIMIT)
