"""Draw measurements. Each function returns a `Picture`: a figure, and the same in words and numbers."""

from statistics import median

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from helpers import inputs
from helpers.drawing.picture import COLORS, LINES, START_UP, Picture, new_figure, plain
from helpers.inputs import a_kind_of
from helpers.measure import Speedups
from helpers.running.load import is_busy
from helpers.runs import Run
from helpers.simulate import SIZES, Trial, amdahl, gustafson
from helpers.words import counted, significant, size_in_words

HALO = [withStroke(linewidth=3.5, foreground="white")]  # sets a line off from the bar behind it


def speedup(measured, prediction=None):
    """Draw `Speedups`: the measured speedup with its spread, the ideal, and the machine's own limit.

    measured    what `measure_speedups` returned
    prediction  pool size → the speedup that was predicted, for each pool size that was measured

    Raises TypeError or ValueError for anything else.
    """
    if not isinstance(measured, Speedups):
        raise TypeError(
            f"speedup draws what measure_speedups returns, not {a_kind_of(measured)}. To draw a run, use timeline(run)."
        )
    require_measured(measured)
    if prediction is not None:
        require_prediction(prediction, measured.sizes)
    figure = new_figure(4.6)
    axes = figure.subplots()
    sizes = measured.sizes
    middle, spread = middle_and_spread([measured.rounds(size) for size in sizes])
    limit = [measured.machine_limit(size) for size in sizes]
    expected = [prediction[size] for size in sizes] if prediction else []
    axes.plot(sizes, sizes, ":", color="black", label="ideal: N workers, N times as fast")
    axes.plot(sizes, limit, "s--", color=LINES[2], label="this machine's limit: processes that never talk")
    if expected:
        axes.plot(sizes, expected, "D-.", color=LINES[1], label="your prediction")
    axes.errorbar(
        sizes,
        middle,
        spread,
        fmt="o-",
        capsize=4,
        color=LINES[0],
        label=f"measured: {measured.way} (median, lowest, highest)",
    )
    axes.axvline(measured.cores, color="gray", linewidth=0.8)
    axes.annotate(
        counted(measured.cores, "usable core"), (measured.cores, 0), (4, 4), textcoords="offset points", color="#555555"
    )
    axes.set(xlabel="pool size (workers)", ylabel="speedup (serial time ÷ parallel time)", xticks=sizes)
    highest = max(max(measured.rounds(size)) for size in sizes)
    axes.set_ylim(0, 1.1 * max(measured.cores, highest, *limit, *expected))
    figure.legend(frameon=False, loc="outside upper left", fontsize="small", ncols=2)
    plain(axes)
    best = max(sizes, key=measured.speedup)
    caption = (
        f"With {counted(best, 'worker')} the work was {measured.speedup(best):.1f} times as fast as serial. "
        f"With that many, this machine's limit is {measured.machine_limit(best):.1f} times."
    )
    if measured.was_busy:
        caption += " The machine was busy: other programs took cores meanwhile, so measure again when it is idle."
    header = ["pool size", "speedup", "lowest to highest", "machine's limit", "efficiency", "start-up"]
    rows = [speedup_row(measured, size) for size in sizes]
    if prediction:
        caption = f"{where_they_part(measured, prediction)} {caption}"
        header.insert(1, "your prediction")
        for row, figure_expected in zip(rows, expected):
            row.insert(1, f"{figure_expected:.2f}")
    if not measured.with_start_up:
        header.append("speedup with start-up")
        for row, size in zip(rows, sizes):
            row.append(f"{measured.speedup_with_start_up(size):.2f}")
    return Picture(figure, caption, header, rows)


def require_measured(measured):
    """Raise a ValueError unless each size has a figure."""
    try:
        rounds = [measured.rounds(size) for size in measured.sizes]
    except KeyError:  # it is still measuring
        rounds = []
    if not rounds or not all(rounds):
        raise ValueError("Not all sizes have figures. Draw what measure_speedups returned at its end.")


