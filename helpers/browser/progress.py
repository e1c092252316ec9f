"""The button under the table of progress."""

from helpers.browser.widget import CourseWidget, source


class ForgetButton(CourseWidget):
    """A button that forgets all progress, after asking for confirmation.

    forget  a function that forgets it
    """

    _esm = source("course.js", "progress.js")
    what = "button that forgets all this"

    def __init__(self, forget):
        self._forget = forget
        super().__init__()
        self.on_msg(lambda *_: self.send({"said": self.forget()}))

    def forget(self):
        """Forget all progress. Return the message for the learner."""
        try:
            self._forget()
        except OSError as error:
            return f"{error.filename} can't be removed: {error.strerror}."
        return "Forgotten."
