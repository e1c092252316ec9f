"""Draw what a script did: a row for each of its processes, in the order of their start, along a time axis."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from helpers.drawing.chart import MANY, PART_STYLES, PIXELS, pale, rectangles, task_bars
from helpers.drawing.picture import LINES, Picture, color, new_figure, plain

TALL, THIN = 0.5, 0.16  # of a row's height: a bar, and start-up
LOW = 0.14  # how far bars are below the middle, in rows: that leaves room for numbers above them
NUMBERS = -0.27  # how far the numbers of printed lines are from the middle of a row, in rows
FEW_ARROWS = 12  # with more arrows than this, none shows its size
PLACES_OF_A_TEXT, ABOVE = 9, 11  # how many positions a text has along a wait, and how many pixels above it
LONG_NAME = 22  # characters
INK, PAPER, MUTED, ARROW, HARM = "#000000", "#ffffff", "#555555", LINES[0], LINES[1]
SMALL = 7.5  # points
CONNECTORS = {  # what one process did to another: style, marker, whose row has the marker (0: its own, 1: the other's)
    "starts": ({"color": MUTED, "linewidth": 0.9}, "v", 1),
    "joined": ({"color": MUTED, "linewidth": 0.9, "linestyle": (0, (1.5, 1.5))}, "o", 0),
    "terminates": ({"color": HARM, "linewidth": 1.2}, "X", 1),
    "kills": ({"color": HARM, "linewidth": 1.2}, "X", 1),
}


@dataclass
class XRay(Picture):
    """A picture of what a script did. Its text is longer than a caption and a table.

    told  its text in Markdown
    """

    told: str = ""

    def markdown(self):
        return self.told


def xray_figure(trace, folding, endings, most_arrows):
    """Return the figure of a `Trace`.

    folding      a `Folding`: which rows have a line of their own
    endings      for each of those rows, how it ended, such as "exit code 0", and whether that was a failure
    most_arrows  the largest number of messages to draw
    """
    lines = len(folding.shown) + bool(folding.folded)
    figure = new_figure(lines * row_height(lines) + 1.15)
    axes = figure.subplots()
    length = trace.seconds or 0.001
    set_up(axes, trace, folding, endings, length)
    add_legend(figure, trace, folding, any(failed for _, failed in endings))
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")  # from here on the scale is final, so texts can be fitted
    place_of = {place: line for line, place in enumerate(folding.shown)}
    place_of |= dict.fromkeys(folding.folded, len(folding.shown))
    draw_connectors(axes, trace, place_of, len(folding.shown), length)
    for line, (place, (_, failed)) in enumerate(zip(folding.shown, endings)):
        draw_row(axes, trace.rows[place], line, failed, length)
    rasterize_many(axes)
    if folding.folded:
        draw_folded(axes, [trace.rows[place] for place in folding.folded], len(folding.shown), length)
    scale = Scale(axes)
    draw_numbers(axes, trace, place_of, scale)
    line_of = {place: line for line, place in enumerate(folding.shown)}
    arrows = arrows_of(some_messages(trace, line_of, most_arrows), line_of)
    draw_waits(axes, trace, folding.shown, arrows, scale)
    draw_messages(axes, arrows, scale)
    return figure


def row_height(lines):
    """Return the height of a line in inches."""
    return 0.52 if lines <= 6 else 0.42 if lines <= 10 else 0.36


def set_up(axes, trace, folding, endings, length):
    """Prepare axes with a line for each row: its name on the left, how it ended on the right."""
    rows = [trace.rows[place] for place in folding.shown]
    names = [f"{cut(row.name)}\n{'PID' if row.kind == 'process' else 'thread in'} {row.pid}" for row in rows]
    ends = [
        "still running" if row.ended is None and trace.exit_code is None else "✗ " * failed + how
        for row, (how, failed) in zip(rows, endings)
    ]
    if folding.folded:
        number, more, what = folding.label.split(" ", 2)
        names.append(f"{number} {more}\n{what}")
        ends.append("")
    axes.set_xlim(-0.005 * length, 1.005 * length)
    axes.set_ylim(len(names) - 0.45, -0.5)
    middles = [line + LOW / 2 for line in range(len(names))]
    axes.set_yticks(middles, names, fontsize=8, parse_math=False)  # a learner's name may contain dollar signs
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("seconds since the script was launched")
    plain(axes)
    right = axes.secondary_yaxis("right")
    right.set_yticks([line + LOW for line in range(len(ends))], ends, fontsize=8)
    right.tick_params(length=0, pad=8)
    right.spines["right"].set_visible(False)
    if trace.exit_code is None:
        axes.axvline(length, color=HARM, linestyle="--", linewidth=1.4)


def cut(name):
    return name if len(name) <= LONG_NAME else f"{name[: LONG_NAME - 1]}…"


# --- Bars ---


def draw_row(axes, row, line, failed, length):
    """Draw a row's start-up and calls, and its end if it failed."""
    pixel = length / PIXELS
    running = [span for span in row.spans if span.kind == "running"]
    as_arrays = SimpleNamespace(
        starts=np.array([span.began for span in running], float),
        ends=np.array([span.ended for span in running], float),
        computing=np.array([span.computing for span in running], float),  # nan for None
    )
    starts, widths, extents, fills, *_ = task_bars(as_arrays, pixel)
    bottoms = np.full(len(starts), line + LOW + TALL / 2)
    for heights, shade in ((extents, pale), (np.minimum(fills, 1.0), color)):
        bars = PolyCollection(
            rectangles(starts, np.maximum(widths, pixel), bottoms, TALL * heights),
            facecolors=[shade(line + 1)],
            edgecolors="none",
            zorder=2,
        )
        axes.add_collection(bars, autolim=False)
    for span in row.spans:
        if span.kind in ("start-up", "shut-down"):
            axes.broken_barh(
                [(span.began, max(span.seconds, pixel))],
                (line + LOW - THIN / 2, THIN),
                zorder=2,
                linewidth=0,
                **PART_STYLES["start-up"],
            )
    if row.ended is not None and failed:
        axes.plot(row.ended, line + LOW, "x", color=INK, markersize=8, markeredgewidth=2.2, zorder=6, clip_on=False)