def middle_and_spread(rounds):
    """Return the median of each list of figures and, for error bars, how far its lowest and its highest are from it."""
    middle = [median(figures) for figures in rounds]
    low = [at - min(figures) for at, figures in zip(middle, rounds)]
    high = [max(figures) - at for at, figures in zip(middle, rounds)]
    return middle, [low, high]


def require_prediction(prediction, sizes):
    """Raise a TypeError or ValueError unless there is a predicted speedup for each pool size."""
    example = "such as {1: 1.0, 2: 1.8}"
    if not isinstance(prediction, dict):
        raise TypeError(f"A prediction is a dictionary {example}, not {a_kind_of(prediction)}.")
    for size in sizes:
        if size not in prediction:
            raise ValueError(
                f"The prediction has no speedup for {counted(size, 'worker')}. Give a dictionary {example}."
            )
        inputs.number(f"The speedup predicted for {counted(size, 'worker')}", prediction[size])


def where_they_part(measured, prediction):
    """Say at which number of workers prediction and measurement first differ by more than a tenth."""
    for size in measured.sizes:
        found, expected = measured.speedup(size), prediction[size]
        if abs(expected - found) > 0.1 * found:
            more_or_less = "less" if found < expected else "more"
            return (
                f"Prediction and measurement first differ at {counted(size, 'worker')}: you expected {expected:.1f}, "
                f"and it was {more_or_less}: {found:.1f}."
            )
    return "Prediction and measurement agree at every size, to within a tenth."


def speedup_row(measured, size):
    """Return the table row of one pool size."""
    rounds = measured.rounds(size)
    return [
        str(size),
        f"{measured.speedup(size):.2f}",
        f"{min(rounds):.2f} to {max(rounds):.2f}",
        f"{measured.machine_limit(size):.2f}",
        f"{measured.efficiency(size):.0%}",
        f"{measured.start_up_time(size):.3f} s",
    ]


def simulated_speedup(recorded, runs, measured=None):
    """Draw the speedup of simulated runs over their numbers of workers, with what this machine measured on it.

    recorded  the `Run` that was played
    runs      number of workers → simulated `Run`, as `simulate_sizes` returns them
    measured  the `Speedups` of the same tasks, if they were measured

    The time to start the workers counts. Raises TypeError or ValueError for anything else.
    """
    require_simulated(recorded, runs, measured)
    serial = recorded.time_in_tasks
    speedups = {size: serial / run.makespan for size, run in sorted(runs.items())}
    points = {size: measured.rounds_with_start_up(size) for size in measured.measured_sizes()} if measured else {}
    figure = new_figure(4.6)
    axes = figure.subplots()
    axes.plot([*speedups], [*speedups], ":", color="black", label="ideal: N workers, N times as fast")
    axes.plot([*speedups], [*speedups.values()], "D--", markerfacecolor="none", color=LINES[1], label="simulated")
    if points:
        middle, spread = middle_and_spread(points.values())
        axes.errorbar(
            [*points],
            middle,
            spread,
            fmt="o",
            capsize=4,
            color=LINES[0],
            label=f"measured on this machine, {counted(measured.cores, 'core')} (median, lowest, highest)",
        )
    double_log(axes)
    axes.set(xlabel="workers", ylabel="speedup (tasks one after the other ÷ makespan)")
    axes.set_title(f"A simulation{', with points that were measured' if points else ''}", loc="left", fontsize="medium")
    figure.legend(frameon=False, loc="outside upper left", fontsize="small", ncols=2)
    plain(axes)
    best = max(speedups, key=speedups.get)
    caption = (
        f"Simulated: with {counted(best, 'worker')} the work is {speedups[best]:.1f} times as fast as one task after "
        "the other. Of these numbers of workers, that is the best."
    )
    if is_busy(recorded.load):
        caption += " The machine was busy while the run was recorded, so record it again when it is idle."
    header = ["workers", "simulated makespan", "simulated speedup", "efficiency", "measured speedup"]
    rows = []
    for size in sorted({*speedups, *points}):
        row = [str(size), "", "", "", ""]
        if size in speedups:
            row[1:4] = f"{runs[size].makespan:.2f} s", f"{speedups[size]:.2f}", f"{speedups[size] / size:.0%}"
        if size in points:
            row[4] = with_spread(points[size], "{:.2f}".format)
        rows.append(row)
    return Picture(figure, caption, header, rows)


