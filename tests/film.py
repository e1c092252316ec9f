"""Film the panel for the README: `make film` writes README.webp, and README.png, its last picture.

It is not one of the tests, but it needs what they need: JupyterLab and a browser. It also needs an idle machine.
"""

import io
import time

import nbformat
import PIL.Image
import pytest
from conftest import ROOT, open_notebook
from playwright.sync_api import expect

PANEL = """\
import helpers.panels.workloads

helpers.panels.workloads.SHARE = 1  # the whole run, not the short one of the tests

from helpers.panels import Panel

Panel(workload="mandelbrot", workers=4)"""

EVERY = 0.15  # seconds from one picture to the next
LINGER = 3.0  # seconds that the last picture stays
LARGEST = 1_000_000  # bytes
VIEW = {"viewport": {"width": 1100, "height": 1300}}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", [VIEW], indirect=True)
def test_film(page, lab):
    path = lab.served / "notebooks" / "film.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cell = nbformat.v4.new_code_cell(PANEL)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), path)
    open_notebook(page, lab, path.name)
    page.keyboard.press("Control+Enter")
    panel = page.locator(".course-panel")
    status = panel.locator(".status")
    expect(status).to_contain_text("Done: ", timeout=60_000)
    panel.get_by_role("button", name="Run", exact=False).first.click()
    pictures, began = [], time.monotonic()
    while not (len(pictures) > 4 and "Done: " in status.text_content()):
        pictures.append(panel.screenshot())
        time.sleep(max(0.0, began + EVERY * len(pictures) - time.monotonic()))
    pictures.append(panel.screenshot())
    store([PIL.Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures])


def store(pictures):
    """Write the pictures, all cut to the size of the last one, as README.webp, and the last one as README.png."""
    last = pictures[-1]
    pictures = [picture.crop((0, 0, *last.size)) for picture in pictures]
    times = [round(1000 * EVERY)] * (len(pictures) - 1) + [round(1000 * LINGER)]
    film = ROOT / "README.webp"
    pictures[0].save(film, save_all=True, append_images=pictures[1:], duration=times, loop=0, quality=70, method=6)
    last.quantize(128).save(ROOT / "README.png", optimize=True)
    assert film.stat().st_size < LARGEST, f"{film.stat().st_size} bytes"
