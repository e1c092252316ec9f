"""Each picture is a PNG and says the same in words and numbers."""

import re

import pytest

from helpers import plots
from helpers.drawing.picture import colour
from helpers.measure import Speedups


def measured(way="Pool.map", with_start_up=False):
    return Speedups(
        [1, 2],
        2,
        way,
        with_start_up,
        serial=[4.0, 4.0],
        work={1: [4.0, 4.0], 2: [2.0, 2.5]},
        start_up={1: [0.1, 0.1], 2: [0.2, 0.2]},
        limit={1: [1.0, 1.0], 2: [1.9, 2.0]},
    )


@pytest.fixture(params=["speedup", "prediction", "bars", "one bar"])
def picture(request):
    return {
        "speedup": lambda: plots.speedup(measured()),
        "prediction": lambda: plots.speedup(measured("Pool", with_start_up=True), {1: 1.0, 2: 2.0}),
        "bars": lambda: plots.bars({"start": {"thread": [0.001, 0.002], "process": [0.05, 0.07]}}, unit="ms"),
        "one bar": lambda: plots.bars({"memory": {"process": [2**20]}}, unit="MiB"),
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


def test_neighbouring_workers_differ_in_colour():
    assert all(colour(number) != colour(number + 1) for number in range(1, 65))


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
        ({1: 1.0, 2: 2.0}, "part at 2 workers: you expected 2.0, and it was less: 1.8."),
        ({1: 1.0, 2: 1.0}, "part at 2 workers: you expected 1.0, and it was more: 1.8."),
        ({1: 3.0, 2: 9.0}, "part at 1 worker: you expected 3.0, and it was less: 1.0."),
    ],
)
def test_a_sentence_says_where_prediction_and_measurement_part(prediction, sentence):
    assert sentence in plots.where_they_part(measured(), prediction)
    assert sentence in plots.speedup(measured(), prediction).caption


def test_a_speedup_in_which_start_up_counts_says_so_once():
    assert "speedup with start-up" in plots.speedup(measured()).header
    assert "speedup with start-up" not in plots.speedup(measured(with_start_up=True)).header
