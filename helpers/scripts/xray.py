"""The X-ray: run a script, and show in one picture, and in words, what its processes did."""

from functools import partial

from helpers.scripts import tracing
from helpers.scripts.story import HEADER, MOST_ARROWS, ending, failed, story_of


def xray(path, time_limit=20.0, quiet=False):
    """Run the Python script at `path`, show what it prints as it does, and then a picture of its processes.

    Below the picture stands the same as a list, in the order of time.

    time_limit  seconds after which the script and all its worker processes are ended
    quiet       whether to leave out what it prints

    Raises FileNotFoundError if there is no such file.
    """
    tell = (lambda text: None) if quiet else partial(print, end="", flush=True)
    trace = tracing.traced_run(path, time_limit, show=tell)
    show(trace, story_of(trace, time_limit))


def picture_of(trace, story):
    """Return the picture of a `Trace`, whose text is its `Story`."""
    # Here, since whoever runs a script without drawing it would wait for matplotlib
    from helpers.drawing.xrays import XRay, xray_figure

    shown = [trace.rows[place] for place in story.folding.shown]
    figure = xray_figure(trace, story.folding, [(ending(row), failed(row)) for row in shown], MOST_ARROWS)
    return XRay(figure, story.caption, HEADER, story.rows(), story.markdown())


def show(trace, story):
    """Display the picture of a `Trace` with its `Story`; where there is no notebook, print the story."""
    from IPython import get_ipython  # here as well: a script's run needs no IPython
    from IPython.display import display

    if get_ipython() is None:
        print(f"\n{story.text()}")
    else:
        display(picture_of(trace, story))
