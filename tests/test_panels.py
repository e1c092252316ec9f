"""A panel runs its work again for the number chosen, one run at a time."""

import threading
from queue import Queue

import pytest

from helpers.panels import Panel
from helpers.plots import Picture, new_figure

TIME_LIMIT = 30  # seconds


class Work:
    """Work that goes on only when the test lets it, and tells the test which number it began with."""

    def __init__(self):
        self.begun = Queue()
        self.may_go_on = threading.Semaphore(1)  # the first run, when the panel is made, need not wait

    def __call__(self, number):
        self.begun.put(number)
        assert self.may_go_on.acquire(timeout=TIME_LIMIT)
        if number == 13:
            raise ValueError("thirteen is <too> many")
        return Picture(new_figure(1), f"ran with {number}.")


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def panel(work):
    panel = Panel(work, label="pool size", value=2, largest=20)
    assert work.begun.get(timeout=TIME_LIMIT) == 2
    return panel


def wait_for(widget, trait, text):
    """Wait until the widget's trait holds the text."""
    there = threading.Event()
    widget.observe(lambda _: text in getattr(widget, trait) and there.set(), trait)
    assert text in getattr(widget, trait) or there.wait(TIME_LIMIT), getattr(widget, trait)


def test_it_shows_the_first_run_at_once(panel):
    assert bytes(panel.image.value).startswith(b"\x89PNG")
    assert "ran with 2." in panel.text.value
    assert panel.status.value == "Done with pool size 2."


def test_moving_the_slider_runs_again(panel, work):
    panel.slider.value = 5
    assert work.begun.get(timeout=TIME_LIMIT) == 5
    wait_for(panel.status, "value", "Running with pool size 5")
    work.may_go_on.release()
    wait_for(panel.text, "value", "ran with 5.")


def test_the_button_runs_the_same_number_again(panel, work):
    panel.button.click()
    assert work.begun.get(timeout=TIME_LIMIT) == 2
    work.may_go_on.release()
    wait_for(panel.status, "value", "Done")


def test_during_a_run_only_the_last_wish_counts(panel, work):
    for number in range(3, 12):
        panel.slider.value = number
        if number == 3:
            assert work.begun.get(timeout=TIME_LIMIT) == 3
    work.may_go_on.release(2)
    assert work.begun.get(timeout=TIME_LIMIT) == 11
    wait_for(panel.status, "value", "Done with pool size 11.")
    assert work.begun.empty()


def test_an_error_is_told_in_the_panel_and_the_next_run_works(panel, work):
    panel.slider.value = 13
    work.may_go_on.release()
    wait_for(panel.status, "value", "ValueError: thirteen is &lt;too&gt; many")
    panel.slider.value = 4
    work.may_go_on.release()
    wait_for(panel.text, "value", "ran with 4.")


def test_a_reader_without_widgets_gets_the_picture_and_its_text(panel):
    data, metadata = panel._repr_mimebundle_()
    assert data["image/png"] and metadata["image/png"]["width"]
    assert data["text/plain"] == "ran with 2."