def require_simulated(recorded, runs, measured):
    """Raise a TypeError or ValueError unless there are simulated runs to draw."""
    example = "simulated_speedup(recorded, simulate_sizes(recorded, costs))"
    if not isinstance(recorded, Run):
        raise TypeError(f"First give the run that was recorded, not {a_kind_of(recorded)}: {example}.")
    if not isinstance(runs, dict) or not all(isinstance(run, Run) for run in runs.values()):
        raise TypeError(f"Give simulated runs, as simulate_sizes returns them, not {a_kind_of(runs)}: {example}.")
    if not runs or not all(run.spans for run in (recorded, *runs.values())):
        raise ValueError(f"There are no simulated runs to draw. Give one or more, with tasks: {example}.")
    for size in runs:
        inputs.whole_number("The number of workers of a simulated run", size)
    if measured is not None and not isinstance(measured, Speedups):
        raise TypeError(f"measured is what measure_speedups returns, not {a_kind_of(measured)}.")


def laws(serial_share):
    """Draw the speedups that Amdahl's and Gustafson's laws say for 1 to 1024 workers.

    serial_share  the share of the time, from 0 to 1, in which only one worker works

    Raises TypeError or ValueError for anything else.
    """
    by_law = {
        "Amdahl: the same work": [amdahl(serial_share, size) for size in SIZES],
        "Gustafson: the same time": [gustafson(serial_share, size) for size in SIZES],
    }
    figure = new_figure(3.8)
    axes = figure.subplots()
    axes.plot(SIZES, SIZES, ":", color="black", label="ideal: N workers, N times as fast")
    for (label, speedups), style, shade in zip(by_law.items(), ("D--", "s-."), LINES):
        axes.plot(SIZES, speedups, style, color=shade, label=label)
    double_log(axes)
    axes.set(xlabel="workers", ylabel="speedup")
    figure.legend(frameon=False, loc="outside upper left", fontsize="small", ncols=3)
    plain(axes)
    caption = (
        f"With a serial share of {serial_share:.0%}, 1024 workers are {amdahl(serial_share, 1024):.1f} times as fast "
        f"by Amdahl's law, and do {gustafson(serial_share, 1024):.1f} times as much by Gustafson's."
    )
    rows = [[str(size), *(f"{speedup:.2f}" for speedup in line)] for size, *line in zip(SIZES, *by_law.values())]
    return Picture(figure, caption, ["workers", *by_law], rows)


def double_log(axes):
    """Let both axes double from mark to mark, with numbers as people write them."""
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")


def predictions(trial):
    """Draw what a simulation predicted beside what was measured, for each number of workers.

    trial  what `helpers.simulate.try_out` returned

    Raises TypeError for anything else.
    """
    if not isinstance(trial, Trial):
        raise TypeError(f"predictions draws what try_out returns, not {a_kind_of(trial)}.")
    if not trial.measured:
        raise ValueError("Nothing was tried, so there is nothing to draw. Give what try_out returned at its end.")
    figure = new_figure(3.4)
    axes = figure.subplots()
    sizes = sorted(trial.measured)
    for shift, label, figures, style in [
        (
            -0.12,
            "predicted by the simulation",
            trial.predicted,
            {"fmt": "D", "color": LINES[1], "markerfacecolor": "none"},
        ),
        (0.12, "measured", trial.measured, {"fmt": "o", "color": LINES[0]}),
    ]:
        middle, spread = middle_and_spread([figures[size] for size in sizes])
        places = np.arange(len(sizes)) + shift
        axes.errorbar(places, middle, spread, capsize=4, label=f"{label} (median, lowest, highest)", **style)
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set(xlabel="workers", ylabel="makespan in seconds", xlim=(-0.6, len(sizes) - 0.4))
    axes.set_ylim(bottom=0)
    figure.legend(frameon=False, loc="outside upper left", fontsize="small", ncols=2)
    plain(axes)
    worst = max(sizes, key=lambda size: abs(trial.error(size)))
    caption = (
        f"The prediction is off by {trial.median_error:.0%} (median), "
        f"and at most by {abs(trial.error(worst)):.0%}, with {counted(worst, 'worker')}."
    )
    if trial.was_busy:
        caption += " The machine was busy: other programs took cores meanwhile, so try again when it is idle."
    rows = [
        [
            str(size),
            f"{median(trial.predicted[size]):.3f} s",
            f"{median(trial.measured[size]):.3f} s",
            f"{min(trial.measured[size]):.3f} to {max(trial.measured[size]):.3f} s",
            f"{trial.error(size):+.0%}".replace("-0%", "+0%"),
        ]
        for size in sizes
    ]
    return Picture(figure, caption, ["workers", "predicted", "measured", "lowest to highest", "off by"], rows)


