"""A picture: a figure together with its text, and what all pictures of the course have in common."""

import html
from dataclasses import dataclass, field
from io import BytesIO

import PIL.Image
from IPython.display import Image, Markdown, display
from matplotlib.figure import Figure

from helpers.words import html_row, markdown_table

# Okabe and Ito's palette, safe for colour-blind readers; yellow and black left out: for workers
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]
# From Paul Tol's muted palette: for lines, so that they are not taken for workers
LINES = ["#332288", "#882255", "#999933", "#CC6677", "#2B2B2B", "#44AA99"]
START_UP = "#858585"
WIDTH = 8.6  # inches: fills a notebook's output at 1200 pixels
DPI = 160


@dataclass
class Picture:
    """A figure with its text equivalent: a sentence, and rows of a table with their header."""

    figure: Figure
    caption: str
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def png(self):
        """Return the figure as the bytes of a PNG file, with few colours so that notebooks stay small."""
        drawn, small = BytesIO(), BytesIO()
        self.figure.savefig(drawn, format="png", dpi=DPI)
        with PIL.Image.open(drawn) as image:
            image.convert("RGB").quantize(128).save(small, format="png", optimize=True)
        return small.getvalue()

    def markdown(self):
        """Return the text equivalent as Markdown."""
        if not self.rows:
            return self.caption
        return self.caption + "\n\n" + markdown_table(self.header, self.rows, "---:")

    def html(self):
        """Return the text equivalent as HTML."""
        head = html_row("th", self.header)
        body = "".join(html_row("td", row) for row in self.rows)
        table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>" if body else ""
        return f"<p>{html.escape(self.caption)}</p>{table}"

    def _ipython_display_(self):
        display(Image(self.png(), width=round(self.figure.get_figwidth() * 100)))
        display(Markdown(self.markdown()))


def new_figure(height, **layout):
    """Return a figure of the course's width and a `height` in inches.

    It belongs to no pyplot state, so it may be drawn in any thread.
    """
    return Figure(figsize=(WIDTH, height), layout="constrained", **layout)


def colour(number):
    """Return the colour of worker `number`, counted from 1. Neighbours differ; each has its number beside it too."""
    return COLOURS[(number - 1) % len(COLOURS)]


def plain(axes):
    """Take the lines away from the axes' top and right."""
    axes.spines[["top", "right"]].set_visible(False)
