"""A figure as SVG: sharp at any zoom, and in colors that suit a light or a dark page."""

import hashlib
import re
import threading
from base64 import b64decode, b64encode
from io import BytesIO, StringIO
from xml.etree import ElementTree

import matplotlib
import PIL.Image
from matplotlib.backends.backend_svg import FigureCanvasSVG

# What follows the page's theme: a color or an opacity in figures → its variable, its value on a dark page.
# Workers' colors are not here: they stand out on both.
THEME = {
    "#000000": ("--course-ink", "#e0e0e0"),  # text, axes
    "#ffffff": ("--course-paper", "#111111"),
    "#555555": ("--course-muted", "#b3b3b3"),  # secondary text
    "#2b2b2b": ("--course-strong", "#d6d6d6"),  # computing
    "0.25": ("--course-pale", "0.4"),  # how strong a pale color is
    "#332288": ("--course-indigo", "#9184ec"),
    "#882255": ("--course-wine", "#e89bcf"),
}
# common system fonts, no wider than matplotlib's font, which the layout is computed with: so texts never touch
FONTS = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
RASTER_DPI = 200  # of parts with too many bars to write one by one: crisp at a zoom of 200%

ROOT_STYLE = f"fill:var(--course-ink);stroke-linejoin:round;font-family:{FONTS}"
SVG = "http://www.w3.org/2000/svg"
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "course"}  # text stays text, and ids are reproducible
_settings_in_use = threading.Lock()  # all threads share matplotlib's: a panel may draw while a cell does


def svg_of(figure, label):
    """Return a laid-out figure as the text of an SVG. The same figure always gives the same text.

    label  what a screen reader says

    All that leaks into a page that embeds the picture is its variables. `svg.course-picture` has the values of `THEME`,
    and any rule of the page for `svg.course-picture` overrides them.
    """
    text = written(figure)
    root = ElementTree.fromstring(text)
    names = new_names(text)
    for element in list(root.iter()):
        element.tag = local(element.tag)
        element.attrib = attributes(element, names)
        if element.tag == "pattern":
            thin_out(element)
    width, height = figure.get_size_inches() * 100
    root.attrib = {
        "xmlns": SVG,
        "class": "course-picture",
        "role": "img",
        "aria-label": label,
        "width": f"{width:.0f}",
        "height": f"{height:.0f}",
        "viewBox": root.get("viewBox"),
        "style": ROOT_STYLE,
    }
    # leaves out the first two: metadata, and a style that would apply to the whole page
    root[:] = [element_of_style(), *gathered(list(root)[2:])]
    return ElementTree.tostring(root, encoding="unicode")


def written(figure):
    """Return the figure as matplotlib writes it."""
    text, dpi = StringIO(), figure.get_dpi()
    figure.set_dpi(RASTER_DPI)
    try:
        with _settings_in_use, matplotlib.rc_context(SETTINGS):
            FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    finally:
        figure.set_dpi(dpi)
    return text.getvalue()


def new_names(text):
    """Return each id that is referenced → a name that no other picture on the page has."""
    prefix = "c" + hashlib.sha256(text.encode()).hexdigest()[:10]
    used = re.findall(r'(?:url\(|href=")#([^)"]+)', text)
    return {name: f"{prefix}-{number}" for number, name in enumerate(dict.fromkeys(used))}


def local(name):
    """Return the name without its namespace."""
    return name.rpartition("}")[2]


def attributes(element, names):
    """Return an element's attributes with new ids, variables for colors, and shorter paths."""
    become = {local(name): value for name, value in element.attrib.items()}
    become.pop("type", None)
    if "id" in become:
        become["id"] = names.get(become["id"])
    if "href" in become:
        place, _, name = become["href"].partition("#")
        become["href"] = f"#{names[name]}" if name else few_colors(place)
    if "clip-path" in become:
        become["clip-path"] = renamed(become["clip-path"], names)
    if "d" in become:
        become["d"] = short(become["d"])
    if "fill" in become:
        become["fill"] = themed(become["fill"])
    if "style" in become:
        become["style"] = themed(renamed(style(become["style"]), names))
    if become.get("transform", "").startswith("rotate(-0 "):
        del become["transform"]
    return {name: value for name, value in become.items() if value}


def few_colors(source):
    """Return a PNG's data URL reduced to few colors, which makes it much shorter."""
    kind, _, data = source.partition(",")
    with PIL.Image.open(BytesIO(b64decode(data))) as image:
        opaque = image.getextrema()[-1][0] == 255
        small = BytesIO()
        (image.convert("RGB") if opaque else image).quantize(128).save(small, format="png", optimize=True)
    return f"{kind},{b64encode(small.getvalue()).decode()}"


def renamed(value, names):
    return re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{names[found[1]]})", value)


def style(value):
    """Return a style without its font, which the whole picture shares, and without needless spaces."""
    parts = [part.strip().replace(": ", ":", 1) for part in value.split(";")]
    return ";".join(part for part in parts if not part.startswith("font-family"))


def themed(value):
    """Return a style or a color with variables for what follows the page's theme."""
    follows = re.compile("#[0-9a-f]{6}|(?<=fill-opacity:)[0-9.]+")
    return follows.sub(lambda found: f"var({THEME[found[0]][0]})" if found[0] in THEME else found[0], value)


def short(path):
    """Return the commands of a path, rounded to a hundredth of a point."""
    path = re.sub(r"\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), path)
    return re.sub(r"\s*([MLQCz])\s*", r"\1", path)


def thin_out(pattern):
    """Keep only the two dots of one period of a dotted hatch. Matplotlib writes a thousand dots, 250 KB."""
    pattern.attrib |= {"width": "3", "height": "6"}
    _, dots = pattern
    color = re.search("stroke:([^;]+)", dots.get("style"))[1]
    dots.attrib = {"d": "M.75 1.5h0M2.25 4.5h0", "style": f"stroke:{color};stroke-width:1.6;stroke-linecap:round"}


def gathered(elements):
    """Return the elements without needless groups and empty paths. Successive paths that look alike become one."""
    found = []
    for element in elements:
        element[:] = gathered(element)
        for part in element if element.tag == "g" and not element.attrib else [element]:
            if part.tag == "path" and not part.get("d"):
                continue  # all of it lies outside the axes
            if found and alike(found[-1], part):
                found[-1].set("d", found[-1].get("d") + part.get("d"))
            elif part.tag not in ("g", "defs") or len(part):
                part.text, part.tail = (part.text or "").strip() or None, None
                found.append(part)
    return found


def alike(one, other):
    """Return whether two elements are paths that differ only in where they go."""
    looks = [{name: value for name, value in path.attrib.items() if name != "d"} for path in (one, other)]
    return one.tag == other.tag == "path" and looks[0] == looks[1] and "id" not in looks[0]


def element_of_style():
    """Return the element that sets the variables, for a light and for a dark page."""
    light = "".join(f"{name}:{value};" for value, (name, _) in THEME.items())
    dark = "".join(f"{name}:{value};" for name, value in THEME.values())
    picture = ":where(svg.course-picture)"
    element = ElementTree.Element("style")
    element.text = f"{picture}{{{light}}}@media (prefers-color-scheme:dark){{{picture}{{{dark}}}}}"
    return element
