"""Each picture is a PNG, with text that says the same in words and numbers."""

import re

import pytest
from matplotlib.container import ErrorbarContainer

from helpers import plots
from helpers.drawing.picture import color
from helpers.measure import Speedups
from helpers.runs import Run


class Known(Speedups):
    """What one and two workers might have measured in three rounds."""

    def rounds(self, size):
        return {1: [1.0, 1.0, 0.9], 2: [1.8, 2.0, 1.6]}[size]

    def speedup_with_start_up(self, size):
        return {1: 0.98, 2: 1.6}[size]

    def machine_limit(self, size):
        return {1: 1.0, 2: 1.95}[size]

    def start_up_time(self, size):
        return {1: 0.1, 2: 0.2}[size]


def measured(way="Pool", with_start_up=False):
    return Known([1, 2], 2, way, with_start_up)


WATCHED = {
    "map": (0.9, [(1, 0.9), (2, 0.91), (3, 0.92)]),
    "imap_unordered": (0.001, [(3, 0.2), (1, 0.5), (2, 0.9)]),
}


BY_SIZE = {
    2**20: {"copied": [0.2, 0.3, 0.1], "shared": [0.004, 0.004, 0.004]},
    2**10: {"copied": [0.001, 0.001, 0.001], "shared": [0.004, 0.004, 0.004]},
}


@pytest.fixture(
    params=["speedup", "prediction", "bars", "one bar", "nothing but zeros", "arrivals", "arrivals at once", "by size"]
)
def picture(request):
    return {
        "speedup": lambda: plots.speedup(measured()),
        "prediction": lambda: plots.speedup(measured("Pool", with_start_up=True), {1: 1.0, 2: 2.0}),
        "bars": lambda: plots.bars({"start": {"thread": [0.001, 0.002], "process": [0.05, 0.07]}}, unit="ms"),
        "one bar": lambda: plots.bars({"memory": {"process": [2**20]}}, unit="MiB"),
        "nothing but zeros": lambda: plots.bars({"memory": {"thread": [0, 0.0]}}, unit="MiB"),
        "arrivals": lambda: plots.arrivals(WATCHED),
        "arrivals at once": lambda: plots.arrivals({"nothing to do": (0.0, [(1, 0.0)])}),
        "by size": lambda: plots.by_size(BY_SIZE),
    }[request.param]()


def test_it_is_a_png(picture):
    assert picture.png().startswith(b"\x89PNG")


def test_its_text_has_a_sentence_and_a_table(picture):
    assert re.search(r"[.:]$", picture.caption)
    assert picture.rows and all(len(row) == len(picture.header) for row in picture.rows)
    for cell in picture.rows[-1]:
        assert cell in picture.markdown() and cell in picture.html()


def test_bars_convert_seconds_and_bytes_to_their_unit():
    assert plots.bars({"": {"a": [0.25]}}, unit="ms").rows[0][2] == "250 ms"
    assert plots.bars({"": {"a": [2**21]}}, unit="MiB").rows[0][2] == "2.00 MiB"


def test_neighboring_workers_differ_in_color():
    assert all(color(number) != color(number + 1) for number in range(1, 65))


def test_a_prediction_is_a_line_and_a_column_beside_what_was_measured():
    picture = plots.speedup(measured(), {1: 0.9, 2: 1.75})
    drawn = {line.get_label(): list(line.get_ydata()) for line in picture.figure.axes[0].lines}
    assert drawn["your prediction"] == [0.9, 1.75]
    assert drawn["ideal: N workers, N times as fast"] == [1, 2]
    assert picture.header[1] == "your prediction"
    assert [row[1] for row in picture.rows] == ["0.90", "1.75"]
    assert "your prediction" not in plots.speedup(measured()).header


@pytest.mark.parametrize(
    ("prediction", "sentence"),
    [
        ({1: 1.0, 2: 1.8}, "Prediction and measurement agree at every size, to within a tenth."),
        ({1: 1.0, 2: 2.0}, "differ at 2 workers: you expected 2.0, and it was less: 1.8."),
        ({1: 1.0, 2: 1.0}, "differ at 2 workers: you expected 1.0, and it was more: 1.8."),
        ({1: 3.0, 2: 9.0}, "differ at 1 worker: you expected 3.0, and it was less: 1.0."),
    ],
)
def test_a_sentence_says_where_prediction_and_measurement_part(prediction, sentence):
    assert sentence in plots.where_they_part(measured(), prediction)
    assert sentence in plots.speedup(measured(), prediction).caption


