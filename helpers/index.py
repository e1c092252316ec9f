"""The index of what people ask: a search box over all questions of `helpers.asked`."""

from dataclasses import asdict

import traitlets

from helpers import asked
from helpers.browser.widget import CourseWidget, source


class Index(CourseWidget):
    """A search box over what people ask. It takes words, or an error message as Python prints it.

    asked  the questions as data, for the browser, which searches by itself, without the kernel
    """

    _esm = source("course.js", "index.js")
    _css = source("course.css", "index.css")
    what = "search box"

    asked = traitlets.List().tag(sync=True)

    def __init__(self):
        super().__init__(
            asked=[
                {**asdict(question), "group": group, "link": question.link, "place": question.place}
                for group in asked.GROUPS
                for question in asked.of_group(group)
            ]
        )

    def fallback(self):
        """Return an output for places that can't show a widget. The notebook has all questions as text."""
        return super().fallback(f"<p>All {len(self.asked)} questions are below, as text.</p>")
