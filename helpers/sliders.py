"""A picture that follows sliders and menus."""

from base64 import b64encode

from IPython.display import display
from ipywidgets import HTML, Dropdown, SelectionSlider, VBox

from helpers.browser.widget import fallback, source

STYLE = f"<style>{source('course.css')}</style>"


def explore(draw, **choices):
    """Return a widget: the picture that `draw` returns, with a control for each of its arguments. Text is below it.

    draw     a function that returns a `Picture`
    choices  name of an argument → the values on offer, the first of which counts at first. Numbers get a slider,
             texts a menu

    Raises ValueError if there is nothing to choose.
    """
    if not choices or not all(map(list, choices.values())):
        raise ValueError("There is nothing to choose. Give values for an argument: explore(draw, workers=[1, 2, 4]).")
    return Explorer(draw, {name: control(name, list(values)) for name, values in choices.items()})


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
        return Dropdown(**options)
    return SelectionSlider(**options, continuous_update=False)
