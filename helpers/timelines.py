"""Draw runs: which worker ran which task when.

Each function returns a `Picture`. Every way to run tasks gets the same axes: seconds since the run began, and one row
per worker.
"""

import numpy as np
from matplotlib.colors import to_rgb

from helpers.drawing.chart import add_legend, chart_height, draw_rows, run_figure, set_up_chart
from helpers.drawing.picture import LINES, Picture, color, new_figure, plain
from helpers.inputs import a_kind_of, shortened, tile, whole_number
from helpers.running.breakdown import PARTS, rounded, rows, spent_by
from helpers.runs import Run
from helpers.words import counted

# not quite black and white, which would follow the page's theme: the tiles don't follow it
NUMBER = {"color": "#fefefe", "bbox": {"facecolor": "#010101", "alpha": 0.6, "edgecolor": "none", "pad": 1.5}}


def timeline(*runs):
    """Draw which worker ran a task when, one row per worker, with all runs on the same time axis.

    A bar is as full as its worker computed. Raises ValueError without runs, TypeError for anything but a `Run`.
    """
    require_runs(runs)
    crews = [rows(run) for run in runs]
    heights = [chart_height(len(crew)) for crew in crews]
    figure = new_figure(sum(heights) + 0.5)
    charts = figure.subplots(len(runs), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    longest = max(run.makespan for run in runs)
    for axes, run, crew in zip(charts, runs, crews):
        draw_run(axes, run, crew, longest)
    charts[-1].set_xlabel("seconds since the run began")
    charts[-1].set_xlim(0, longest * 1.01)
    add_legend(figure)
    caption = " ".join(
        f"{run.title}: {counted(len(run.spans), 'task')} on {counted(run.size, 'worker')} in {run.makespan:.2f} s."
        for run in runs
    )
    return Picture(figure, caption, WORKER_HEADER, [row for run in runs for row in worker_table(run)])


def side_by_side(columns):
    """Draw kinds of work beside each other, each done in several ways, all on the same time axis.

    columns  title → list of `Run`s, as many in each column; the first ones are drawn beside each other, and so on

    The table says of each run how many tasks were under way on average (the time in its tasks ÷ its makespan), and how
    many cores they kept busy (their processor time ÷ its makespan). Raises ValueError without runs or with columns of
    different lengths, TypeError for what is no `Run`.
    """
    example = 'such as {"waiting": [run(fetch_page, urls)], "computing": [run(count_primes, limits)]}'
    if not isinstance(columns, dict):
        raise TypeError(f"side_by_side draws a dictionary {example}, not {a_kind_of(columns)}.")
    for title, column in columns.items():
        if not isinstance(column, list | tuple):
            raise TypeError(f"{title!r} needs a list of runs, not {a_kind_of(column)}. Give a dictionary {example}.")
    runs = [run for column in columns.values() for run in column]
    require_runs(runs)
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("The columns must hold as many runs each, so that each run has one beside it.")
    crews = [[rows(run) for run in column] for column in columns.values()]
    heights = [chart_height(max(map(len, line))) for line in zip(*crews)]
    figure = new_figure(sum(heights) + 0.8)
    charts = figure.subplots(
        len(heights), len(columns), sharex=True, sharey="row", squeeze=False, height_ratios=heights
    )
    longest = max(run.makespan for run in runs)
    for number, (title, column) in enumerate(columns.items()):
        for axes, run, crew in zip(charts[:, number], column, crews[number]):
            draw_run(axes, run, crew, longest)
        charts[0, number].set_title(f"{title}\n\n{charts[0, number].get_title('left')}", loc="left", fontsize="medium")
        charts[-1, number].set_xlabel("seconds since the run began")
    for axes in charts[:, 1:].flat:
        axes.set_ylabel("")
    charts[0, 0].set_xlim(0, longest * 1.01)
    add_legend(figure)
    table = [
        [
            title,
            run.title,
            f"{run.makespan:.2f} s",
            f"{run.time_in_tasks / run.makespan:.2f}",
            f"{run.computing / run.makespan:.2f}",
        ]
        for title, column in columns.items()
        for run in column
    ]
    return Picture(figure, "The figures of each run:", AT_A_TIME_HEADER, table)


AT_A_TIME_HEADER = ["work", "run", "makespan", "tasks under way", "cores kept busy"]


def draw_run(axes, run, crew, length):
    """Draw a run with its title, given the rows of its workers, on an axis of a given length, in seconds."""
    set_up_chart(axes, f"{run.title}: {run.makespan:.2f} s", len(crew))
    draw_rows(axes, crew, run.makespan, length)


def require_runs(runs):
    """Raise a ValueError or TypeError if these are not one `Run` or more."""
    if not runs:
        raise ValueError("There is nothing to draw. Give one run or more: timeline(run(worker, items)).")
    for run in runs:
        if not isinstance(run, Run):
            raise TypeError(
                f"A timeline shows what run(worker, items) or recording(title) returns, not {shortened(run)}."
            )
        if not run.lives:
            raise ValueError(f"{run.title!r} has no workers to draw. In its block, note its spans: run.spans = ...")


WORKER_HEADER = ["run", "worker", "tasks", "start-up", "computing", "waiting"]


def worker_table(run, most=16):
    """Return a table row for each of the first `most` workers of a run, and one that counts the tasks of the others."""
    table, crew = [], rows(run)
    for number, row in enumerate(crew[:most], start=1):
        computing = np.sum(row.computing)
        figures = [min(row.ready, run.makespan), computing, np.sum(row.ends - row.starts) - computing]
        shown = [f"{seconds:.3f} s" for seconds in figures] if row.asked else ["not started", "", ""]
        table.append([run.title, str(number), str(len(row.starts)), *shown])
    if others := crew[most:]:
        table.append([run.title, "the others", str(sum(len(row.starts) for row in others)), "", "", ""])
    return table


def finished(comparison):
    """Draw the run of a `Comparison`, and where the time of its workers went."""
    run = comparison.run
    crew = rows(run)
    parts = rounded(spent_by(crew, run.makespan)[0])
    figure, chart = run_figure(f"{run.title}: {run.makespan:.2f} s", len(crew), parts)
    draw_rows(chart, crew, run.makespan, run.makespan)
    chart.set_xlim(0, run.makespan * 1.01)
    whole = run.size * run.makespan
    caption = " ".join(
        [
            f"{run.title}: {counted(len(run.spans), 'task')} in {run.makespan:.2f} s (makespan). One after the other "
            f"they took {comparison.serial.makespan:.2f} s: {comparison.figures()}.",
            *comparison.remarks(),
            f"{counted(run.size, 'worker')} × {run.makespan:.2f} s is {sum(parts.values()):.2f} s of workers' time:",
        ]
    )
    table = [[part, f"{seconds:.2f} s", f"{seconds / whole:.0%}", PARTS[part]] for part, seconds in parts.items()]
    return Picture(figure, caption, ["where the time went", "", "share", ""], table)


def completion(labeled):
    """Draw the progress of several runs in one chart: what share of the tasks was done when.

    labeled  label → `Run`
    """
    figure = new_figure(3.2)
    axes = figure.subplots()
    for number, (label, run) in enumerate(labeled.items()):
        ends = np.sort([run.began, *(span.end for span in run.spans), run.ended]) - run.began
        shares = np.minimum(np.arange(len(ends)) / (len(ends) - 2), 1.0)
        dashes = ["-", "--", "-.", ":"][number % 4]
        axes.step(ends, 100 * shares, dashes, where="post", color=LINES[number % len(LINES)], label=label)
        axes.plot(ends[-1], 100, "os^Dv"[number % 5], color=LINES[number % len(LINES)])
    axes.set(xlabel="seconds since the run began", ylabel="tasks done, in %", ylim=(0, 108))
    axes.set_xlim(left=0)
    figure.legend(frameon=False, loc="outside right upper", fontsize="small")
    plain(axes)
    caption = " ".join(f"{label}: all tasks done after {run.makespan:.2f} s." for label, run in labeled.items())
    return Picture(figure, caption)


def tiles(run, across):
    """Draw the Mandelbrot tiles of a run, each tinted by the worker that computed it.

    run     a `Run` of `mandelbrot_tile` over `mandelbrot_tiles(across)`
    across  tiles in a row

    Raises TypeError or ValueError for anything else.
    """
    require_tiles(run, across)
    figure = new_figure(4.6)
    axes = figure.subplots()
    limit = np.max(run.results)
    tinted = [tint(result, worker, limit) for result, worker in zip(run.results, run.worker_of_task)]
    lines = [np.hstack(tinted[first : first + across]) for first in range(0, len(tinted), across)]
    axes.imshow(np.vstack(lines), extent=(0, across, across, 0), interpolation="none")
    for task, worker in enumerate(run.worker_of_task):
        row, column = divmod(task, across)
        axes.text(column + 0.06, row + 0.08, str(worker), va="top", fontsize="small", **NUMBER)
    axes.set_title(f"{run.title}: each tile has the number and color of its worker", loc="left", fontsize="medium")
    axes.set_axis_off()
    header = ["worker", "tiles", "computing"]
    table = [[number, tasks, computing] for _, number, tasks, _, computing, _ in worker_table(run)]
    return Picture(figure, f"{counted(run.size, 'worker')} computed {len(run.spans)} tiles.", header, table)


def require_tiles(run, across):
    """Raise a TypeError or ValueError unless the results of a `Run` are that many tiles in a row."""
    require_runs([run])
    whole_number("across", across)
    if len(run.spans) != across**2:
        count = counted(len(run.spans), "tile")
        raise ValueError(f"across={across} needs {across**2} tiles, as mandelbrot_tiles({across}) makes, not {count}.")
    for result in run.results:
        tile(result)


def tint(steps, worker, limit):
    """Return a tile as RGB points in the worker's color: the set is dark, and around it the tone gets paler."""
    steps = np.array(steps)[..., None]
    share = np.log1p(steps) / np.log1p(limit)
    tone = np.array(to_rgb(color(worker)))
    return np.where(steps == limit, 0.25 * tone, 1.0 - share * (1.0 - tone))
