"""Film the panel for the README: `make film` writes README.webp, and README.png, its last picture.

A run is played again in slow motion, since filming takes a core that the run itself needs. The film isn't slow.

It is not one of the tests, but it needs what they need: JupyterLab and a browser. It also needs an idle machine.
"""

import io
from base64 import b64decode
from itertools import pairwise

import nbformat
import PIL.Image
import pytest
from conftest import ROOT, open_notebook, write_notebook
from playwright.sync_api import expect

PANEL = """\
import helpers.panels.workloads

helpers.panels.workloads.SHARE = 1  # the whole run, not the short one of the tests

from helpers.panels import Panel

Panel(workload="mandelbrot", workers=2)"""

FASTER = 4  # times as fast as the slow motion, which is about as fast as the run was
EVERY = 0.15  # seconds of the film from one picture to the next, at least
LINGER = 3.0  # seconds that the last picture stays
LARGEST = 1_000_000  # bytes
VIEW = {"viewport": {"width": 1100, "height": 1300}}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", [VIEW], indirect=True)
def test_film(page, lab):
    path = write_notebook(lab, "film.ipynb", [nbformat.v4.new_code_cell(PANEL)])
    open_notebook(page, lab, path.name)
    page.keyboard.press("Control+Enter")
    panel = page.locator(".course-panel")
    status = panel.locator(".status")
    expect(status).to_contain_text("Done: ", timeout=60_000)
    frames = cast(page)
    panel.get_by_role("button", name="Slow motion").click()
    expect(panel.get_by_role("button", name="Slow motion")).to_be_visible(timeout=60_000)  # meanwhile it says "Stop"
    page.wait_for_timeout(1000 * LINGER)  # until the last picture has come
    box = panel.bounding_box()
    corners = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
    times, pictures = zip(*thinned(frames))
    pictures = [PIL.Image.open(io.BytesIO(picture)).convert("RGB").crop(corners) for picture in pictures]
    store(pictures, [round(1000 * (until - since) / FASTER) for since, until in pairwise(times)])


def cast(page):
    """Let the browser send what it paints. Return a list to which each frame is added: (when, in seconds, PNG).

    It paints no more than for a learner, while screenshots would make it paint each time.
    """
    session, frames = page.context.new_cdp_session(page), []

    def keep(frame):
        frames.append((frame["metadata"]["timestamp"], b64decode(frame["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "png"})
    return frames


def thinned(frames):
    """Return the frames that come at least EVERY seconds of the film after the one before, and the last one."""
    kept = frames[:1]
    for frame in frames[1:]:
        if frame[0] - kept[-1][0] >= EVERY * FASTER:
            kept.append(frame)
    return [*kept[:-1], frames[-1]]


def store(pictures, durations):
    """Write the pictures as README.webp, and the last one as README.png.

    durations  milliseconds for which to show each picture but the last one
    """
    film = ROOT / "README.webp"
    times = [*durations, round(1000 * LINGER)]
    pictures[0].save(film, save_all=True, append_images=pictures[1:], duration=times, loop=0, quality=70, method=6)
    pictures[-1].quantize(128).save(ROOT / "README.png", optimize=True)
    assert film.stat().st_size < LARGEST, f"{film.stat().st_size} bytes"
