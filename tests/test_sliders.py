"""A picture follows its controls, and its text does so too."""

import pytest

from helpers.plots import laws
from helpers.sliders import explore


def drawn(numbers=1, words="a"):
    picture = laws(0.5)
    picture.caption = f"{numbers} and {words}"
    return picture


def test_the_picture_and_its_text_follow_the_controls():
    widget = explore(drawn, numbers=[1, 2, 3], words=["a", "b"])
    numbers, words, shown = widget.children
    assert 'alt="1 and a"' in shown.value and "<p>1 and a</p>" in shown.value
    numbers.value = 3
    words.value = "b"
    assert 'alt="3 and b"' in shown.value and "<p>3 and b</p>" in shown.value
    assert [type(control).__name__ for control in (numbers, words)] == ["SelectionSlider", "Dropdown"]


@pytest.mark.parametrize("choices", [{}, {"numbers": []}])
def test_nothing_to_choose_is_explained(choices):
    with pytest.raises(ValueError, match="nothing to choose. Give values for an argument"):
        explore(drawn, **choices)


def test_the_notebook_keeps_a_copy_where_no_widget_can_be_shown(monkeypatch):
    shown = []
    monkeypatch.setattr("helpers.sliders.display", lambda bundle, raw: shown.append(bundle))
    widget = explore(drawn, numbers=[1, 2])
    widget.children[0].value = 2
    widget._ipython_display_()
    view, copy = shown
    assert "application/vnd.jupyter.widget-view+json" in view and view["text/plain"] == "A picture with controls."
    assert copy["text/plain"] == "Run this cell (Shift+Enter) to use the controls."
    assert "<p>2 and a</p>" in copy["text/html"] and copy["text/markdown"].startswith("2 and a") and copy["image/png"]