def arrivals(watched):
    """Draw when the results of several calls reached the parent, and how long each call kept it waiting.

    watched  label → (seconds until the call returned, [(task, seconds until its result was there), …])

    Raises TypeError or ValueError for anything else, and where there is nothing to draw.
    """
    require_arrivals(watched)
    figure = new_figure(0.62 * len(watched) + 1.0)
    axes = figure.subplots()
    longest = max(seconds for _, results in watched.values() for _, seconds in results)
    for place, (returned, results) in enumerate(watched.values()):
        axes.barh(place, returned, 0.2, color=START_UP)
        axes.plot([seconds for _, seconds in results], [place] * len(results), "o", color=COLORS[0])
        for tasks, seconds in together(results, gap=0.05 * longest):
            label = ", ".join(map(str, tasks))
            axes.annotate(label, (seconds, place), (0, 7), textcoords="offset points", ha="center", fontsize="small")
    axes.set_yticks(range(len(watched)), watched)
    axes.set_ylim(len(watched) - 0.5, -0.6)
    axes.set_xlim(0, 1.1 * longest or 1.0)
    axes.set_xlabel("seconds since the call")
    figure.legend(
        handles=[
            Patch(color=START_UP, label="the call has not returned yet"),
            Line2D([], [], linestyle="", marker="o", color=COLORS[0], label="a result arrives, with its task number"),
        ],
        loc="outside upper right",
        ncols=2,
        frameon=False,
        fontsize="small",
    )
    plain(axes)
    header = ["", "the call returned after", "first result", "last result", "order"]
    rows = [
        [
            label,
            f"{returned:.3f} s",
            f"{results[0][1]:.3f} s",
            f"{results[-1][1]:.3f} s",
            " ".join(str(task) for task, _ in results),
        ]
        for label, (returned, results) in watched.items()
    ]
    return Picture(figure, "When each call returned, and when its results arrived:", header, rows)


def require_arrivals(watched):
    """Raise a TypeError or ValueError unless there are results to draw for each call."""
    example = 'such as {"map": (0.5, [(1, 0.5), (2, 0.5)])}'
    if not isinstance(watched, dict):
        raise TypeError(f"arrivals draws a dictionary {example}, not {a_kind_of(watched)}.")
    if not watched:
        raise ValueError(f"There are no calls to draw. Give a dictionary {example}.")
    for label, call in watched.items():
        if not isinstance(call, tuple) or len(call) != 2 or not isinstance(call[1], list):
            raise TypeError(
                f"{label!r} needs the seconds until the call returned, and a list of its results, {example}."
            )
        returned, results = call
        inputs.number(f"The time until {label!r} returned", returned)
        if not results:
            raise ValueError(f"{label!r} has no results to draw. Give one (task, seconds) or more, {example}.")
        for result in results:
            if not isinstance(result, tuple) or len(result) != 2:
                raise TypeError(f"A result of {label!r} must be (task, seconds), such as (1, 0.5), not {result!r}.")
            inputs.number(f"The time of task {result[0]!r} of {label!r}", result[1])


