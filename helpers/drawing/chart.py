"""What all pictures of runs share: a chart with a row for each worker, and a bar that shows where the time went."""

import numpy as np
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from matplotlib.path import Path

from helpers.drawing.picture import COLORS, color, new_figure, plain

PIXELS = 1000  # along a time axis, roughly
TALL, THIN = 0.8, 0.3  # of a row's height: a task's bar, and what a worker does between its tasks
PALE = 0.25  # opacity of the pale part of a bar
HAIR = 0.4  # of such a pixel: the gap on each side of a bar, which sets it off from its neighbors
MANY = 2000  # bars: an SVG with more than that draws them as one image
# No part has the color of a worker
PART_STYLES = {
    "start-up": {"facecolor": "#858585", "edgecolor": "#858585"},
    "computing": {"facecolor": "#2B2B2B", "edgecolor": "#2B2B2B"},
    "waiting": {"facecolor": "white", "hatch": "....", "edgecolor": "#8C8C8C"},
    "between tasks": {"facecolor": (0.5, 0.5, 0.5, 0.38), "edgecolor": "none"},  # looks right on white and on black
    "no task left": {"facecolor": "white", "edgecolor": "#8C8C8C"},
}


def chart_height(workers):
    """Return the height, in inches, of a chart with a row for each worker."""
    return min(0.28 * max(workers, 1), 4.4) + 0.55