def test_a_speedup_in_which_start_up_counts_says_so_once():
    assert "speedup with start-up" in plots.speedup(measured()).header
    assert "speedup with start-up" not in plots.speedup(measured(with_start_up=True)).header


def test_the_lines_of_a_speedup_are_what_was_measured():
    axes = plots.speedup(measured()).figure.axes[0]
    lines = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert lines["ideal: N workers, N times as fast"] == [1, 2]
    assert lines["this machine's limit: processes that never talk"] == [1.0, 1.95]
    (points,) = axes.containers
    assert points.get_label() == "measured: Pool (median, lowest, highest)"
    line, _, (whiskers,) = points.lines
    assert list(line.get_ydata()) == [1.0, 1.8]
    ends = [[low, high] for (_, low), (_, high) in whiskers.get_segments()]
    assert ends == [[0.9, 1.0], [1.6, 2.0]]


def test_a_speedups_text_says_the_same_as_its_lines():
    picture = plots.speedup(measured())
    assert picture.caption == (
        "With 2 workers the work was 1.8 times as fast as serial. With that many, this machine's limit is 1.9 times."
    )
    assert picture.header == [
        "pool size",
        "speedup",
        "lowest to highest",
        "machine's limit",
        "efficiency",
        "start-up",
        "speedup with start-up",
    ]
    assert picture.rows == [
        ["1", "1.00", "0.90 to 1.00", "1.00", "100%", "0.100 s", "0.98"],
        ["2", "1.80", "1.60 to 2.00", "1.95", "90%", "0.200 s", "1.60"],
    ]


# --- Bars ---


def test_what_is_compared_by_its_length_begins_at_zero():
    (chart,) = plots.bars({"start": {"thread": [0.9], "process": [1.0]}}).figure.axes
    assert chart.get_xlim()[0] == 0
    assert plots.speedup(measured()).figure.axes[0].get_ylim()[0] == 0
    assert plots.arrivals(WATCHED).figure.axes[0].get_xlim()[0] == 0


def test_a_bar_is_the_median_and_its_line_the_spread():
    picture = plots.bars({"start": {"thread": [0.003, 0.001, 0.002], "process": [0.05]}}, unit="ms")
    assert picture.rows == [
        ["start", "thread", "2.00 ms", "1.00 to 3.00 ms"],
        ["start", "process", "50.0 ms", "50.0 to 50.0 ms"],
    ]
    axes = picture.figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([2.0, 50.0])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["thread", "process"]
    assert axes.get_title(loc="left") == "start"
    (errors,) = [container for container in axes.containers if isinstance(container, ErrorbarContainer)]
    assert [[low, high] for (low, _), (high, _) in errors.lines[2][0].get_segments()] == [
        pytest.approx([1.0, 3.0]),
        pytest.approx([50.0, 50.0]),
    ]


def test_what_was_measured_once_has_no_spread():
    picture = plots.bars({"memory": {"idle": [2**20], "busy": [2**21]}}, unit="MiB")
    assert picture.rows == [["memory", "idle", "1.00 MiB"], ["memory", "busy", "2.00 MiB"]]
    (axes,) = picture.figure.axes
    assert not [container for container in axes.containers if isinstance(container, ErrorbarContainer)]
    assert "median" not in picture.caption + "".join(picture.header) + axes.get_xlabel()


def test_charts_share_a_scale():
    picture = plots.bars({"slow": {"a": [2.0]}, "quick": {"a": [0.3], "b": [0.2]}})
    slow, quick = picture.figure.axes
    assert slow.get_xlim() == quick.get_xlim() and slow.get_xlim()[1] > 2.0
    assert "scale of its own" not in quick.get_xlabel()


def test_charts_too_different_have_scales_of_their_own_and_say_so():
    picture = plots.bars({"slow": {"a": [2.0]}, "quick": {"a": [0.002], "b": [0.001]}})
    slow, quick = picture.figure.axes
    assert slow.get_xlim()[1] > 2.0 > 0.01 > quick.get_xlim()[1] > 0.002
    assert quick.get_xlabel().startswith("seconds") and "Each chart has a scale of its own" in quick.get_xlabel()


