"""Draw runs: which worker ran which task when, while the run goes on and afterwards.

Each function returns a `Picture`. The axes are the same for every way of running: seconds since
the run began, one row a worker.
"""

from io import BytesIO

import numpy as np
import PIL.Image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from helpers.breakdown import PARTS, rounded, rows, time_spent
from helpers.plots import COLOURS, IDLE, START_UP, Picture, colour, new_figure, plain
from helpers.runs import counted

OUTLINE = [withStroke(linewidth=2, foreground="black")]
LIVE_DPI = 110  # a coarser picture is ready sooner
PIXELS = 1000  # about so many lie along a time axis
PART_STYLES = {
    "work": {"facecolor": COLOURS[0]},
    "start-up": {"facecolor": START_UP},
    "sending and receiving": {"facecolor": COLOURS[1], "hatch": "///", "edgecolor": "white"},
    "waiting": {"facecolor": COLOURS[3], "hatch": "...", "edgecolor": "white"},
    "imbalance": {"facecolor": IDLE, "edgecolor": START_UP},
}


def timeline(*runs):
    """Draw which worker ran a task when, one row a worker, all runs on the same time axis."""
    crews = [rows(run) for run in runs]
    heights = [chart_height(len(crew)) for crew in crews]
    figure = new_figure(sum(heights) + 0.5)
    charts = figure.subplots(len(runs), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    longest = max(run.makespan for run in runs)
    for axes, run, crew in zip(charts, runs, crews):
        set_up_chart(axes, f"{run.title}: {run.makespan:.2f} s", len(crew))
        draw_rows(axes, crew, run.makespan, longest)
    charts[-1].set_xlabel("seconds since the run began")
    charts[-1].set_xlim(0, longest * 1.01)
    add_legend(figure)
    caption = " ".join(
        f"{run.title}: {len(run.spans)} tasks on {counted(len(run.workers), 'worker')} in {run.makespan:.2f} s."
        for run in runs
    )
    return Picture(figure, caption, WORKER_HEADER, [row for run in runs for row in worker_table(run)])


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


WORKER_HEADER = ["run", "worker", "tasks", "start-up", "busy", "busy share"]


def worker_table(run, most=16):
    """Return a table row for each of the first `most` workers of a run."""
    table = []
    for number, row in enumerate(rows(run)[:most], start=1):
        busy = np.sum(row.ends - row.starts)
        table.append(
            [
                run.title,
                str(number),
                str(len(row.starts)),
                f"{min(row.ready, run.makespan):.3f} s",
                f"{busy:.3f} s",
                f"{busy / run.makespan:.0%}",
            ]
        )
    return table


def finished(run, serial):
    """Draw a run and, summed over its workers, where the time went.

    serial  how long all tasks take one after the other, in seconds
    """
    crew = rows(run)
    parts = rounded(time_spent(run, serial))
    figure, chart = run_figure(f"{run.title}: {run.makespan:.2f} s", len(crew), parts)
    draw_rows(chart, crew, run.makespan, run.makespan)
    chart.set_xlim(0, run.makespan * 1.01)
    speedup = serial / run.makespan
    whole = len(crew) * run.makespan
    caption = (
        f"{run.title}: {len(run.spans)} tasks in {run.makespan:.2f} s (makespan). One after the other they took "
        f"{serial:.2f} s: speedup {speedup:.2f}, efficiency {speedup / len(crew):.0%}. "
        f"{counted(len(crew), 'worker')} × {run.makespan:.2f} s is {sum(parts.values()):.2f} s of workers' time:"
    )
    table = [[part, f"{seconds:.2f} s", f"{seconds / whole:.0%}", PARTS[part]] for part, seconds in parts.items()]
    return Picture(figure, caption, ["where the time went", "", "share", ""], table)


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


class LiveTimeline:
    """The picture of a run that goes on. What stays the same is drawn once: a new picture takes some milliseconds.

    title     what the run is called
    workers   how many rows there are
    expected  how many seconds the time axis shows at first; it grows when the run takes longer
    """

    def __init__(self, title, workers, expected):
        figure, self._axes = run_figure(title, workers, dict.fromkeys(PARTS))
        figure.set_dpi(LIVE_DPI)
        self._canvas = FigureCanvasAgg(figure)
        self._show(expected)

    def _show(self, length):
        """Let the time axis show so many seconds, and draw all but the rows."""
        self._length = length
        self._axes.set_xlim(0, length)
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._axes.bbox)

    def draw(self, crew, until):
        """Return the bytes of a PNG file that shows the `Row`s until a moment, in seconds since the run began."""
        if until > self._length:
            self._show(1.5 * until)
        self._canvas.restore_region(self._background)
        for collection in draw_rows(self._axes, crew, until, self._length):
            self._axes.draw_artist(collection)
            collection.remove()
        image = PIL.Image.fromarray(np.asarray(self._canvas.buffer_rgba())).convert("RGB")
        png = BytesIO()
        # one byte a pixel is written in a quarter of the time that three take
        image.quantize(palette=TINTS, dither=PIL.Image.Dither.NONE).save(png, format="png", compress_level=1)
        return png.getvalue()