def rasterize_many(axes):
    """Make an SVG draw the bars as one image, if there are many."""
    bars = [collection for collection in axes.collections if isinstance(collection, PolyCollection)]
    many = sum(len(collection.get_paths()) for collection in bars) > MANY
    for collection in bars:
        collection.set_rasterized(many)


def draw_folded(axes, rows, line, length):
    """Draw rows that share a line: at each moment, which shares of them are alive, running and computing."""
    grid = np.linspace(0.0, length, 400)
    begins = np.array([row.asked for row in rows])
    ends = np.array([length if row.ended is None else row.ended for row in rows])
    alive = at_each_moment(grid, begins, ends, np.ones(len(rows)))
    running = [span for row in rows for span in row.spans if span.kind == "running"]
    began, ended = (np.array([getattr(span, end) for span in running], float) for end in ("began", "ended"))
    shares = np.array([min((span.computing or 0.0) / (span.seconds or 1.0), 1.0) for span in running])
    up = at_each_moment(grid, began, ended, np.ones(len(running)))
    full = at_each_moment(grid, began, ended, shares)
    bottom = line + LOW + TALL / 2
    for height, facecolor in ((alive, "none"), (up, PART_STYLES["between tasks"]["facecolor"]), (full, MUTED)):
        axes.fill_between(
            grid,
            bottom,
            bottom - TALL * np.minimum(height / len(rows), 1.0),
            where=height > 0,
            step="mid",
            facecolor=facecolor,
            edgecolor="#8C8C8C" if facecolor == "none" else "none",
            linewidth=0.6,
            zorder=2,
        )


def at_each_moment(grid, begins, ends, weights):
    """Return, for each moment of a grid, the sum of the weights of what was going on then."""
    step = grid[1] - grid[0]
    change = np.zeros(len(grid) + 2)
    np.add.at(change, np.clip(np.floor(begins / step), 0, len(grid)).astype(int), weights)
    np.add.at(change, np.clip(np.floor(ends / step) + 1, 0, len(grid) + 1).astype(int), -weights)
    return np.cumsum(change)[: len(grid)]


