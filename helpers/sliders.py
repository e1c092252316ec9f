"""A picture that follows sliders and menus."""

from base64 import b64encode

from IPython.display import display
from ipywidgets import HTML, Dropdown, SelectionSlider, VBox

from helpers.browser.widget import fallback, source
from helpers.drawing.picture import Picture
from helpers.inputs import LARGEST, a_kind_of, function, listed, number, texts

STYLE = f"<style>{source('course.css')}</style>"


def explore(draw, **choices):
    """Return a widget: the picture that `draw` returns, with a control for each of its arguments. Text is below it.

    draw     a function that returns a `Picture`
    choices  name of an argument → the values on offer, the first of which counts at first. Numbers get a slider,
             texts a menu

    Raises ValueError if there is nothing to choose, TypeError for values that are neither all numbers nor all texts,
    or for what returns no picture.
    """
    function("draw", draw, "laws")
    choices = {name: listed(values, f"values of {name}", "[1, 2, 4]") for name, values in choices.items()}
    if not choices or not all(choices.values()):
        raise ValueError("There is nothing to choose. Give values for an argument: explore(draw, workers=[1, 2, 4]).")
    return Explorer(draw, {name: control(name, values) for name, values in choices.items()})


class Explorer(VBox):
    """Controls, and the picture that follows them. The notebook keeps a copy, for where no widget can be shown.

    draw      a function that returns a `Picture`
    controls  name of its argument → the widget that sets it
    """

    def __init__(self, draw, controls):
        self._draw, self._controls, self._shown = draw, controls, HTML()
        super().__init__([*controls.values(), self._shown])
        self.add_class("course-widget")
        for each in controls.values():
            each.observe(self._redraw, "value")
        self._redraw()

    def _redraw(self, change=None):
        self._picture = self._draw(**{name: control.value for name, control in self._controls.items()})
        if not isinstance(self._picture, Picture):
            raise TypeError(f"draw must return a picture, as laws(0.5) does, not {a_kind_of(self._picture)}.")
        self._shown.value = STYLE + self._picture.image() + self._picture.html()

    def _ipython_display_(self):
        display({**self._repr_mimebundle_(), "text/plain": "A picture with controls."}, raw=True)
        said = self._shown.value.removeprefix(STYLE)
        png, text = b64encode(self._picture.png()).decode(), self._picture.markdown()
        display(fallback("controls", said, **{"image/png": png, "text/markdown": text}), raw=True)


def control(name, values):
    """Return a slider for numbers, or a menu for texts."""
    options = {"options": values, "description": name.replace("_", " "), "style": {"description_width": "initial"}}
    if isinstance(values[0], str):
        texts(f"values of {name}", values, '["fork", "spawn"]')
        return Dropdown(**options)
    for value in values:
        number(f"Each value of {name}", value, least=-LARGEST)
    return SelectionSlider(**options, continuous_update=False)
