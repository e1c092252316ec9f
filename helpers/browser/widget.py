"""What all widgets of the course have in common."""

import html
from pathlib import Path

import anywidget
from IPython.display import display

FOLDER = Path(__file__).parent

# The start of a text that follows a widget in the cell's output. While the widget works, its style sheet hides the
# text. In a notebook opened without its kernel, JupyterLab finds no widget, and this style hides its error message.
FALLBACK = """<style>
.jp-OutputArea-child:has(> .jp-OutputArea-output.jupyter-widgets):has(+ * .course-fallback) { display: none; }
</style>
<div class="course-fallback">"""


def source(*names):
    """Return the contents of these files from this folder, joined."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


class CourseWidget(anywidget.AnyWidget):
    """A widget whose browser side is in this folder. A subclass names its files: `_esm = source(...)`.

    course.js comes first, so the other files can use what it defines. As the last expression of a cell, the widget
    also leaves a text in the notebook, for places that can't show a widget.
    """

    _css = source("course.css")
    what = "widget"  # its name in that text

    def _ipython_display_(self):
        self.show()
        display(self.fallback(), raw=True)

    def show(self):
        """Display the widget as an output of the cell."""
        view, _ = self._repr_mimebundle_()
        display({**view, "text/plain": f"A {self.what}."}, raw=True)

    def fallback(self, said="", **others):
        """Return an output for places that can't show a widget, as `fallback` does."""
        return fallback(self.what, said, **others)


def fallback(what, said="", **others):
    """Return an output for places that can't show a widget. It says what to do, and more.

    what    the widget's name in it
    said    more to show, as HTML
    others  the same content in other formats
    """
    todo = f"Run this cell (Shift+Enter) to use the {what}."
    page = f"{FALLBACK}<p>{html.escape(todo)}</p>{said}</div>"
    return {"text/plain": todo, "text/html": page, **others}