def test_a_bar_too_short_to_see_is_named():
    picture = plots.bars({"sums": {"here": [0.0001], "there": [0.1], "nothing": [0]}}, unit="ms")
    written = [text.get_text() for text in picture.figure.axes[0].texts]
    assert written == ["0.100 ms: too short to see. The longest bar is 1,000 times as long", "100 ms", "0.00 ms"]


# --- Arrivals ---


def test_the_table_of_arrivals_says_when_the_call_returned_and_when_which_result_came():
    picture = plots.arrivals(WATCHED)
    assert picture.header == ["", "the call returned after", "first result", "last result", "order"]
    assert picture.rows == [
        ["map", "0.900 s", "0.900 s", "0.920 s", "1 2 3"],
        ["imap_unordered", "0.001 s", "0.200 s", "0.900 s", "3 1 2"],
    ]


def test_arrivals_are_drawn_a_row_for_each_call():
    axes = plots.arrivals(WATCHED).figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["map", "imap_unordered"]
    assert [bar.get_width() for bar in axes.patches] == [0.9, 0.001]
    assert [bar.get_y() + bar.get_height() / 2 for bar in axes.patches] == pytest.approx([0, 1])
    assert [(list(dots.get_xdata()), list(dots.get_ydata())) for dots in axes.lines] == [
        ([0.9, 0.91, 0.92], [0, 0, 0]),
        ([0.2, 0.5, 0.9], [1, 1, 1]),
    ]
    bottom, top = axes.get_ylim()
    assert bottom > top  # the first call is the upper row
    assert axes.get_xlim()[1] > 0.92


def test_results_that_arrive_together_have_one_label():
    labels = plots.arrivals(WATCHED).figure.axes[0].texts
    assert [(label.get_text(), label.xy) for label in labels] == [
        ("1, 2, 3", (pytest.approx(0.91), 0)),
        ("3", (0.2, 1)),
        ("1", (0.5, 1)),
        ("2", (0.9, 1)),
    ]


# --- What can't be drawn ---


@pytest.mark.parametrize(
    ("thing", "kind"),
    [([1.0, 1.8], "a list"), (Run("run", [], 0.0, 1.0), "a Run"), (None, "a NoneType"), (3, "an int")],
)
def test_a_speedup_is_drawn_of_what_measure_speedups_returns_only(thing, kind):
    with pytest.raises(TypeError) as raised:
        plots.speedup(thing)
    assert str(raised.value) == (
        f"speedup draws what measure_speedups returns, not {kind}. To draw a run, use timeline(run)."
    )


@pytest.mark.parametrize(
    ("prediction", "error", "message"),
    [
        ([1.0, 2.0], TypeError, r"a dictionary such as \{1: 1.0, 2: 1.8\}, not a list"),
        ({1: 1.0}, ValueError, "no speedup for 2 workers"),
        ({1: 1.0, 2: "two"}, TypeError, "predicted for 2 workers must be a number such as 0.5, not 'two'"),
        ({1: -1.0, 2: 2.0}, ValueError, "predicted for 1 worker must be at least 0, not -1.0"),
    ],
)
def test_a_prediction_that_cannot_be_drawn_is_told(prediction, error, message):
    with pytest.raises(error, match=message):
        plots.speedup(measured(), prediction)


def test_what_is_drawn_by_size_is_a_line_for_each_label_with_its_spread():
    (axes,) = plots.by_size(BY_SIZE).figure.axes
    copied, shared = [drawn for drawn in axes.containers if isinstance(drawn, ErrorbarContainer)]
    assert copied.get_label() == "copied" and shared.get_label() == "shared"
    assert list(copied.lines[0].get_xdata()) == [2**10, 2**20]
    assert list(copied.lines[0].get_ydata()) == pytest.approx([1.0, 200.0])
    (spreads,) = copied.lines[2]
    (_, low), (_, high) = spreads.get_segments()[1]
    assert (low, high) == pytest.approx((100.0, 300.0))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1 KiB", "1 MiB"]
    assert copied.lines[0].get_marker() != shared.lines[0].get_marker()


