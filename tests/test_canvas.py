"""A canvas paints each tile where it belongs as soon as it arrives, and keeps the finished pictures."""

import inspect
from base64 import b64decode
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from helpers import canvas, workers
from helpers.canvas import Canvas

FAR, NEAR, INSIDE = 12, 60, canvas.LIMIT


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """What is displayed in addition to the canvas itself."""
    outputs = []
    monkeypatch.setattr(Canvas, "show", lambda self: None)
    monkeypatch.setattr(canvas, "display", lambda output, raw: outputs.append(output))
    return outputs


def tile(steps):
    return [[steps] * 4] * 4


def brightness(file):
    """Return how bright the four quarters of a picture are, row by row."""
    points = np.asarray(PIL.Image.open(BytesIO(file)).convert("L"), float)
    middle = canvas.SIDE // 2
    return [points[rows, columns].mean() for rows in halves(middle) for columns in halves(middle)]


def halves(middle):
    return slice(0, middle), slice(middle, None)


def test_a_point_that_takes_all_steps_is_one_of_the_set():
    assert inspect.signature(workers.mandelbrot_tile).parameters["limit"].default == canvas.LIMIT


def test_it_returns_what_it_painted():
    tiles = [tile(FAR), tile(NEAR), tile(INSIDE), tile(FAR)]
    assert Canvas("alone", across=2).paint(iter(tiles)) == tiles


def test_each_tile_is_painted_at_its_place():
    made = Canvas("alone", across=2)
    made.paint(map(tile, [FAR, NEAR, INSIDE, FAR]))
    far, near, inside, far_again = brightness(made.frames[0])
    assert near > 2 * far > 2 * inside
    assert far == pytest.approx(far_again, abs=3)


def test_a_tile_is_painted_as_it_was_computed():
    made = Canvas("alone", across=1)
    made.paint([[[FAR] * 2 + [NEAR] * 2, [INSIDE] * 4]])
    far, near, inside, inside_too = brightness(made.frames[0])
    assert near > 2 * far > 2 * max(inside, inside_too)


def test_tiles_are_shown_while_others_are_computed(monkeypatch):
    monkeypatch.setattr(canvas, "DRAW_EVERY", 0.0)
    made = Canvas("alone", across=2)
    seen = []

    def results():
        for steps in (NEAR, NEAR, NEAR, NEAR):
            yield tile(steps)
            seen.append(sum(quarter > 2 * canvas.EMPTY for quarter in brightness(made.frames[0])))

    made.paint(results())
    assert seen == [1, 2, 3, 4]


def test_the_frames_are_painted_in_turn():
    made = Canvas("alone", "together", across=1)
    made.paint([tile(NEAR)])
    first, empty = made.frames
    made.paint([tile(FAR)])
    assert made.frames[0] == first and made.frames[1] != empty


def painted(monkeypatch, cores):
    """Return a canvas whose first frame took 4 s and whose second took 1.6 s, on a machine with so many cores."""
    monkeypatch.setattr(canvas, "usable_cores", lambda: cores)
    clock = iter([10.0, 14.0, 20.0, 21.6])
    monkeypatch.setattr(canvas, "perf_counter", lambda: next(clock))
    made = Canvas("One process", "Pool, 2 workers", across=1)
    made.paint([])
    made.paint([])
    return made


def test_the_caption_tells_each_time_and_compares_with_the_first(monkeypatch):
    made = painted(monkeypatch, cores=3)
    assert made.caption == "One process: 4.00 s. Pool, 2 workers: 1.60 s, 2.5 times as fast."
    assert made.captions == ["One process: 4.00 s", "Pool, 2 workers: 1.60 s"]
    assert made.status == made.caption


def test_no_gain_is_told_that_the_cores_can_not_give(monkeypatch):
    made = painted(monkeypatch, cores=2)
    assert "times as fast" not in made.caption and made.caption.endswith("so run the cell again to compare.")


def test_only_finished_pictures_are_kept_with_their_text(kept):
    made = Canvas("alone", "together", across=1)
    made.paint([tile(NEAR)])
    assert not kept
    made.paint([tile(NEAR)])
    (output,) = kept
    assert output["text/markdown"] == made.caption and f"<p>{made.caption}</p>" in output["text/html"]
    assert f'alt="{made.caption}"' in output["text/html"]
    assert b64decode(output["image/png"]).startswith(b"\x89PNG")


def test_where_no_frame_is_left_it_says_what_to_do():
    made = Canvas("alone", across=1)
    made.paint([tile(FAR)])
    with pytest.raises(ValueError, match="Make a new Canvas"):
        made.paint([tile(FAR)])