def together(results, gap):
    """Group (task, seconds) pairs that are at most `gap` seconds apart. Return a list of (tasks, middle in seconds)."""
    groups = []
    for task, seconds in results:
        if groups and seconds - groups[-1][-1][1] <= gap:
            groups[-1].append((task, seconds))
        else:
            groups.append([(task, seconds)])
    return [([task for task, _ in group], (group[0][1] + group[-1][1]) / 2) for group in groups]


UNITS = {"s": 1, "ms": 1e3, "µs": 1e6, "MiB": 2**-20}
UNITS_IN_WORDS = {"s": "seconds", "ms": "milliseconds", "µs": "microseconds"}
SHARED = 10  # charts share a scale if their longest bars differ by at most this factor
UNSEEN = 0.01  # share of the axis: a shorter bar can't be seen


def bars(groups, unit="s"):
    """Draw measurements side by side: a chart for each group, a bar for each label.

    groups  title → label → list of figures, one per round, in seconds or bytes
    unit    the unit to draw them in: "s", "ms", "µs" or "MiB"

    Raises TypeError or ValueError for anything else, and where there is nothing to draw.
    """
    require_groups(groups, unit)
    groups = {
        title: {label: [figure * UNITS[unit] for figure in figures] for label, figures in group.items()}
        for title, group in groups.items()
    }
    heights = [0.34 * len(group) + 0.5 for group in groups.values()]
    longest = [max(max(figures) for figures in group.values()) for group in groups.values()]
    shared = max(longest) <= SHARED * min(longest)
    repeated = any(len(figures) > 1 for group in groups.values() for figures in group.values())
    figure = new_figure(sum(heights) + 0.4)
    charts = figure.subplots(len(groups), squeeze=False, height_ratios=heights, sharex=shared)[:, 0]
    rows = []
    for axes, (title, group), own_length in zip(charts, groups.items(), longest):
        middle, spread = middle_and_spread(group.values())
        places = range(len(group))
        axes.barh(places, middle, 0.7, color=COLORS[: len(group)])
        if repeated:
            _, _, (spreads,) = axes.errorbar(middle, places, xerr=spread, fmt="none", ecolor="black", capsize=3).lines
            spreads.set_path_effects(HALO)
        axes.set_yticks(places, group)
        axes.invert_yaxis()
        length = 1.18 * (max(longest) if shared else own_length) or 1.0
        axes.set_xlim(0, length)
        for place, (at, (label, figures)) in enumerate(zip(middle, group.items())):
            axes.annotate(
                beside_bar(at, max(middle), length, unit),
                (max(figures), place),
                (6, 0),
                textcoords="offset points",
                va="center",
            )
            low, high = significant(min(figures)), significant(max(figures))
            rows.append([title, label, f"{significant(at)} {unit}", *[f"{low} to {high} {unit}"] * repeated])
        axes.set_title(title, loc="left", fontsize="medium")
        plain(axes)
    spread = " (median; the line goes from the lowest to the highest)" if repeated else ""
    own = "" if shared else ". Each chart has a scale of its own"
    charts[-1].set_xlabel(f"{UNITS_IN_WORDS.get(unit, unit)}{spread}{own}")
    if repeated:
        return Picture(figure, "The median of each, and its spread:", ["", "", "median", "lowest to highest"], rows)
    return Picture(figure, "The same in figures:", ["", "", UNITS_IN_WORDS.get(unit, "size")], rows)


def beside_bar(figure, longest, length, unit):
    """Return what to write beside a bar: its figure and, if it is too short to see, how short it is."""
    said = f"{significant(figure)} {unit}"
    if 0 < figure < UNSEEN * length and figure < longest:
        said += f": too short to see. The longest bar is {longest / figure:,.0f} times as long"
    return said


MARKERS = "osD^v<"  # so that lines are told apart without their colors