def set_up_chart(axes, title, workers):
    """Prepare axes for a row for each worker."""
    axes.set_title(title, loc="left", fontsize="medium")
    axes.set_ylim(workers + 0.6, 0.4)
    axes.set_yticks(range(1, workers + 1, 1 + workers // 16))
    axes.set_ylabel("worker")
    plain(axes)


def add_legend(figure):
    """Add a legend above the charts."""
    handles = [
        Patch(facecolor=color(1), label="a task, as full as it computed (a color for each worker)"),
        Patch(facecolor=pale(1), label="pale: it waited, or still runs"),
        *(Patch(**PART_STYLES[part], label=part) for part in ("start-up", "between tasks", "no task left")),
    ]
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=5,
        frameon=False,
        fontsize="small",
        handlelength=1.2,
        columnspacing=1.0,
        handletextpad=0.4,
    )


def pale(number):
    """Return the pale color of worker `number`, for the part of a task that waited or isn't finished.

    It is transparent, so it is pale on white and on black.
    """
    return (*to_rgb(color(number)), PALE)


def draw_rows(axes, crew, until, length):
    """Draw what each worker did until a moment, on an axis of a given length, in seconds. Return what was drawn."""
    pixel = length / PIXELS
    numbers = np.arange(1, len(crew) + 1)
    ups = np.array([min(row.ready, until) if row.asked else 0.0 for row in crew])
    gone = np.array([min(row.gone, until) if row.asked else 0.0 for row in crew])
    done = np.array([row.ends[-1] if len(row.ends) else up for row, up in zip(crew, ups)])
    gone = np.maximum(gone, done)
    left = np.clip(np.max(done, initial=0.0), done, gone)  # when the very last task, or this worker, ended
    bars = [task_bars(row, pixel)[:4] for row in crew]
    gaps = [gaps_between(*of_row[:2], *ends, pixel) for of_row, *ends in zip(bars, ups, done)]
    collections = [
        thin_bars("start-up", np.zeros(len(crew)), ups, numbers),
        thin_bars("no task left", done, left, numbers),
        thin_bars("between tasks", left, gone, numbers),
        thin_bars("between tasks", *map(np.concatenate, zip(*gaps)), each_row(numbers, gaps)),
        *thick_bars(*map(np.concatenate, zip(*bars)), each_row(numbers, bars), pixel),
    ]
    many = sum(len(starts) for starts, *_ in [*bars, *bars, *gaps]) > MANY  # each bar is drawn pale, then filled
    for collection in collections[3:]:
        collection.set_rasterized(many)
    drawn = [axes.add_collection(collection, autolim=False) for collection in collections]
    absent = [number for number, row in zip(numbers, crew) if not row.asked]
    return drawn + [
        axes.annotate("not started", (0, number), (4, 0), textcoords="offset points", va="center", **ABSENT)
        for number in absent
    ]


def each_row(numbers, columns):
    """Return the worker's number for each bar, given the columns of each worker's bars."""
    return np.repeat(numbers, [len(starts) for starts, *_ in columns])


def gaps_between(starts, widths, first, last, pixel):
    """Return the starts and ends of the gaps between a worker's bars, except bars of tasks too short to see.

    Gaps narrower than a pixel are left out. `first` and `last` are where the worker's time begins and ends.
    """
    long = widths >= 3 * pixel
    begins = np.concatenate([[first], starts[long] + widths[long]])
    ends = np.concatenate([starts[long], [last]])
    wide = ends - begins >= pixel
    return begins[wide], ends[wide]


def thick_bars(starts, widths, extents, fills, numbers, pixel):
    """Return the bars of tasks: pale ones, and the full parts over them. `numbers` are their workers'."""
    free = np.where(widths >= 3 * pixel, HAIR * pixel, 0.0)
    places = starts + free, widths - 2 * free, numbers + TALL / 2  # a row's lower edge: the axis counts downwards
    draw = in_few_paths if len(starts) > MANY else in_a_path_each
    return [
        draw(rectangles(*places, TALL * heights), numbers, shade)
        for heights, shade in ((extents, pale), (fills, color))
    ]


def in_a_path_each(corners, numbers, shade):
    """Return rectangles to draw, each in its worker's shade."""
    # not moved to whole pixels: that would close some of the gaps between them
    return PolyCollection(corners, facecolors=[shade(number) for number in numbers], snap=False)


def in_few_paths(corners, numbers, shade):
    """Return the same with all rectangles of a color in one path, which is several times as fast for many of them."""
    colors = (numbers - 1) % len(COLORS)
    used = np.unique(colors)
    paths = [Path.make_compound_path_from_polys(corners[colors == number]) for number in used]
    return PathCollection(paths, facecolors=[shade(number + 1) for number in used], linewidths=0)


ABSENT = {"fontsize": "small", "color": "#555555", "style": "italic"}


def thin_bars(part, starts, ends, numbers):
    """Return one thin bar per worker."""
    return PolyCollection(
        rectangles(starts, ends - starts, numbers + THIN / 2, np.full(len(numbers), THIN)),
        linewidth=np.where(ends > starts, 0.6, 0.0),
        **PART_STYLES[part],
    )


def rectangles(starts, widths, bottoms, heights):
    """Return the corners of rectangles, given their bottoms, on an axis that counts downward."""
    left, right = starts, starts + widths
    low, high = bottoms, bottoms - heights
    return np.array([(left, low), (left, high), (right, high), (right, low)]).transpose(2, 0, 1)


def task_bars(row, pixel):
    """Return the bars for a worker's tasks as arrays: starts, widths, extents, fills, task counts, first tasks.

    row    the worker's `Row`
    pixel  how many seconds a pixel is

    Starts and widths are in seconds. The extent is 1, and the fill is the share of the time for which the task
    computed. While a task is running, that isn't known yet, and nothing is filled. A task too short to see shares a bar
    with its neighbors: then the extent is the share of the time that was spent in tasks. The last two arrays say how
    many tasks each bar covers, and the place of the first one in the row.
    """
    starts, lengths, computing = row.starts, row.ends - row.starts, np.nan_to_num(row.computing)
    long = lengths >= 3 * pixel
    width = 2 * pixel
    found = np.unique(np.floor(starts[~long] / width), return_index=True, return_inverse=True, return_counts=True)
    places, first, shared, counts = found
    in_tasks = np.bincount(shared, weights=lengths[~long]) / width
    computed = np.bincount(shared, weights=computing[~long]) / width
    return (
        np.concatenate([starts[long], places * width]),
        np.concatenate([lengths[long], np.full(len(places), width)]),
        np.concatenate([np.ones(np.count_nonzero(long)), np.clip(in_tasks, 0.1, 1.0)]),
        np.concatenate([computing[long] / lengths[long], np.clip(computed, 0.0, 1.0)]),
        np.concatenate([np.ones(np.count_nonzero(long), int), counts]),
        np.concatenate([np.flatnonzero(long), np.flatnonzero(~long)[first]]),
    )


def draw_parts(axes, parts):
    """Draw where the workers' time went as one bar. Seconds that aren't known yet are None."""
    place = 0.0
    for part, seconds in parts.items():
        label = part if seconds is None else f"{part} {seconds:.2f} s"
        axes.barh(0, seconds or 0.0, left=place, label=label, linewidth=0.5, **PART_STYLES[part])
        place += seconds or 0.0
    axes.set_title("where the time went, in seconds of all workers together", loc="left", fontsize="medium")
    axes.set_xlim(0, 1.01 * place or 1.0)
    axes.set_yticks([])
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.5),
        ncols=len(parts),
        frameon=False,
        fontsize="small",
        handlelength=1.2,
        columnspacing=1.2,
    )
    plain(axes)
    axes.spines["left"].set_visible(False)


def run_figure(title, workers, parts):
    """Return a figure with a chart for a run and, below it, where the time went; and that chart."""
    height = chart_height(workers)
    figure = new_figure(height + 1.9)
    chart, below = figure.subplots(2, height_ratios=[height, 0.4])
    set_up_chart(chart, title, workers)
    chart.set_xlabel("seconds since the run began")
    draw_parts(below, parts)
    add_legend(figure)
    return figure, chart
