"""What all widgets of the course have in common."""

import html
from pathlib import Path

import anywidget
from IPython.display import display

FOLDER = Path(__file__).parent

# Stands in the output after a widget. Where the widget is alive, its style sheet hides it. In a notebook that was saved
# and opened again without a kernel, JupyterLab finds no widget to show: then this hides JupyterLab's complaint.
FALLBACK = """<style>
.jp-OutputArea-child:has(> .jp-OutputArea-output.jupyter-widgets):has(+ * .course-fallback) { display: none; }
</style>
<div class="course-fallback">"""


def source(*names):
    """Return the text of some files of this folder, one after the other."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


class CourseWidget(anywidget.AnyWidget):
    """A widget whose side in the browser is in this folder. A subclass names its files: `_esm = source(...)`.

    The file course.js comes first: what it defines is there for the others. Shown at the end of a cell, the widget
    leaves a text beside it for where no widget can be shown.
    """

    _css = source("course.css")
    what = "widget"  # what the text calls it

    def _ipython_display_(self):
        self.show()
        display(self.fallback(), raw=True)

    def show(self):
        """Show the widget as an output of the cell."""
        view, _ = self._repr_mimebundle_()
        display({**view, "text/plain": f"A {self.what}."}, raw=True)

    def fallback(self, said="", **others):
        """Return an output for where no widget can be shown: what to do, and what else there is to say.

        said    more to show, as HTML
        others  the same in other formats
        """
        todo = f"Run this cell (Shift+Enter) to use the {self.what}."
        page = f"{FALLBACK}<p>{html.escape(todo)}</p>{said}</div>"
        return {"text/plain": todo, "text/html": page, **others}
