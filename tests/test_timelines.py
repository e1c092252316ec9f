"""Runs are drawn to scale whatever their size, and say in words and numbers what is drawn."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from helpers import timelines
from helpers.drawing import chart
from helpers.drawing.live import LiveTimeline
from helpers.drawing.picture import START_UP, colour
from helpers.running.breakdown import PARTS, Row
from helpers.running.inside import Span
from helpers.runs import Run, run
from helpers.workers import mandelbrot_tile, mandelbrot_tiles


def made(workers, tasks, title="made"):
    """A run in which each task takes a second and the workers take turns."""
    spans = [Span(1000 + task % workers, 1, float(task), task + 1.0, task) for task in range(tasks)]
    return Run(title, spans, 0.0, float(tasks))


def tile_run():
    return run(mandelbrot_tile, mandelbrot_tiles(2, 4), "serial")


PICTURES = {
    "timeline": lambda: timelines.timeline(made(2, 8)),
    "timelines": lambda: timelines.timeline(made(1, 8), made(4, 8)),
    "finished": lambda: timelines.finished(made(2, 8), serial=5.0),
    "finished, 64 workers": lambda: timelines.finished(made(64, 128), serial=5.0),
    "tiles": lambda: timelines.tiles(tile_run(), across=2),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_a_png_with_a_sentence_and_a_table(name):
    picture = PICTURES[name]()
    assert picture.png().startswith(b"\x89PNG")
    assert picture.caption.endswith((".", ":"))
    assert picture.rows and all(len(row) == len(picture.header) for row in picture.rows)
    for cell in picture.rows[-1]:
        assert cell in picture.markdown() and cell in picture.html()


def test_a_timeline_counts_tasks_and_busy_time_of_each_worker():
    rows = timelines.timeline(made(workers=2, tasks=4, title="test")).rows
    assert rows == [["test", "1", "2", "0.000 s", "2.000 s", "50%"], ["test", "2", "2", "1.000 s", "2.000 s", "50%"]]


def test_a_finished_run_tells_makespan_speedup_and_parts_that_add_up():
    run_of_two = Run("made", [Span(1, 1, 1.0, 5.0, 0), Span(2, 2, 1.0, 4.0, 0)], 0.0, 5.0)
    picture = timelines.finished(run_of_two, serial=6.0)
    assert "2 tasks in 5.00 s (makespan)" in picture.caption
    assert "speedup 1.20, efficiency 60%. 2 workers × 5.00 s is 10.00 s of workers' time" in picture.caption
    assert [row[:2] for row in picture.rows] == [
        ["work", "6.00 s"],
        ["start-up", "2.00 s"],
        ["sending and receiving", "0.00 s"],
        ["waiting", "1.00 s"],
        ["imbalance", "1.00 s"],
    ]
    assert [row[0] for row in picture.rows] == list(PARTS)


def test_a_run_without_tasks_can_be_drawn():
    assert timelines.finished(Run("none", [], 0.0, 1.0, 2, {(1, 1): 0.5}), serial=0.0).png()


def test_progress_says_when_each_run_was_done():
    picture = timelines.progress({"run 1": made(1, 4), "run 2": made(2, 2)})
    assert picture.caption == "run 1: all tasks done after 4.00 s. run 2: all tasks done after 2.00 s."
    assert picture.png().startswith(b"\x89PNG")


def test_progress_climbs_from_nothing_to_all_tasks():
    (axes,) = timelines.progress({"run": made(1, 4)}).figure.axes
    seconds, shares = axes.lines[0].get_data()
    assert list(zip(seconds, shares)) == [(0, 0), (1, 25), (2, 50), (3, 75), (4, 100), (4, 100)]


def test_tiles_bear_the_number_of_their_worker():
    picture = timelines.tiles(tile_run(), across=2)
    assert picture.caption == "1 worker computed 4 tiles."
    assert [text.get_text() for text in picture.figure.axes[0].texts] == ["1"] * 4


def test_markup_in_a_title_stays_text():
    assert "<b>" not in timelines.timeline(made(1, 2, title="<b>")).html()


# --- Bars ---


def area(bars):
    _, widths, heights = bars
    return float(np.sum(widths * heights))


def test_long_tasks_have_a_bar_each():
    starts, widths, heights = chart.bars(np.array([0.0, 2.0]), np.array([1.5, 3.0]), pixel=0.01)
    assert (starts.tolist(), widths.tolist(), heights.tolist()) == ([0.0, 2.0], [1.5, 1.0], [1.0, 1.0])


@pytest.mark.parametrize("busy", [0.2, 0.5, 0.9])
def test_a_hundred_thousand_short_tasks_are_few_bars_as_high_as_their_share_of_the_time(busy):
    starts = np.linspace(0, 10, 100_000, endpoint=False)
    drawn = chart.bars(starts, starts + busy * 1e-4, pixel=10 / chart.PIXELS)
    assert len(drawn[0]) <= chart.PIXELS
    assert area(drawn) == pytest.approx(10 * busy, rel=0.01)


def test_short_and_long_tasks_together_keep_their_busy_time():
    dice = np.random.default_rng(7)
    lengths = dice.choice([0.001, 0.2], 2000)
    ends = np.cumsum(lengths)
    drawn = chart.bars(ends - lengths, ends, pixel=ends[-1] / chart.PIXELS)
    assert area(drawn) == pytest.approx(ends[-1], rel=0.05)


def test_a_single_short_task_can_be_seen():
    _, widths, heights = chart.bars(np.array([5.0]), np.array([5.0 + 1e-9]), pixel=0.01)
    assert widths[0] >= 0.01 and heights[0] >= 0.1


def test_no_task_is_no_bar():
    assert [len(column) for column in chart.bars(np.empty(0), np.empty(0), pixel=0.01)] == [0, 0, 0]


def test_64_workers_have_a_row_each_and_not_more_labels_than_can_be_read():
    picture = timelines.finished(made(64, 128), serial=5.0)
    chart = picture.figure.axes[0]
    low, high = sorted(chart.get_ylim())
    assert low < 1 and high > 64
    assert 2 <= len(chart.get_yticks()) <= 16
    assert picture.figure.get_figheight() < 8


# --- While a run goes on ---


def shares(png, *colours):
    """Return for each colour which share of the picture has it, or nearly."""
    points = np.asarray(PIL.Image.open(BytesIO(png)).convert("RGB"), dtype=int)
    wanted = [np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) for colour in colours]
    return [np.mean(np.abs(points - want).max(axis=-1) < 20) for want in wanted]


def test_the_live_picture_grows_with_the_run():
    live = LiveTimeline("made", workers=1, expected=4.0)
    pictures = [
        live.draw([Row(np.inf, np.empty(0), np.empty(0))], until=0.5),
        live.draw([Row(1.0, np.array([1.0]), np.array([2.0]))], until=2.0),
        live.draw([Row(1.0, np.array([1.0, 2.0]), np.array([2.0, 3.5]))], until=3.5),
    ]
    up, task = zip(*(shares(png, START_UP, colour(1)) for png in pictures))
    assert task[0] < task[1] < task[2]
    assert up[0] < up[1]


def test_the_live_picture_s_axis_grows_when_the_run_takes_longer_than_expected():
    live = LiveTimeline("made", workers=1, expected=1.0)
    crew = [Row(0.0, np.array([0.0]), np.array([1.0]))]
    (full,) = shares(live.draw(crew, until=1.0), colour(1))
    (less,) = shares(live.draw(crew, until=10.0), colour(1))
    assert less < full / 5


@pytest.mark.parametrize("until", [0.5, 10.0])
def test_a_picture_shows_nothing_of_the_one_before(until):
    nothing = [Row(np.inf, np.empty(0), np.empty(0))] * 2
    live, other = (LiveTimeline("made", workers=2, expected=4.0) for _ in range(2))
    live.draw([Row(0.0, np.array([0.0]), np.array([3.0]))] * 2, until=3.0)
    assert live.draw(nothing, until) == other.draw(nothing, until)
