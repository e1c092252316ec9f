"""A learner in JupyterLab searches the index, and a link opens the notebook beside it."""

import pytest
from conftest import open_notebook
from playwright.sync_api import expect
from test_quiz_in_lab import run_cell

INSTEAD = "Run this cell (Shift+Enter) to use the search box."


@pytest.mark.timeout(180)
def test_a_link_opens_the_notebook_beside_it_and_without_a_kernel_it_says_so(lab, page):
    open_notebook(page, lab, "14-what-people-ask.ipynb")
    expect(page.get_by_text(INSTEAD)).to_be_visible()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    run_cell(page, "Index()")
    box = page.get_by_role("searchbox", name="Search")
    box.click()
    page.evaluate("window.stayed = true")
    page.keyboard.type("x pyinstaller")  # x alone would cut the cell
    found = page.get_by_role("list", name="questions found").get_by_role("listitem")
    expect(found).to_have_count(1)
    expect(page.get_by_text(INSTEAD)).to_be_hidden()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".lm-DockPanel-tabBar .lm-mod-current")).to_have_text("07-start-methods-and-pickling.ipynb")
    assert page.evaluate("stayed")  # opened here, and not as a new page
