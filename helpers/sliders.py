"""A picture that follows sliders and menus."""

from ipywidgets import HTML, Dropdown, SelectionSlider, VBox


def explore(draw, **choices):
    """Return a widget: the picture that `draw` returns, with a control for each of its arguments. Text is below it.

    draw     a function that returns a `Picture`
    choices  name of an argument → the values on offer, the first of which counts at first. Numbers get a slider,
             texts a menu

    Raises ValueError if there is nothing to choose.
    """
    if not choices or not all(map(list, choices.values())):
        raise ValueError("There is nothing to choose. Give values for an argument: explore(draw, workers=[1, 2, 4]).")
    controls = {name: control(name, list(values)) for name, values in choices.items()}
    shown = HTML()

    def redraw(change=None):
        picture = draw(**{name: control.value for name, control in controls.items()})
        shown.value = picture.image() + picture.html()

    for each in controls.values():
        each.observe(redraw, "value")
    redraw()
    return VBox([*controls.values(), shown])


def control(name, values):
    """Return a slider for numbers, or a menu for texts."""
    options = {"options": values, "description": name.replace("_", " "), "style": {"description_width": "initial"}}
    if isinstance(values[0], str):
        return Dropdown(**options)
    return SelectionSlider(**options, continuous_update=False)
