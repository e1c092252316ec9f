"""The picture of a run that goes on."""

from io import BytesIO

import numpy as np
import PIL.Image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from helpers.drawing.chart import PART_STYLES, draw_rows, run_figure
from helpers.drawing.picture import COLOURS
from helpers.running.breakdown import PARTS

LIVE_DPI = 110  # a coarser picture is ready sooner


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
    parts = [
        to_rgb(style[name]) for style in PART_STYLES.values() for name in ("facecolor", "edgecolor") if name in style
    ]
    palette = [*tinted.reshape(-1, 3), *parts, to_rgb("white")]
    image = PIL.Image.new("P", (1, 1))
    image.putpalette(np.uint8(np.round(255 * np.array(palette))).tobytes())
    return image


TINTS = tints()