def by_size(measured):
    """Draw how many seconds things take, over how many bytes they take along.

    measured  size in bytes → label → list of seconds, one per round. Each size has the same labels.

    Raises TypeError or ValueError for anything else, and where there is nothing to draw.
    """
    require_sizes(measured)
    sizes = sorted(measured)
    labels = list(measured[sizes[0]])
    figure = new_figure(3.8)
    axes = figure.subplots()
    for number, label in enumerate(labels):
        rounds = [[1e3 * seconds for seconds in measured[size][label]] for size in sizes]
        middle, spread = middle_and_spread(rounds)
        style = MARKERS[number % len(MARKERS)] + "-"
        axes.errorbar(sizes, middle, spread, fmt=style, capsize=4, color=LINES[number % len(LINES)], label=label)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes, map(size_in_words, sizes))
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(xlabel="size", ylabel="milliseconds (median, lowest, highest)")
    figure.legend(frameon=False, loc="outside upper left", fontsize="small", ncols=3)
    plain(axes)
    largest = measured[sizes[-1]]
    said = ", ".join(f"{label}: {significant(1e3 * median(largest[label]))} ms" for label in labels)
    rows = [[size_in_words(size), *(in_milliseconds(measured[size][label]) for label in labels)] for size in sizes]
    return Picture(figure, f"At {size_in_words(sizes[-1])}, {said}.", ["size", *labels], rows)


def in_milliseconds(seconds):
    """Return the median of a list of seconds and, if there are several, their spread, as text."""
    return with_spread([1e3 * figure for figure in seconds], significant, " ms")


def with_spread(figures, told, unit=""):
    """Return the median of a list of figures and, if there are several, their spread, each as `told` says it."""
    low, middle, high = map(told, (min(figures), median(figures), max(figures)))
    return f"{middle}{unit} ({low} to {high}{unit})" if len(figures) > 1 else f"{middle}{unit}"


def require_sizes(measured):
    """Raise a TypeError or ValueError unless there are seconds for each size and label, and the sizes are bytes."""
    example = 'such as {1024: {"sent": [0.001, 0.002]}, 2048: {"sent": [0.002, 0.003]}}'
    if not isinstance(measured, dict):
        raise TypeError(f"by_size draws a dictionary {example}, not {a_kind_of(measured)}.")
    if not measured:
        raise ValueError(f"There is nothing to draw. Give a dictionary {example}.")
    labels = next(iter(measured.values()))
    for size, group in measured.items():
        inputs.whole_number("A size in bytes", size)
        if not isinstance(group, dict):
            raise TypeError(f"The size {size} needs a dictionary, not {a_kind_of(group)}: {example}.")
        if not group or group.keys() != labels.keys():
            raise ValueError(f"Each size needs the same labels. Give a dictionary {example}.")
        for label, figures in group.items():
            require_figures(figures, label)


def require_groups(groups, unit):
    """Raise a TypeError or ValueError unless each chart has bars, each bar has figures, and the unit is known."""
    example = 'such as {"Start a worker": {"a thread": [0.001, 0.002], "a process": [0.05, 0.07]}}'
    inputs.one_of("unit", unit, UNITS)
    if not isinstance(groups, dict):
        raise TypeError(f"bars draws a dictionary {example}, not {a_kind_of(groups)}.")
    if not groups:
        raise ValueError(f"There is no chart to draw. Give a dictionary {example}.")
    for title, group in groups.items():
        if not isinstance(group, dict):
            raise TypeError(
                f"{title!r} must be a chart: a dictionary of bars, not {a_kind_of(group)}. Give your figures a title: "
                'bars({"a title": figures}).'
            )
        if not group:
            raise ValueError(f"The chart {title!r} has no bars. Give a dictionary {example}.")
        for label, figures in group.items():
            require_figures(figures, label)


def require_figures(figures, label):
    """Raise a TypeError or ValueError unless it is a list of figures."""
    if not isinstance(figures, list | tuple):
        raise TypeError(f"{label!r} needs a list of figures, one per round, not {a_kind_of(figures)}.")
    if not figures:
        raise ValueError(f"{label!r} has no figures. Give one or more, such as [0.05, 0.07].")
    for figure in figures:
        inputs.number(f"Each figure of {label!r}", figure)