def tints():
    """Return an image with the colours of a live picture as its palette: most in many tints, as edges have.

    No tint is close to white: Pillow finds the nearest colour only roughly, and would take it for white.
    """
    strong = np.array([to_rgb(name) for name in [*COLOURS, "black"]])
    strengths = np.linspace(1, 0.1, 16)[:, None, None]
    tinted = 1 - strengths * (1 - strong)
    palette = [*tinted.reshape(-1, 3), *(to_rgb(name) for name in [START_UP, IDLE, "white"])]
    image = PIL.Image.new("P", (1, 1))
    image.putpalette(np.uint8(np.round(255 * np.array(palette))).tobytes())
    return image


TINTS = tints()


def progress(labelled):
    """Draw how runs got on, over each other: which share of the tasks had ended when.

    labelled  label → `Run`
    """
    figure = new_figure(3.2)
    axes = figure.subplots()
    for number, (label, run) in enumerate(labelled.items()):
        ends = np.sort([run.began, *(span.end for span in run.spans), run.ended]) - run.began
        shares = np.minimum(np.arange(len(ends)) / (len(ends) - 2), 1.0)
        dashes = ["-", "--", "-.", ":"][number % 4]
        axes.step(ends, 100 * shares, dashes, where="post", color=COLOURS[number % len(COLOURS)], label=label)
        axes.plot(ends[-1], 100, "os^Dv"[number % 5], color=COLOURS[number % len(COLOURS)])
    axes.set(xlabel="seconds since the run began", ylabel="tasks done, in %", ylim=(0, 108))
    axes.set_xlim(left=0)
    figure.legend(frameon=False, loc="outside right upper", fontsize="small")
    plain(axes)
    caption = " ".join(f"{label}: all tasks done after {run.makespan:.2f} s." for label, run in labelled.items())
    return Picture(figure, caption)


def tiles(run, across):
    """Draw the Mandelbrot tiles of a run, each tinted by the worker that computed it.

    run     a `Run` of `mandelbrot_tile` over `mandelbrot_tiles(across)`
    across  tiles in a row
    """
    figure = new_figure(6.0)
    axes = figure.subplots()
    limit = np.max(run.results)
    tinted = [tint(result, worker, limit) for result, worker in zip(run.results, run.worker_of_task)]
    lines = [np.hstack(tinted[first : first + across]) for first in range(0, len(tinted), across)]
    axes.imshow(np.vstack(lines), extent=(0, across, across, 0), interpolation="nearest")
    for task, worker in enumerate(run.worker_of_task):
        row, column = divmod(task, across)
        axes.text(
            column + 0.06, row + 0.08, str(worker), color="white", va="top", fontsize="small", path_effects=OUTLINE
        )
    axes.set_title(f"{run.title}: each tile bears the number and colour of its worker", loc="left", fontsize="medium")
    axes.set_axis_off()
    header = ["worker", "tiles", "busy"]
    table = [[number, tasks, busy] for _, number, tasks, _, busy, _ in worker_table(run)]
    return Picture(figure, f"{counted(len(run.workers), 'worker')} computed {len(run.spans)} tiles.", header, table)


def tint(steps, worker, limit):
    """Return a tile as RGB points in the worker's colour: the set dark, around it paler further out."""
    steps = np.array(steps)[..., None]
    share = np.log1p(steps) / np.log1p(limit)
    tone = np.array(to_rgb(colour(worker)))
    return np.where(steps == limit, 0.25 * tone, 1.0 - share * (1.0 - tone))
