"""Figures and tables as text come out as they are meant, whatever is in them."""

import math
import random
from html.parser import HTMLParser

import pytest

from helpers.words import about, counted, html_row, markdown_table, significant, size_in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 workers"), (1, "1 worker"), (2, "2 workers"), (21, "21 workers"), (1000, "1000 workers")],
)
def test_one_thing_is_singular_and_any_other_number_plural(number, words):
    assert counted(number, "worker") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "about 0 s"),
        (12.3, "about 12 s"),
        (59.6, "about 1 min"),
        (90, "about 1 min 30 s"),
        (118, "about 2 min"),
        (599, "about 10 min"),
        (1230, "about 20 min"),
    ],
)
def test_a_time_is_told_roughly(seconds, words):
    assert about(seconds) == words


@pytest.mark.parametrize(
    ("figure", "digits"),
    [
        (0, "0.00"),
        (0.012, "0.0120"),
        (0.0123456, "0.0123"),
        (1, "1.00"),
        (1.2, "1.20"),
        (9.996, "10.0"),
        (12, "12.0"),
        (99.96, "100"),
        (120, "120"),
        (123.4, "123"),
        (999.4, "999"),
        (999.5, "1000"),
        (999.6, "1000"),
        (1200, "1200"),
        (1234.5, "1234"),
        (123456, "123456"),
        (-1.2, "-1.20"),
    ],
)
def test_a_figure_has_three_significant_digits_or_more(figure, digits):
    assert significant(figure) == digits


def test_what_is_said_of_a_figure_is_within_half_a_percent():
    draw = random.Random(0)
    for _ in range(1000):
        figure = 10 ** draw.uniform(-4, 6)
        said = significant(figure)
        assert math.isclose(float(said), figure, rel_tol=0.005)
        assert not said.endswith(".") and "e" not in said


def test_a_table_is_markdown_with_its_first_column_to_the_left():
    assert markdown_table(
        ["way", "time", "speedup"], [["serial", "1.0 s", "1.00"], ["pool", "0.5 s", "2.00"]], "---:"
    ) == ("| way | time | speedup |\n| :--- | ---: | ---: |\n| serial | 1.0 s | 1.00 |\n| pool | 0.5 s | 2.00 |")
    assert markdown_table(["one", "two"], []) == "| one | two |\n| :--- | :--- |"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("a | b", r"a \| b"), ("two\nlines", "two lines"), ("1 < 2 & 3", "1 < 2 & 3")],
)
def test_a_cell_of_a_markdown_table_stays_one_cell(cell, shown):
    assert markdown_table(["", cell], [[cell, "1"]]).splitlines() == [
        f"|  | {shown} |",
        "| :--- | :--- |",
        f"| {shown} | 1 |",
    ]


class Cells(HTMLParser):
    """Collects the (tag, text) of each cell, as a browser reads it."""

    def __init__(self):
        super().__init__()
        self.cells = []

    def handle_starttag(self, tag, attributes):
        if tag != "tr":
            self.cells.append((tag, ""))

    def handle_data(self, data):
        tag, text = self.cells.pop()
        self.cells.append((tag, text + data))


@pytest.mark.parametrize("tag", ["th", "td"])
def test_a_browser_reads_the_cells_of_a_row_as_they_are(tag):
    texts = ["plain", "1 < 2 & 3 > 2", "<script>alert(1)</script>", "&lt;", '"quoted"', "1.5 µs"]
    row = html_row(tag, texts)
    parser = Cells()
    parser.feed(row)
    parser.close()
    assert parser.cells == [(tag, text) for text in texts]
    assert row.startswith("<tr>") and row.endswith("</tr>")


def test_a_figure_stays_on_one_line_beside_a_long_text():
    _, figure, text = html_row("td", ["0.03 s", "from the run's beginning until a worker is up"]).split("<td")
    assert "nowrap" in figure and "nowrap" not in text


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 byte"),
        (1000, "1000 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (2_509_000, "2.4 MiB"),
        (2**20 - 1, "1024 KiB"),
        (32 * 2**20, "32 MiB"),
        (3 * 2**30, "3 GiB"),
    ],
)
def test_a_size_is_said_in_the_largest_unit_that_fits(size, words):
    assert size_in_words(size) == words