# --- Between rows ---


def draw_connectors(axes, trace, place_of, folded, length):
    """Draw lines between rows: who started, joined and ended whom.

    folded  the line that many rows share: of what was done to them, only the first and the last is drawn
    """
    did = [("starts", row.asked, row.by, place) for place, row in enumerate(trace.rows) if row.by is not None]
    did += [(mark.kind, mark.at, mark.row, mark.other) for mark in trace.marks if mark.kind != "starts"]
    for kind, (style, marker, where) in CONNECTORS.items():
        pixel = 3 * length / PIXELS
        ways = {
            (round(at / pixel), place_of[row], place_of[other]): at
            for done, at, row, other in did
            if done == kind and other is not None and place_of[row] != place_of[other]
        }
        to_folded = sorted(way for way in ways if folded in way[1:])
        for way in to_folded[1:-1]:
            del ways[way]
        if not ways:
            continue
        lines = [((at, row + LOW), (at, other + LOW)) for (_, row, other), at in ways.items()]
        axes.add_collection(LineCollection(lines, zorder=1.5, **style), autolim=False)
        tips = np.array([line[where] for line in lines])
        axes.plot(*tips.T, marker, color=style["color"], markersize=4.5, linestyle="none", zorder=4, markeredgewidth=0)


class Scale:
    """The scale of axes in pixels (100 per inch), the widths of texts, and the places that texts have taken."""

    def __init__(self, axes):
        figure = axes.figure
        box = axes.get_position()
        self.across = box.width * figure.get_figwidth() * 100 / np.ptp(axes.get_xlim())
        self.down = box.height * figure.get_figheight() * 100 / abs(np.ptp(axes.get_ylim()))
        self._renderer, self._dpi = FigureCanvasAgg(figure).get_renderer(), figure.get_dpi()
        self._widths, self._taken = {}, []

    def width(self, text):
        """Return the width of a SMALL text in pixels. It adds up its characters, since measuring each text is slow."""
        for char in set(text) - self._widths.keys():
            wide, *_ = self._renderer.get_text_width_height_descent(char * 10, FontProperties(size=SMALL), False)
            self._widths[char] = wide / 10 * 100 / self._dpi
        return sum(self._widths[char] for char in text)

    def take(self, x, y, width, height):
        """Return whether a box around a point of the axes is free, and if so, take it. Its size is in pixels."""
        x, y = x * self.across, y * self.down
        box = (x - width / 2, x + width / 2, y - height / 2, y + height / 2)
        free = all(
            box[1] <= other[0] or other[1] <= box[0] or box[3] <= other[2] or other[3] <= box[2]
            for other in self._taken
        )
        if free:
            self._taken.append(box)
        return free


def draw_waits(axes, trace, shown, arrows, scale):
    """Draw waits as thin lines, and say what was waited for where there is room."""
    waits = [
        (line + LOW, span)
        for line, place in enumerate(shown)
        for span in trace.rows[place].spans
        if span.kind == "waiting" and span.seconds * scale.across >= 1
    ]
    lines = LineCollection(
        [((span.began, y), (span.ended, y)) for y, span in waits], color="#8C8C8C", linewidth=1.6, zorder=2.5
    )
    lines.set_rasterized(len(waits) > MANY)
    axes.add_collection(lines, autolim=False)
    said = how_to_say({span.what for _, span in waits}, [span for _, span in waits], scale)
    for y, span in waits:
        text = said[span.what]
        if text and has_room(span, text, scale):
            places = places_along(span, y, scale.width(text) + 10, arrows, scale)
            free = (place for place in places if scale.take(*place, scale.width(text), 12))
            if place := next(free, None):
                axes.text(*place, text, **centered(MUTED))


