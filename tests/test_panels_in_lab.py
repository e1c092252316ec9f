"""A learner in JupyterLab opens a notebook, runs it all, and moves its panel's slider by keyboard."""

import re

import course
import pytest
from conftest import ROOT, open_notebook
from playwright.sync_api import expect

WITH_PANEL = [path for path in course.NOTEBOOKS if any("Panel(" in cell.source for cell in course.cells(path, "code"))]

SCREENSHOTS = ROOT / "tests" / "screenshots"


def test_the_notebooks_that_the_course_promises_a_panel_for_have_one():
    assert {path.stem[:2] for path in WITH_PANEL} >= {"01", "02", "04", "05", "06"}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("path", WITH_PANEL, ids=lambda path: path.stem)
def test_the_slider_runs_the_work_again_and_redraws(path, lab, page):
    open_notebook(page, lab, path.name)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    panel = page.locator(".jp-OutputArea-output").filter(has=page.get_by_role("button", name="Run again"))
    expect(panel.get_by_text(re.compile(r"^Done with .* \d+\.$"))).to_be_visible(timeout=120_000)
    page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)
    expect(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)

    before = panel.locator("img").get_attribute("src")
    slider = panel.get_by_role("slider")
    number = int(float(slider.get_attribute("aria-valuenow")))
    slider.focus()
    page.keyboard.press("ArrowRight")

    expect(panel.get_by_text(re.compile(rf"^Done with .* {number + 1}\.$"))).to_be_visible(timeout=60_000)
    expect(panel.locator("img")).not_to_have_attribute("src", before)
    SCREENSHOTS.mkdir(exist_ok=True)
    panel.screenshot(path=SCREENSHOTS / f"{path.stem}.png")
