"""The charts that all pictures of runs have in common: a row for each worker, and where the time went."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.patches import Patch

from helpers.drawing.picture import COLOURS, IDLE, START_UP, colour, new_figure, plain

PIXELS = 1000  # about so many lie along a time axis
PART_STYLES = {
    "work": {"facecolor": COLOURS[0]},
    "start-up": {"facecolor": START_UP},
    "sending and receiving": {"facecolor": COLOURS[1], "hatch": "///", "edgecolor": "white"},
    "waiting": {"facecolor": COLOURS[3], "hatch": "...", "edgecolor": "white"},
    "imbalance": {"facecolor": IDLE, "edgecolor": START_UP},
}


def chart_height(workers):
    """Return the height, in inches, of a chart with so many rows."""
    return min(0.28 * max(workers, 1), 4.4) + 0.55


def set_up_chart(axes, title, workers):
    """Prepare axes for the rows of so many workers."""
    axes.set_title(title, loc="left", fontsize="medium")
    axes.set_ylim(workers + 0.6, 0.4)
    axes.set_yticks(range(1, workers + 1, 1 + workers // 16))
    axes.set_ylabel("worker")
    plain(axes)


def add_legend(figure):
    """Say above the charts what their colours mean."""
    figure.legend(
        handles=[
            Patch(color=colour(1), label="a task (one colour a worker)"),
            Patch(color=START_UP, label="start-up"),
            Patch(color=IDLE, label="idle"),
        ],
        loc="outside upper right",
        ncols=3,
        frameon=False,
        fontsize="small",
    )


def draw_rows(axes, crew, until, length):
    """Draw what each worker did until a moment, on an axis of some length, in seconds; return what was drawn."""
    numbers = np.arange(1, len(crew) + 1)
    ups = np.minimum([row.ready for row in crew], until)
    thin = np.full(len(crew), 0.3)
    tasks = [bars(row.starts, row.ends, pixel=length / PIXELS) for row in crew]
    of_task = np.repeat(numbers, [len(starts) for starts, _, _ in tasks])
    starts, widths, heights = map(np.concatenate, zip(*tasks))
    collections = (
        PolyCollection(rectangles(np.zeros(len(crew)), ups, thin, numbers), facecolor=START_UP),
        PolyCollection(rectangles(ups, until - ups, thin, numbers), facecolor=IDLE),
        PolyCollection(
            rectangles(starts, widths, 0.8 * heights, of_task),
            facecolors=[colour(number) for number in of_task],
            edgecolor="white",
            linewidth=np.where(widths >= 3 * length / PIXELS, 0.5, 0.0),
        ),
    )
    return [axes.add_collection(collection, autolim=False) for collection in collections]


def rectangles(starts, widths, heights, middles):
    """Return the corners of rectangles; each lies around the height of its middle."""
    left, right = starts, starts + widths
    low, high = middles - heights / 2, middles + heights / 2
    return np.array([(left, low), (left, high), (right, high), (right, low)]).transpose(2, 0, 1)


def bars(starts, ends, pixel):
    """Return starts, widths and heights of bars for tasks; a `pixel` is so many seconds.

    A task too short to be seen shares a bar with its neighbours, as high as the share of time spent in tasks.
    """
    long = ends - starts >= 3 * pixel
    width = 2 * pixel
    places, shared = np.unique(np.floor(starts[~long] / width), return_inverse=True)
    shares = np.clip(np.bincount(shared, weights=(ends - starts)[~long]) / width, 0.1, 1.0)
    return (
        np.concatenate([starts[long], places * width]),
        np.concatenate([(ends - starts)[long], np.full(len(places), width)]),
        np.concatenate([np.ones(np.count_nonzero(long)), shares]),
    )


def draw_parts(axes, parts):
    """Draw where the workers' time went as one bar; None stands for what is not known yet."""
    place = 0.0
    for part, seconds in parts.items():
        label = part if seconds is None else f"{part} {seconds:.2f} s"
        width = max(seconds or 0.0, 0.0)
        axes.barh(0, width, left=place, label=label, linewidth=0.5, **PART_STYLES[part])
        place += width
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
    """Return a figure for a run and, below it, where the time went; and the chart, with a row for each worker."""
    height = chart_height(workers)
    figure = new_figure(height + 1.7)
    chart, below = figure.subplots(2, height_ratios=[height, 0.4])
    set_up_chart(chart, title, workers)
    chart.set_xlabel("seconds since the run began")
    draw_parts(below, parts)
    add_legend(figure)
    return figure, chart