def places_along(span, y, width, arrows, scale):
    """Return where a text may go, on a wait or above it, best first: where few arrows end, and near the middle.

    y  the wait's position, in rows
    """
    half, middle = width / scale.across / 2, (span.began + span.ended) / 2
    ways = [way for _, begin, end in arrows if begin != end for way in ((begin, end), (end, begin))]
    on_it = [at for (at, row), _ in ways if row == y]
    from_above = [at for (at, row), (_, other) in ways if row == y and other < y]
    places = []
    for its_y, ends in ((y, on_it), (y - ABOVE / scale.down, from_above)):
        for x in np.linspace(span.began + half, span.ended - half, PLACES_OF_A_TEXT):
            places.append((sum(abs(x - end) < half for end in ends), its_y != y, abs(x - middle), x, its_y))
    return [place[-2:] for place in sorted(places)]


def how_to_say(reasons, spans, scale):
    """Return what to write for each reason to wait: the same wording for all waits that have room for one."""
    said = {}
    for what in reasons:
        long = f"waits for {what}"
        roomy = [span for span in spans if span.what == what and has_room(span, what, scale)]
        said[what] = long if what and all(has_room(span, long, scale) for span in roomy) else what
    return said


def has_room(span, text, scale):
    return scale.width(text) + 10 < span.seconds * scale.across


def centered(ink):
    """Return the style of a small text. Its background keeps lines out of it."""
    return {
        "ha": "center",
        "va": "center_baseline",
        "fontsize": SMALL,
        "parse_math": False,
        "color": ink,
        "bbox": {"boxstyle": "square,pad=0.15", "facecolor": PAPER, "edgecolor": "none"},
        "zorder": 5,
    }


def arrows_of(messages, line_of):
    """Return (message, beginning, end) for each arrow. Both points are the same if the message was never received."""
    arrows = []
    for message in messages:
        begin = end = (message.sent, line_of[message.sender] + LOW)
        if message.receiver is not None:
            received = message.sent if message.received is None else message.received
            end = (received, line_of[message.receiver] + LOW)
        arrows.append((message, begin, end))
    return arrows


def draw_messages(axes, arrows, scale):
    """Draw messages between rows with lines of their own as arrows, with their sizes if there are few."""
    few = len(arrows) <= FEW_ARROWS
    style = {"arrowstyle": "-|>", "color": ARROW, "linewidth": 1.1 if few else 0.7, "shrinkA": 0, "shrinkB": 0}
    for message, begin, end in arrows:
        if message.receiver is None:
            axes.plot(*begin, "D", color=ARROW, fillstyle="none", markersize=4.5, zorder=4)
        else:
            axes.annotate("", end, begin, arrowprops={**style, "mutation_scale": 9 if few else 7}, zorder=4)
        if few:
            write_size(axes, in_bytes(message.bytes), begin, end, scale)


def write_size(axes, text, begin, end, scale):
    """Write a text beside an arrow, where there is room."""
    wide = scale.width(text) + 4
    for part in (0.5, 0.35, 0.65):
        x, y = (one + part * (other - one) for one, other in zip(begin, end))
        x += (wide / 2 + 5) / scale.across
        if x + wide / 2 / scale.across <= axes.get_xlim()[1] and scale.take(x, y, wide, 11):
            axes.text(x, y, text, **centered(ARROW))
            return


