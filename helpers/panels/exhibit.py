"""What a panel shows: pictures with their text, and a copy of them for a notebook without a kernel."""

import html
from base64 import b64encode
from io import BytesIO
from uuid import uuid4

import ipywidgets as widgets
import PIL.Image
from IPython.display import display

WIDTH = 860  # pixels of a picture


class Exhibit(widgets.VBox):
    """A finished picture and its text; while a run goes on, its changing picture in place of the finished one."""

    def __init__(self):
        self.png, self.markdown = b"", ""
        # an Image can change without flicker, but has no text for screen readers: the finished picture is HTML
        self.live = widgets.Image(format="png", layout={"width": f"{WIDTH}px", "max_width": "100%", "display": "none"})
        self.picture = widgets.HTML()
        self.text = widgets.HTML()
        super().__init__([self.live, self.picture, self.text])

    def show(self, *pictures):
        """Show pictures, one below the other, and their texts."""
        self.png = stacked([picture.png() for picture in pictures])
        self.markdown = "\n\n".join(picture.markdown() for picture in pictures)
        caption = html.escape(" ".join(picture.caption for picture in pictures))
        source = f"data:image/png;base64,{b64encode(self.png).decode()}"
        self.picture.value = f'<img alt="{caption}" src="{source}" width="{WIDTH}">'
        self.text.value = "".join(picture.html() for picture in pictures)

    def show_live(self, png):
        """Show a picture of what goes on."""
        self.live.value = png
        self.live.layout.display, self.picture.layout.display = None, "none"
        self.text.add_class("course-past")  # it tells of the run before

    def settle(self):
        """Show the last finished picture again."""
        self.live.layout.display, self.picture.layout.display = "none", None
        self.text.remove_class("course-past")


def stacked(pngs):
    """Return one PNG file of several, one below the other."""
    if len(pngs) == 1:
        return pngs[0]
    images = [PIL.Image.open(BytesIO(png)).convert("RGB") for png in pngs]
    whole = PIL.Image.new("RGB", (max(image.width for image in images), sum(image.height for image in images)), "white")
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height
    file = BytesIO()
    whole.quantize(128).save(file, format="png", optimize=True)
    return file.getvalue()


class Copy:
    """The last picture and its text as outputs of the panel's cell, for a notebook without a kernel."""

    def __init__(self):
        self._ids = uuid4().hex, uuid4().hex
        self._parts = [{"text/plain": "The panel's run did not end."}] * 2
        self._shown = False

    def update(self, exhibit):
        """Take over what the `Exhibit` shows."""
        self._parts = [
            {"image/png": b64encode(exhibit.png).decode(), "text/plain": "the picture of the panel's last run"},
            {"text/markdown": exhibit.markdown, "text/plain": exhibit.markdown},
        ]
        if self._shown:
            self.show()

    def show(self):
        """Show it as outputs of the cell, or in their place if they are there."""
        for place, part in zip(self._ids, self._parts):
            metadata = {"image/png": {"width": WIDTH}} if "image/png" in part else {}
            display(part, metadata=metadata, raw=True, display_id=place, update=self._shown)
        self._shown = True