def test_the_table_by_size_says_the_same_as_its_lines():
    picture = plots.by_size(BY_SIZE)
    assert picture.caption == "At 1 MiB, copied: 200 ms, shared: 4.00 ms."
    assert picture.header == ["size", "copied", "shared"]
    assert picture.rows == [
        ["1 KiB", "1.00 ms (1.00 to 1.00 ms)", "4.00 ms (4.00 to 4.00 ms)"],
        ["1 MiB", "200 ms (100 to 300 ms)", "4.00 ms (4.00 to 4.00 ms)"],
    ]
    assert plots.by_size({1: {"sent": [0.1]}}).rows == [["1 byte", "100 ms"]]


@pytest.mark.parametrize(
    ("measured", "error", "message"),
    [
        ([1.0], TypeError, "by_size draws a dictionary such as .*, not a list"),
        ({}, ValueError, "There is nothing to draw. Give a dictionary such as"),
        ({"1 KiB": {"a": [1.0]}}, TypeError, "A size in bytes must be a whole number such as 4, not '1 KiB'"),
        ({0: {"a": [1.0]}}, ValueError, "A size in bytes must be at least 1, not 0"),
        ({1: [1.0]}, TypeError, "The size 1 needs a dictionary, not a list"),
        ({1: {}}, ValueError, "Each size needs the same labels"),
        ({1: {"a": [1.0]}, 2: {"b": [1.0]}}, ValueError, "Each size needs the same labels"),
        ({1: {"a": 1.0}}, TypeError, "'a' needs a list of figures, one per round, not a float"),
        ({1: {"a": [-1.0]}}, ValueError, "Each figure of 'a' must be at least 0, not -1.0"),
    ],
)
def test_sizes_that_cannot_be_drawn_are_told(measured, error, message):
    with pytest.raises(error, match=message):
        plots.by_size(measured)


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ({}, ValueError, "There is no chart to draw. Give a dictionary such as"),
        ([1.0], TypeError, "bars draws a dictionary such as .*, not a list"),
        ({"": {}}, ValueError, "The chart '' has no bars. Give a dictionary such as"),
        ({"map": [0.1]}, TypeError, r"'map' must be a chart: .* not a list. Give your figures a title: bars\("),
        ({"": {"a": []}}, ValueError, "'a' has no figures. Give one or more"),
        ({"": {"a": 0.1}}, TypeError, "'a' needs a list of figures, one per round, not a float"),
        ({"": {"a": ["0.1"]}}, TypeError, "Each figure of 'a' must be a number such as 0.5, not '0.1'"),
        ({"": {"a": [-0.1]}}, ValueError, "Each figure of 'a' must be at least 0, not -0.1"),
        ({"": {"a": [float("nan")]}}, ValueError, "Each figure of 'a' must be at least 0, not nan"),
    ],
)
def test_bars_that_cannot_be_drawn_are_told(groups, error, message):
    with pytest.raises(error, match=message):
        plots.bars(groups)


def test_an_unknown_unit_is_told():
    with pytest.raises(ValueError, match="unit='min' is not known. Use one of 's', 'ms', 'µs', 'MiB'."):
        plots.bars({"": {"a": [1.0]}}, unit="min")


@pytest.mark.parametrize(
    ("watched", "error", "message"),
    [
        ({}, ValueError, "There are no calls to draw. Give a dictionary such as"),
        ([(0.5, [])], TypeError, "arrivals draws a dictionary such as .*, not a list"),
        ({"map": (0.5, [])}, ValueError, "'map' has no results to draw"),
        ({"map": 0.5}, TypeError, "'map' needs the seconds until the call returned, and a list of its results"),
        ({"map": (0.5, [0.5])}, TypeError, r"A result of 'map' must be \(task, seconds\), such as \(1, 0.5\), not 0.5"),
        ({"map": (None, [(1, 0.5)])}, TypeError, "The time until 'map' returned must be a number .* not None"),
        (
            {"map": (0.5, [(1, -0.5)])},
            ValueError,
            "The time of task 1 of 'map' must be at least 0, not -0.5",
        ),
    ],
)
def test_arrivals_that_cannot_be_drawn_are_told(watched, error, message):
    with pytest.raises(error, match=message):
        plots.arrivals(watched)


def test_a_speedup_that_was_measured_on_a_busy_machine_says_so():
    busy = measured()
    assert "busy" not in plots.speedup(busy).caption
    busy.busy = [True] * 6
    assert "The machine was busy: other programs took cores meanwhile" in plots.speedup(busy).caption
