"""Widgets on top of runs and plots."""

import html
from base64 import b64encode
from threading import Lock, Thread

import ipywidgets as widgets


class Panel(widgets.VBox):
    """A slider for a number of workers, the picture of the last run, and its text.

    work      a function that takes the number, runs the work and returns a `Picture`
    label     what the number is, such as "pool size"
    value     the number to begin with
    largest   the largest number to choose
    smallest  the smallest

    The first run takes place at once, so that the notebook stores its picture. Later ones run in
    a thread, one at a time; while one runs, of all further wishes the last counts.
    """

    def __init__(self, work, label="pool size", value=2, largest=8, smallest=1):
        self._work = work
        self._lock = Lock()
        self._wanted = None  # the number that the next run shall have
        self._running = False
        self._text = ""
        self.slider = widgets.IntSlider(
            value,
            smallest,
            largest,
            description=label,
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": "420px"},
        )
        self.button = widgets.Button(description="Run again", tooltip="Run with the same number again")
        self.status = widgets.HTML()
        self.image = widgets.Image(format="png", layout={"max_width": "860px"})
        self.text = widgets.HTML()
        controls = widgets.HBox(
            [self.slider, self.button, self.status], layout={"align_items": "center", "grid_gap": "12px"}
        )
        super().__init__([controls, self.image, self.text])
        self._run(value)
        self.slider.observe(self._ask, "value")
        self.button.on_click(self._ask)

    def _ask(self, _):
        """Note the number that the slider shows and see to it that it is run. Returns at once."""
        with self._lock:
            self._wanted = self.slider.value
            if not self._running:
                self._running = True
                Thread(target=self._work_off, daemon=True).start()

    def _work_off(self):
        """Run what is wanted until nothing is."""
        while True:
            with self._lock:
                number, self._wanted = self._wanted, None
                if number is None:
                    self._running = False
                    return
            self._run(number)

    def _run(self, number):
        """Run once, and show the picture or what went wrong."""
        self._say(f"Running with {self.slider.description} {number} …")
        try:
            picture = self._work(number)
            self.image.value = picture.png()
            self._text = picture.markdown()
        except Exception as error:
            self._say(f"{type(error).__name__}: {error}")
        else:
            self.text.value = picture.html()
            self._say(f"Done with {self.slider.description} {number}.")

    def _say(self, message):
        self.status.value = html.escape(message)

    def _repr_mimebundle_(self, **kwargs):
        """Add the picture and its text, for readers of the stored notebook that show no widgets."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if self.image.value:
            bundle |= {"image/png": b64encode(self.image.value).decode(), "text/plain": self._text}
        return bundle, {"image/png": {"width": 860}}
