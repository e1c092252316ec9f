"""Each picture is a PNG and says the same in words and numbers."""

import re

import pytest

from helpers import plots
from helpers.measure import Speedups
from helpers.runs import Run, run
from helpers.workers import Span, mandelbrot_tile, mandelbrot_tiles


def fake_run(workers, tasks=8):
    """A run in which each task takes a second and the workers take turns."""
    spans = [Span(1000 + task % workers, 1, float(task), task + 1.0, task) for task in range(tasks)]
    return Run("test", spans, 0.0, float(tasks))


@pytest.fixture(params=["timeline", "timelines", "speedup", "tiles", "bars", "one bar"])
def picture(request):
    measured = Speedups(
        [1, 2],
        2,
        [4.0, 4.0],
        {1: [4.0, 4.0], 2: [2.0, 2.5]},
        {1: [0.1, 0.1], 2: [0.2, 0.2]},
        {1: [1.0, 1.0], 2: [1.9, 2.0]},
    )
    return {
        "timeline": lambda: plots.timeline(fake_run(2)),
        "timelines": lambda: plots.timeline(fake_run(1), fake_run(4)),
        "speedup": lambda: plots.speedup(measured),
        "tiles": lambda: plots.tiles(run(mandelbrot_tile, mandelbrot_tiles(2, 4), "serial"), 2),
        "bars": lambda: plots.bars({"start": {"thread": [0.001, 0.002], "process": [0.05, 0.07]}}, unit="ms"),
        "one bar": lambda: plots.bars({"memory": {"process": [2**20]}}, unit="MiB"),
    }[request.param]()


def test_it_is_a_png(picture):
    assert picture.png().startswith(b"\x89PNG")


def test_its_text_has_a_sentence_and_a_table(picture):
    assert re.search(r"[.:]$", picture.caption)
    assert picture.rows and all(len(row) == len(picture.header) for row in picture.rows)
    for cell in picture.rows[-1]:
        assert cell in picture.markdown() and cell in picture.html()


def test_a_timeline_counts_tasks_and_busy_time_of_each_worker():
    rows = plots.timeline(fake_run(workers=2, tasks=4)).rows
    assert rows == [["test", "1", "2", "0.000 s", "2.000 s", "50%"], ["test", "2", "2", "1.000 s", "2.000 s", "50%"]]


def test_bars_convert_seconds_and_bytes_to_their_unit():
    assert plots.bars({"": {"a": [0.25]}}, unit="ms").rows[0][2] == "250 ms"
    assert plots.bars({"": {"a": [2**21]}}, unit="MiB").rows[0][2] == "2.00 MiB"


def test_neighbouring_workers_look_different_and_24_are_told_apart():
    assert len({(style["facecolor"], style["hatch"]) for style in map(plots.style, range(1, 25))}) == 24


def test_markup_in_a_title_stays_text():
    assert "<b>" not in plots.timeline(Run("<b>", fake_run(1).spans, 0.0, 8.0)).html()
