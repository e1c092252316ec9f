"""The X-ray: run a script, and show what its processes did, in a picture and in words."""

from functools import partial

from helpers.inputs import flag
from helpers.scripts import tracing
from helpers.scripts.story import HEADER, MOST_ARROWS, ending, failed, story_of


def xray(path, time_limit=20.0, quiet=False):
    """Run the Python script at `path`, show what it prints as it appears, then a picture of its processes.

    Below the picture, the same is listed in order of time.

    time_limit  seconds after which the script and all its worker processes are ended
    quiet       whether to hide what it prints

    Raises FileNotFoundError if there is no such file, TypeError or ValueError for other arguments that can't work.
    """
    flag("quiet", quiet)
    tell = (lambda text: None) if quiet else partial(print, end="", flush=True)
    trace = tracing.traced_run(path, time_limit, show=tell)
    show(trace, story_of(trace, time_limit))


def picture_of(trace, story):
    """Return the picture of a `Trace`, whose text is its `Story`."""
    # imported here, since running a script without drawing it must not wait for matplotlib
    from helpers.drawing.xrays import XRay, xray_figure

    shown = [trace.rows[place] for place in story.folding.shown]
    figure = xray_figure(trace, story.folding, [(ending(row), failed(row)) for row in shown], MOST_ARROWS)
    return XRay(figure, story.caption, HEADER, story.rows(), story.markdown())


def show(trace, story):
    """Display the picture of a `Trace` with its `Story`. Outside a notebook, print the story."""
    from IPython import get_ipython  # imported here as well: running a script needs no IPython
    from IPython.display import display

    if get_ipython() is None:
        print(f"\n{story.text()}")
    else:
        display(picture_of(trace, story))