def some_messages(trace, line_of, most):
    """Return at most `most` messages between different rows: the first of each pair, and some of the others."""
    between = [
        message
        for message in trace.messages
        if message.sender in line_of
        and message.sender != message.receiver
        and (message.receiver is None or message.receiver in line_of)
    ]
    if len(between) <= most:
        return between
    first = {(message.sender, message.receiver): number for number, message in reversed(list(enumerate(between)))}
    chosen = sorted(first.values())[: most // 2]
    chosen += [round(number) for number in np.linspace(0, len(between) - 1, most - len(chosen))]
    return [between[number] for number in sorted(set(chosen))]


def in_bytes(number):
    """Return a size in a short form: "57 B", "1.2 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 999.5 or unit == "GB":
            return f"{number} B" if unit == "B" else f"{number:.3g} {unit}"
        number /= 1000


# --- Numbers of printed lines ---

BOX = {"boxstyle": "round,pad=0.22,rounding_size=0.6", "facecolor": PAPER, "edgecolor": INK, "linewidth": 0.8}


def draw_numbers(axes, trace, place_of, scale):
    """Draw the number of each printed line where it was printed. Numbers that would touch share a box."""
    of_line = {}
    for number, mark in enumerate((mark for mark in trace.marks if mark.kind == "prints"), start=1):
        of_line.setdefault(place_of[mark.row], []).append((mark.at * scale.across, number))
    for line, prints in of_line.items():
        for x, numbers in apart([(at, at, [number]) for at, number in sorted(prints)], scale):
            x, y = x / scale.across, line + NUMBERS
            scale.take(x, y, box_width(numbers, scale), 15)
            axes.text(x, y, numbers_in_words(numbers), **{**centered(INK), "bbox": BOX, "zorder": 7})


def apart(groups, scale):
    """Return (place in pixels, numbers) for each group, with groups that would touch merged.

    groups  from left to right: the first and the last place, in pixels, and the numbers
    """
    done = []
    for group in groups:
        while done and right_of(done[-1], scale) > left_of(group, scale):
            first, _, numbers = done.pop()
            group = (first, group[1], numbers + group[2])
        done.append(group)
    return [((first + last) / 2, numbers) for first, last, numbers in done]


def left_of(group, scale):
    """Return the left edge of the box around a group of numbers, in pixels."""
    first, last, numbers = group
    return (first + last) / 2 - box_width(numbers, scale) / 2


def right_of(group, scale):
    first, last, numbers = group
    return (first + last) / 2 + box_width(numbers, scale) / 2


def box_width(numbers, scale):
    return scale.width(numbers_in_words(numbers)) + 9


def numbers_in_words(numbers):
    """Return "3", "3–7" for consecutive numbers, "3, 5" or, if some numbers in between are missing, "3 … 9"."""
    first, last = min(numbers), max(numbers)
    if first == last:
        return str(first)
    if last - first + 1 == len(numbers):
        return f"{first}–{last}"
    return f"{first}, {last}" if len(numbers) == 2 else f"{first} … {last}"


# --- The legend ---


def add_legend(figure, trace, folding, failed):
    """Explain, above the picture, the signs that occur in it."""
    kinds = {span.kind for place in folding.shown for span in trace.rows[place].spans}
    done = {mark.kind for mark in trace.marks}
    entries = [
        (
            "start-up" in kinds,
            Patch(**PART_STYLES["start-up"]),
            "starting up, shutting down" if "shut-down" in kinds else "starting up",
        ),
        ("running" in kinds, Patch(facecolor=color(1)), "running: as full as it computed"),
        ("waiting" in kinds, sign(color="#8C8C8C", linewidth=1.6), "waiting"),
        (len(trace.rows) > 1, sign(marker="v", **CONNECTORS["starts"][0]), "start()"),
        ("joined" in done, sign(marker="o", **CONNECTORS["joined"][0]), "join() returned"),
        (bool(done & {"kills", "terminates"}), sign(marker="X", **CONNECTORS["kills"][0]), "terminate(), kill()"),
        (bool(trace.messages), sign(color=ARROW, marker=">", linewidth=1.1), "a message"),
        ("prints" in done, sign(color=INK, marker="o", markerfacecolor=PAPER, markersize=9), "a printed line"),
        (failed, sign(color=INK, marker="x", markeredgewidth=2.2, markersize=7), "failed"),
        (trace.exit_code is None, sign(color=HARM, linestyle="--", linewidth=1.4), "stopped"),
    ]
    handles = [(handle, label) for there, handle, label in entries if there]
    if not handles:
        return
    figure.legend(
        *zip(*handles),
        loc="outside upper left",
        ncols=len(handles) if len(handles) <= 5 else -(-len(handles) // 2),
        frameon=False,
        fontsize="small",
        handlelength=1.4,
        columnspacing=1.2,
        handletextpad=0.5,
    )


def sign(**style):
    """Return a line, or only its marker, for the legend."""
    return Line2D([], [], **{"linewidth": 0, "markersize": 4.5, **style})
