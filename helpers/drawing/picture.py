"""A picture: a figure with its text, and what all pictures of the course share."""

import html
from base64 import b64encode
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
import PIL.Image
from IPython.display import Markdown, display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from helpers.drawing.svg import svg_of
from helpers.words import html_row, markdown_table

# for workers: Okabe and Ito's palette, safe for color-blind readers, without its yellow and black
COLORS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]
# for lines, which must not look like workers: from Paul Tol's muted palette, the last one a little darker
LINES = ["#332288", "#882255", "#999933", "#CC6677", "#2B2B2B", "#41A393"]
START_UP = "#858585"
MOST_ROWS = 10  # a longer table is folded away
WIDTH = 8.6  # inches: fills a notebook's output at 1200 pixels
DPI = 110  # of the PNG, which is used where no SVG can be shown
# JupyterLab names its theme on the page's body. A picture's colors follow the color scheme of its <img>
IMAGE_STYLE = (
    "<style>img.course-picture{max-width:100%;color-scheme:light}"
    '[data-jp-theme-light="false"] img.course-picture{color-scheme:dark}</style>'
)


@dataclass
class Picture:
    """A figure with its text equivalent: a caption and, in some, a table."""

    figure: Figure
    caption: str
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def svg(self):
        """Return the figure as the text of an SVG, which follows the page's light or dark theme. See `svg_of`."""
        self._lay_out()
        return svg_of(self.figure, self.caption)

    def png(self):
        """Return the figure on white as the bytes of a PNG file, with few colors to keep notebooks small."""
        self._lay_out()
        self.figure.set_dpi(DPI)
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        image, small = PIL.Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"), BytesIO()
        image.quantize(128).save(small, format="png", optimize=True)
        return small.getvalue()

    def _lay_out(self):
        """Lay the figure out once for all formats, since layout takes as long as drawing."""
        if layout := self.figure.get_layout_engine():
            layout.execute(self.figure)
            self.figure.set_layout_engine("none")

    def markdown(self):
        """Return the text equivalent as Markdown."""
        if not self.rows:
            return self.caption
        table = markdown_table(self.header, self.rows, "---:")
        if len(self.rows) > MOST_ROWS:
            table = f"<details><summary>The figures: {len(self.rows)} rows</summary>\n\n{table}\n\n</details>"
        return f"{self.caption}\n\n{table}"

    def html(self):
        """Return the text equivalent as HTML."""
        head = html_row("th", self.header)
        body = "".join(html_row("td", row) for row in self.rows)
        table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>" if body else ""
        return f"<p>{html.escape(self.caption)}</p>{table}"

    def image(self):
        """Return the figure as an <img> with the caption as its `alt`, and its style."""
        source = b64encode(self.svg().encode()).decode()
        return (
            f'{IMAGE_STYLE}<img class="course-picture" alt="{html.escape(self.caption)}" '
            f'width="{self.figure.get_figwidth() * 100:.0f}" src="data:image/svg+xml;base64,{source}">'
        )

    def _ipython_display_(self):
        bundle = {
            "text/html": self.image(),
            "image/png": b64encode(self.png()).decode(),
            "text/plain": "a picture; the text below it says the same",
        }
        metadata = {"image/png": {"width": round(self.figure.get_figwidth() * 100)}}
        display(bundle, metadata=metadata, raw=True)
        display(Markdown(self.markdown()))


def new_figure(height, **layout):
    """Return a figure of the course's width and a `height` in inches.

    It isn't part of pyplot's state, so any thread may draw it.
    """
    return Figure(figsize=(WIDTH, height), layout="constrained", **layout)


def color(number):
    """Return the color of worker `number`, counted from 1. Colors repeat, but neighbors always differ."""
    return COLORS[(number - 1) % len(COLORS)]


def plain(axes):
    """Remove the lines at the top and the right of the axes."""
    axes.spines[["top", "right"]].set_visible(False)
