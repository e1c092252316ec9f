"""Pictures that appear tile by tile while they are computed."""

import html
from base64 import b64encode
from collections.abc import Iterable
from io import BytesIO
from time import perf_counter

import numpy as np
import PIL.Image
from IPython.display import display
from matplotlib import colormaps
from traitlets import List, Unicode

from helpers import inputs
from helpers.browser.widget import CourseWidget, source
from helpers.machine import usable_cores
from helpers.running.comparison import NOISE

SIDE = 384  # pixels of a frame on the screen
GAP = 8  # pixels between two frames, in the copy that the notebook keeps
BETWEEN = 128  # the gray of that gap, which suits light and dark pages
EMPTY = 44  # the gray of what isn't computed yet
LIMIT = 120  # steps after which mandelbrot_tile stops: the point counts as part of the set
DRAW_EVERY = 0.1  # seconds
COLORS = colormaps["inferno"]


class Canvas(CourseWidget):
    """Frames side by side. Each one fills with a picture of the Mandelbrot set, tile by tile, while a clock runs.

    titles  what to write under the frames, one text for each
    across  how many tiles are in a row

    Raises TypeError or ValueError for anything else.
    """

    _esm = source("course.js", "canvas.js")
    _css = source("course.css", "canvas.css")
    what = "picture"

    frames = List().tag(sync=True)  # the frames as JPEG files
    captions = List().tag(sync=True)
    status = Unicode().tag(sync=True)  # the result in words, once all frames are complete

    def __init__(self, *titles, across):
        if not titles:
            raise ValueError('There is no frame to paint. Give a title for each: Canvas("one process", across=8).')
        for title in titles:
            inputs.text("A title", title, "one process")
        self._titles, self._across = titles, inputs.whole_number("across", across, SIDE)
        self._seconds = []  # how long each finished frame took
        self._painted = [np.full((SIDE, SIDE, 3), EMPTY, np.uint8) for _ in titles]
        super().__init__(frames=[jpeg(frame) for frame in self._painted], captions=list(titles))

    def paint(self, results):
        """Paint the next frame with tiles as they arrive, and return them as a list.

        results  yields what `mandelbrot_tile` returns, for each tile of `mandelbrot_tiles`, in order

        The clock runs from the call until the last tile has arrived. Raises ValueError if no frame is left, or no place
        for a tile, TypeError for what is no tile.
        """
        if not isinstance(results, Iterable):
            raise TypeError(
                "Give what yields tiles, such as pool.imap(mandelbrot_tile, mandelbrot_tiles()), "
                f"not {inputs.a_kind_of(results)}."
            )
        number = len(self._seconds)
        if number == len(self._titles):
            raise ValueError("All frames are painted. Make a new Canvas.")
        if number == 0:
            self.show()
        tiles, began = [], perf_counter()
        due = began
        for tile in results:
            if len(tiles) == self._across**2:
                raise ValueError(f"There are more tiles than across={self._across} has places: {self._across**2}.")
            self._put(number, len(tiles), inputs.tile(tile))
            tiles.append(tile)
            if perf_counter() > due:
                self._draw(number, f"{perf_counter() - began:.1f} s")
                due = perf_counter() + DRAW_EVERY
        self._seconds.append(perf_counter() - began)
        self._draw(number, f"{self._seconds[-1]:.2f} s")
        if len(self._seconds) == len(self._titles):
            self._keep_copy()
        return tiles

    @property
    def caption(self):
        """How long each finished frame took, in words, and how many times as fast as the first it was."""
        first, *others = zip(self._titles, self._seconds)
        said = [f"{title}: {seconds:.2f} s{gain(first[1], seconds)}" for title, seconds in others]
        return " ".join([f"{first[0]}: {first[1]:.2f} s.", *said])

    def _put(self, number, place, tile):
        """Put a tile into a frame, at its place counted from 0, row by row."""
        row, column = divmod(place, self._across)
        rows, columns = (slice(*(SIDE * (at + end) // self._across for end in (0, 1))) for at in (row, column))
        space = self._painted[number][rows, columns]
        small = PIL.Image.fromarray(colored(tile)).resize(space.shape[1::-1], PIL.Image.Resampling.BOX)
        space[:] = np.asarray(small)

    def _draw(self, number, time):
        """Show a frame as it is now, and what the clock says."""
        with self.hold_sync():
            self.captions = replaced(self.captions, number, f"{self._titles[number]}: {time}")
            self.frames = replaced(self.frames, number, jpeg(self._painted[number]))

    def _keep_copy(self):
        """Keep all frames as one output of the cell, for a notebook without a kernel."""
        self.status = self.caption
        gap = np.full((SIDE, GAP, 3), BETWEEN, np.uint8)
        joined = np.hstack([part for frame in self._painted for part in (frame, gap)][:-1])
        copy = b64encode(png(joined)).decode()
        image = f'<img alt="{html.escape(self.caption)}" src="data:image/png;base64,{copy}" style="max-width: 100%">'
        said = f"<p>Its last run:</p>{image}<p>{html.escape(self.caption)}</p>"
        display(self.fallback(said, **{"image/png": copy, "text/markdown": self.caption}), raw=True)


def gain(alone, together):
    """Say how many times as fast it got, unless no cores can do that."""
    times = alone / together
    if times > (1 + NOISE) * usable_cores():
        return ". Something else slowed the first one down, so run the cell again to compare."
    return f", {times:.1f} times as fast."


def replaced(values, number, value):
    """Return a copy of the list with another value at one place: only a new list is sent to the browser."""
    return [*values[:number], value, *values[number + 1 :]]


def colored(tile):
    """Return what `mandelbrot_tile` returned as RGB points: the set is dark, and points close to it are bright."""
    steps = np.array(tile)
    share = np.clip((np.log1p(steps) - np.log1p(4)) / (np.log1p(LIMIT) - np.log1p(4)), 0.0, 1.0) ** 0.8
    return np.where((steps == LIMIT)[..., None], 10, 255 * COLORS(share)[..., :3]).astype(np.uint8)


def jpeg(points):
    """Return RGB points as the bytes of a JPEG file, which takes less time to make than a PNG file."""
    file = BytesIO()
    PIL.Image.fromarray(points).save(file, format="jpeg", quality=90)
    return file.getvalue()


def png(points):
    """Return RGB points as the bytes of a PNG file, with few colors to keep notebooks small."""
    file = BytesIO()
    PIL.Image.fromarray(points).quantize(96).save(file, format="png", optimize=True)
    return file.getvalue()
