"""Draw what the benchmarks measured."""

from statistics import median

from helpers.drawing.picture import LINES, Picture, new_figure, plain
from helpers.plots import MARKERS, middle_and_spread
from helpers.words import significant

MUTED = "#555555"  # for what is not the course's own


def dots(groups, unit, log=False, bound=None):
    """Draw medians as dots, each with a line from the lowest to the highest: a chart for each group.

    groups  title → label → a number for each round
    unit    what the numbers are
    log     whether the axis is logarithmic; otherwise it begins at 0
    bound   the label whose median is drawn as a line through the whole chart

    What is the course's own is drawn in color.
    """
    heights = [0.28 * len(group) + 0.5 for group in groups.values()]
    figure = new_figure(sum(heights) + 0.3)
    charts = figure.subplots(len(groups), squeeze=False, height_ratios=heights)[:, 0]
    for axes, (title, group) in zip(charts, groups.items()):
        for place, (label, values) in enumerate(group.items()):
            shade = LINES[0] if "the course" in label else MUTED
            [middle], spread = middle_and_spread([values])
            axes.errorbar(middle, place, xerr=spread, fmt="o", capsize=3, color=shade)
            axes.annotate(
                significant(middle), (max(values), place), (6, 0), textcoords="offset points", va="center", color=shade
            )
        if bound in group:
            axes.axvline(median(group[bound]), linestyle="--", linewidth=0.8, color=MUTED)
        axes.set_yticks(range(len(group)), group)
        axes.set_ylim(len(group) - 0.5, -0.5)
        longest = max(max(values) for values in group.values())
        if log:
            axes.set(xscale="log", xlim=(None, 2 * longest))  # room for the figure beside it
        else:
            axes.set_xlim(0, 1.15 * longest)
        axes.set_title(title, loc="left", fontsize="medium")
        plain(axes)
    charts[-1].set_xlabel(f"{unit} (median, lowest to highest)")
    said = [f"{title}: {'; '.join(map(in_words, group, group.values()))}." for title, group in groups.items()]
    return Picture(figure, f"In {unit}, median (lowest to highest). {' '.join(said)}")


def in_words(label, values):
    """Return the median of some values and their spread in words."""
    low, middle, high = map(significant, (min(values), median(values), max(values)))
    return f"{label} {middle} ({low} to {high})"


def lines(charts):
    """Draw how things grow: charts beside each other, with both axes logarithmic.

    charts  (what the numbers along the x-axis are, what those along the y-axis are) → label → x → a number for each
            round; the labels are the same in all charts
    """
    figure = new_figure(3.6)
    said = []
    for axes, ((across, up), series) in zip(figure.subplots(1, len(charts)), charts.items()):
        for number, (label, points) in enumerate(series.items()):
            middle, spread = middle_and_spread(points.values())
            style = f"{MARKERS[number % len(MARKERS)]}-"
            axes.errorbar([*points], middle, spread, fmt=style, color=LINES[number], capsize=3, label=label)
            said.append(f"{label}, {up} with {max(points):,} {across}: {significant(median(points[max(points)]))}.")
        axes.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
        plain(axes)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, loc="outside upper left", fontsize="small", ncols=len(labels))
    return Picture(figure, " ".join(said))
