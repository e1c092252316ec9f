"""The button that packs a learner's answers."""

from helpers.browser.widget import CourseWidget, source


class HandInButton(CourseWidget):
    """A field for the learner's name, and a button that packs the answers.

    pack  a function of the name that packs them and returns what to tell the learner
    """

    _esm = source("course.js", "hand_in.js")
    _css = source("course.css", "hand_in.css")
    what = "button that packs your answers"

    def __init__(self, pack):
        self._pack = pack
        super().__init__()
        self.on_msg(lambda _widget, message, _buffers: self.send({"said": self.pack(message["pack"])}))

    def pack(self, name):
        """Pack the answers of the learner with this name. Return the message for the learner."""
        try:
            return self._pack(name)
        except ValueError as error:
            return str(error)
        except OSError as error:
            return f"The file can't be written: {error.strerror}."

    def fallback(self):
        """Return an output for places that can't show a widget."""
        return super().fallback(
            "<p>Or run this in a cell: <code>print(handing_in.pack(&quot;your name&quot;))</code></p>"
        )
