"""Runs are drawn to scale whatever their size, and their text says what is drawn in words and numbers."""

from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from helpers import timelines
from helpers.drawing import chart
from helpers.drawing.picture import LINES, color
from helpers.running.breakdown import PARTS, Row
from helpers.running.comparison import Comparison
from helpers.running.inside import Span
from helpers.running.log import Life
from helpers.runs import Run, run
from helpers.workers import mandelbrot_tile, mandelbrot_tiles


def made(workers, tasks, title="made"):
    """A run in which each task takes a second and the workers take turns."""
    spans = [Span(1000 + task % workers, 1, 0.0, float(task), task + 1.0, 0.75, task) for task in range(tasks)]
    lives = [Life(1000 + number, 1, 0.1, 0.25 * (number + 1), 0.0) for number in range(workers)]
    return Run(title, spans, 0.0, float(tasks), lives)


def compared(run, seconds=5.0):
    """The run, compared with a serial run of some seconds."""
    return Comparison(run, Run("serial", [Span(9, 9, 0.0, 0.0, seconds, seconds, 0)], 0.0, seconds))


def tile_run():
    return run(mandelbrot_tile, mandelbrot_tiles(2, 4), "serial")


PICTURES = {
    "timeline": lambda: timelines.timeline(made(2, 8)),
    "timelines": lambda: timelines.timeline(made(1, 8), made(4, 8)),
    "side by side": lambda: timelines.side_by_side(
        {"one": [made(1, 4), made(2, 4)], "other": [made(1, 8), made(4, 8)]}
    ),
    "finished": lambda: timelines.finished(compared(made(2, 8))),
    "finished, 64 workers": lambda: timelines.finished(compared(made(64, 128))),
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


def test_side_by_side_tells_how_many_tasks_were_under_way_and_how_many_cores_they_kept_busy():
    waited = [Span(1000 + worker, 1, 0.0, 0.0, 4.0, 0.1, None) for worker in range(2)]
    picture = timelines.side_by_side({"computes": [made(1, 4)], "waits": [Run("two", waited, 0.0, 4.0)]})
    assert picture.rows == [["computes", "made", "4.00 s", "1.00", "0.75"], ["waits", "two", "4.00 s", "2.00", "0.05"]]


def test_side_by_side_has_one_axis_for_all_runs_and_a_line_of_charts_for_each_way():
    figure = timelines.side_by_side({"short": [made(1, 2), made(2, 2)], "long": [made(1, 8), made(4, 8)]}).figure
    assert len(figure.axes) == 4
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    titles = [axes.get_title("left").split("\n") for axes in figure.axes]
    assert [title[0] for title in titles[:2]] == ["short", "long"] and len(titles[2]) == 1
    left, right = figure.axes[2:]
    assert left.get_ylim() == right.get_ylim(), "a row is as high in both columns"


def test_side_by_side_says_what_it_can_not_draw():
    with pytest.raises(ValueError, match="nothing to draw"):
        timelines.side_by_side({})
    with pytest.raises(ValueError, match="as many runs each"):
        timelines.side_by_side({"two": [made(1, 1), made(1, 1)], "one": [made(1, 1)]})


def test_a_timeline_tells_start_up_computing_and_waiting_of_each_worker():
    picture = timelines.timeline(made(workers=2, tasks=4, title="test"))
    assert picture.header == ["run", "worker", "tasks", "start-up", "computing", "waiting"]
    assert picture.rows == [
        ["test", "1", "2", "0.250 s", "1.500 s", "0.500 s"],
        ["test", "2", "2", "0.500 s", "1.500 s", "0.500 s"],
    ]
    assert picture.caption == "test: 4 tasks on 2 workers in 4.00 s."


def test_of_many_workers_the_table_lists_sixteen_and_counts_the_tasks_of_the_others():
    rows = timelines.timeline(made(workers=20, tasks=40)).rows
    assert [row[1] for row in rows] == [*map(str, range(1, 17)), "the others"]
    assert rows[-1] == ["made", "the others", "8", "", "", ""]


NEVER = Life(0, 0, 0.0, 0.0, 0.0)


def test_a_worker_that_was_never_started_is_told_as_such():
    run = made(1, 2)
    run.logged_lives.append(NEVER)
    picture = timelines.timeline(run)
    assert picture.rows[1] == ["made", "2", "0", "not started", "", ""]
    assert picture.caption == "made: 2 tasks on 1 worker in 2.00 s."
    assert [text.get_text() for text in picture.figure.axes[0].texts] == ["not started"]


def test_a_finished_run_tells_makespan_speedup_and_parts_that_add_up():
    spans = [Span(1, 1, 1.0, 1.0, 5.0, 3.0, 0), Span(2, 2, 1.0, 1.0, 4.0, 3.0, 0)]
    run_of_two = Run("made", spans, 0.0, 5.0)
    picture = timelines.finished(compared(run_of_two, 6.0))
    assert "2 tasks in 5.00 s (makespan). One after the other they took 6.00 s: speedup 1.20" in picture.caption
    assert "efficiency 60%. 2 workers × 5.00 s is 10.00 s of workers' time" in picture.caption
    assert [row[:3] for row in picture.rows] == [
        ["start-up", "2.00 s", "20%"],
        ["computing", "6.00 s", "60%"],
        ["waiting", "1.00 s", "10%"],
        ["between tasks", "0.00 s", "0%"],
        ["no task left", "1.00 s", "10%"],
    ]
    assert [row[0] for row in picture.rows] == list(PARTS)


def test_a_run_on_a_busy_machine_says_so():
    picture = timelines.finished(compared(made(1, 2), 9.0))
    assert "no speedup can be given, since the machine was busy" in picture.caption
    assert "efficiency" not in picture.caption


def test_a_run_without_tasks_can_be_drawn():
    none = Run("none", [], 0.0, 1.0, [Life(1, 1, 0.1, 0.5, 0.0), NEVER])
    assert timelines.timeline(none).png()
    assert timelines.finished(Comparison(none, none)).png()


@pytest.mark.parametrize(
    ("runs", "error", "message"),
    [([], ValueError, "There is nothing to draw. Give one run or more"), ([1], TypeError, "or recording.* not 1")],
)
def test_what_is_no_run_is_explained(runs, error, message):
    with pytest.raises(error, match=message):
        timelines.timeline(*runs)


# --- What is drawn ---


def drawn(run):
    """Return what is drawn of a run: what bars show → list of their (left, right, height), for all workers."""
    axes = timelines.timeline(run).figure.axes[0]
    names = ["start-up", "no task left", "at the end", "between tasks", "whole", "full"]
    found = {}
    for name, collection in zip(names, axes.collections):
        corners = [path.get_extents() for path in collection.get_paths()]
        found[name] = [
            (round(box.x0, 6), round(box.x1, 6), round(box.height, 6)) for box in corners if box.width > 1e-9
        ]
    return found


def test_a_bar_is_as_full_as_its_worker_computed():
    spans = [Span(1, 1, 0.0, 0.0, 4.0, 4.0, 0), Span(2, 2, 0.0, 0.0, 4.0, 2.0, 0), Span(3, 3, 0.0, 0.0, 4.0, 0.0, 0)]
    shown = drawn(Run("made", spans, 0.0, 4.0))
    assert [height for _, _, height in shown["whole"]] == [chart.TALL] * 3
    assert [height for _, _, height in shown["full"]] == pytest.approx([chart.TALL, chart.TALL / 2, 0])


def test_each_second_of_a_worker_is_drawn_as_what_it_was():
    spans = [Span(1, 1, 1.0, 2.0, 5.0, 3.0, 0), Span(2, 2, 1.0, 1.0, 9.0, 8.0, 0)]
    shown = drawn(Run("made", spans, 0.0, 10.0, [Life(1, 1, 0.1, 1.0, 0.0), Life(2, 2, 0.1, 1.0, 0.0)]))
    assert shown["start-up"] == [(0, 1, chart.THIN)] * 2
    assert shown["between tasks"] == [(1, 2, chart.THIN)]
    assert shown["no task left"] == [(5, 9, chart.THIN)]
    assert shown["at the end"] == [(9, 10, chart.THIN)] * 2


def test_a_task_is_drawn_at_its_time_in_the_row_of_its_worker():
    spans = [Span(1, 1, 0.0, 1.0, 5.0, 4.0, 0), Span(2, 2, 0.0, 2.0, 9.0, 7.0, 0)]
    axes = timelines.timeline(Run("made", spans, 0.0, 10.0)).figure.axes[0]
    bars = [path.get_extents() for path in axes.collections[-1].get_paths()]
    assert [(bar.x0, bar.x1) for bar in bars] == [pytest.approx((1, 5), abs=0.01), pytest.approx((2, 9), abs=0.01)]
    assert [(bar.y0 + bar.y1) / 2 for bar in bars] == pytest.approx([1, 2])
    assert list(axes.get_yticks()) == [1, 2] and axes.get_xlim()[0] == 0


def test_what_has_ended_and_what_was_never_started_is_not_drawn():
    spans = [Span(1, 1, 1.0, 1.0, 4.0, 3.0, 0), Span(2, 2, 1.0, 1.0, 9.0, 8.0, 0)]
    shown = drawn(Run("made", spans, 0.0, 10.0, [Life(1, 1, 0.1, 1.0, 4.5), Life(2, 2, 0.1, 1.0, 9.5), NEVER]))
    assert shown["no task left"] == [(4, 4.5, chart.THIN)]
    assert shown["at the end"] == [(9, 9.5, chart.THIN)]
    assert len(shown["start-up"]) == 2


def test_no_color_of_a_panel_means_two_things():
    of_parts = {to_hex(style["facecolor"], keep_alpha=True) for style in chart.PART_STYLES.values()} - {
        to_hex("white", keep_alpha=True)
    }
    of_workers = {to_hex(shade(number), keep_alpha=True) for number in range(1, 7) for shade in (color, chart.pale)}
    of_lines = {to_hex(line, keep_alpha=True) for line in LINES}
    assert len(of_parts) == 3 and len(of_workers) == 12
    assert of_parts.isdisjoint(of_workers) and of_lines.isdisjoint(of_workers)


def test_completion_says_when_each_run_was_done():
    picture = timelines.completion({"run 1": made(1, 4), "run 2": made(2, 2)})
    assert picture.caption == "run 1: all tasks done after 4.00 s. run 2: all tasks done after 2.00 s."
    assert picture.png().startswith(b"\x89PNG")


def test_completion_climbs_from_nothing_to_all_tasks():
    (axes,) = timelines.completion({"run": made(1, 4)}).figure.axes
    seconds, shares = axes.lines[0].get_data()
    assert list(zip(seconds, shares)) == [(0, 0), (1, 25), (2, 50), (3, 75), (4, 100), (4, 100)]


def test_tiles_bear_the_number_of_their_worker():
    picture = timelines.tiles(tile_run(), across=2)
    assert picture.caption == "1 worker computed 4 tiles."
    assert [text.get_text() for text in picture.figure.axes[0].texts] == ["1"] * 4


def test_a_tile_is_drawn_as_it_was_computed_and_at_its_place():
    plain, marked = [[1, 1], [1, 1]], [[1, 1], [9, 1]]  # a point of the set, which is dark, at the lower left
    spans = [Span(1, 1, 0.0, task, task + 1.0, 1.0, tile) for task, tile in enumerate([plain, marked, plain, plain])]
    axes = timelines.tiles(Run("made", spans, 0.0, 4.0), across=2).figure.axes[0]
    image = axes.images[0].get_array()
    assert np.argwhere(image.sum(axis=2) == image.sum(axis=2).min()).tolist() == [[1, 2]]
    assert [tuple(map(int, text.get_position())) for text in axes.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_markup_in_a_title_stays_text():
    assert "<b>" not in timelines.timeline(made(1, 2, title="<b>")).html()


# --- Bars ---


def row(starts, ends, share=0.75):
    """The `Row` of a worker whose tasks computed for a share of their time."""
    starts, ends = np.array(starts, dtype=float), np.array(ends, dtype=float)
    return Row(True, 0.0, np.inf, starts, ends, share * (ends - starts))


def areas(bars):
    """Return the area of the bars, and the area of their full parts."""
    _, widths, extents, fills = bars
    return float(np.sum(widths * extents)), float(np.sum(widths * fills))


def test_long_tasks_have_a_bar_each():
    drawn = chart.task_bars(row([0, 2], [1.5, 3]), pixel=0.01)[:4]
    assert [column.tolist() for column in drawn] == [[0, 2], [1.5, 1], [1, 1], [0.75, 0.75]]


@pytest.mark.parametrize("busy", [0.2, 0.5, 0.9])
def test_a_hundred_thousand_short_tasks_are_few_bars_as_high_as_their_share_of_the_time(busy):
    starts = np.linspace(0, 10, 100_000, endpoint=False)
    drawn = chart.task_bars(row(starts, starts + busy * 1e-4), pixel=10 / chart.PIXELS)[:4]
    assert len(drawn[0]) <= chart.PIXELS
    assert areas(drawn) == pytest.approx((10 * busy, 7.5 * busy), rel=0.01)


def test_short_and_long_tasks_together_keep_their_time():
    dice = np.random.default_rng(7)
    lengths = dice.choice([0.001, 0.2], 2000)
    ends = np.cumsum(lengths)
    drawn = chart.task_bars(row(ends - lengths, ends), pixel=ends[-1] / chart.PIXELS)[:4]
    assert areas(drawn) == pytest.approx((ends[-1], 0.75 * ends[-1]), rel=0.05)


def test_a_single_short_task_can_be_seen():
    _, widths, extents, _ = chart.task_bars(row([5], [5 + 1e-9]), pixel=0.01)[:4]
    assert widths[0] >= 0.01 and extents[0] >= 0.1


def test_a_task_that_goes_on_is_not_filled_yet():
    goes_on = Row(True, 0.0, np.inf, np.array([0.0]), np.array([4.0]), np.array([np.nan]))
    assert [column.tolist() for column in chart.task_bars(goes_on, pixel=0.01)] == [[0], [4], [1], [0], [1], [0]]


def test_between_tasks_is_what_no_bar_covers_but_for_tasks_too_short_to_be_seen():
    starts, widths = np.array([1.0, 3.0, 4.0, 5.0]), np.array([1.0, 1.0, 0.001, 1.0])
    begins, ends = chart.gaps_between(starts, widths, 0.0, 6.005, pixel=0.01)
    assert [begins.tolist(), ends.tolist()] == [[0, 2, 4], [1, 3, 5]]


def test_tasks_that_follow_each_other_have_a_hair_between_them():
    (_, right, _), (left, _, _) = drawn(made(1, 2))["full"]
    assert 0 < left - right < 0.01


def test_in_a_png_too_each_task_is_set_off_from_the_next():
    ends = 0.013 + 0.1873 * np.arange(1, 9)
    spans = [Span(1, 1, 0.0, end - 0.187, end, 0.187, task) for task, end in enumerate(ends)]
    picture = timelines.timeline(Run("serial", spans, 0.0, ends[-1], [Life(1, 1, 0.0, 0.013, 0.0)]))
    pixels = np.asarray(Image.open(BytesIO(picture.png())).convert("RGB")).astype(int)
    blue = abs(pixels - [round(255 * part) for part in to_rgb(color(1))]).sum(axis=2) < 30
    row = blue[blue.sum(axis=1).argmax()]  # the middle of the bars
    assert np.count_nonzero(row[1:] > row[:-1]) == 8  # where a bar begins


def test_no_task_is_no_bar():
    assert [len(column) for column in chart.task_bars(row([], []), pixel=0.01)] == [0] * 6


def test_a_bar_says_how_many_tasks_it_is_and_which_is_the_first():
    *_, counts, firsts = chart.task_bars(row([0, 1, 1.001, 1.002, 2], [0.5, 1.001, 1.002, 1.003, 3]), pixel=0.01)
    assert sorted(zip(firsts.tolist(), counts.tolist())) == [(0, 1), (1, 3), (4, 1)]


def test_64_workers_have_a_row_each_and_not_more_labels_than_can_be_read():
    picture = timelines.finished(compared(made(64, 128)))
    chart = picture.figure.axes[0]
    low, high = sorted(chart.get_ylim())
    assert low < 1 and high > 64
    assert 2 <= len(chart.get_yticks()) <= 16
    assert picture.figure.get_figheight() < 8
