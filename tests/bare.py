"""A widget of the course in a bare page: the test plays the kernel's side of the widget's model."""

from base64 import b64encode

PAGE = """<!doctype html><body data-jp-theme-light="{light}" style="background: var(--jp-layout-color0)">
<style>:root {{ {theme} }} {style}</style><p tabindex="0">before</p><div id="widget"></div>"""
# some of the variables of JupyterLab's dark theme
DARK = """--jp-layout-color0: #111; --jp-layout-color1: #212121; --jp-layout-color2: #424242;
--jp-content-font-color1: #fff; --jp-content-link-color: #64b5f6; --jp-cell-editor-background: #1a1a1a"""

# `put` changes the model as the kernel would, `sent` is what the widget sent to the kernel, `fire` is another event.
START = """async ([source, state]) => {
    const revived = (value) => {
        if (value === null || typeof value !== "object") return value;
        if ("base64" in value) return new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
        for (const name in value) value[name] = revived(value[name]);
        return value;
    };
    const listeners = {};
    window.state = revived(state);
    window.sent = [];
    window.fire = (event) => [...(listeners[event] ?? [])].forEach((listener) => listener());
    window.put = (changes) => {
        Object.assign(window.state, revived(changes));
        for (const name in changes) window.fire(`change:${name}`);
    };
    const model = {
        get: (name) => window.state[name],
        set: () => {},
        on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
        off: (event, listener) => listeners[event]?.delete(listener),
        send: (message) => window.sent.push(structuredClone(message)),
    };
    const widget = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const el = document.getElementById("widget");
    widget.default.render({ model, el, signal: new AbortController().signal });
}"""


class BareWidget:
    """A widget in a page of its own.

    page    a page of Playwright
    widget  the class of the widget: a `CourseWidget`
    state   what the model holds
    dark    whether the theme is dark
    """

    def __init__(self, page, widget, state, dark=False):
        self.page = page
        page.set_content(PAGE.format(light=str(not dark).lower(), theme=DARK if dark else "", style=widget._css))
        page.evaluate(START, [widget._esm, encoded(state)])
        self.box = page.locator("#widget")

    def put(self, **changes):
        """Change the model as the kernel would."""
        self.page.evaluate("put", encoded(changes))

    def sent(self, what):
        """Return the messages of a kind that the widget sent to the kernel."""
        return [message for message in self.page.evaluate("sent") if message["do"] == what]

    def fire(self, event):
        self.page.evaluate("fire", event)

    def height(self):
        return self.box.evaluate("box => box.offsetHeight")


def encoded(value):
    """Return a value for the browser, bytes as text."""
    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: encoded(part) for name, part in value.items()}
    return [encoded(part) for part in value] if isinstance(value, list | tuple) else value
