"""Each picture is crisp at any zoom, follows the page's theme, and says in words what it shows."""

import re
from base64 import b64decode
from html import unescape
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import PIL.Image
import pytest
import refresh
from matplotlib.layout_engine import ConstrainedLayoutEngine
from nbval.plugin import get_sanitize_patterns
from test_plots import WATCHED, measured
from test_simulate import played, tried
from test_timelines import compared, made, tile_run
from test_xrays import failures

from helpers import plots, timelines
from helpers.drawing.chart import PALE
from helpers.drawing.picture import COLORS, LINES, Picture, new_figure
from helpers.drawing.svg import THEME
from helpers.running.inside import Span
from helpers.running.log import Life
from helpers.runs import Run
from helpers.scripts.story import story_of
from helpers.scripts.xray import picture_of

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {
    "timeline": lambda: timelines.timeline(made(2, 8), made(4, 8)),
    "finished": lambda: timelines.finished(compared(made(4, 12))),
    "completion": lambda: timelines.completion({f"run {tasks}": made(1, tasks) for tasks in range(1, 7)}),
    "tiles": lambda: timelines.tiles(tile_run(), across=2),
    "speedup": lambda: plots.speedup(measured(), {1: 1.0, 2: 2.0}),
    "bars": lambda: plots.bars({"start": {"thread": [0.001, 0.002], "process": [0.05, 0.07]}}, unit="ms"),
    "simulated speedup": lambda: plots.simulated_speedup(*played()),
    "laws": lambda: plots.laws(0.1),
    "predictions": lambda: plots.predictions(tried()),
    "arrivals": lambda: plots.arrivals(WATCHED),
    "X-ray": lambda: picture_of(failures(), story_of(failures())),
}
LIGHT = {name: value for value, (name, _) in THEME.items()}
DARK = dict(THEME.values())
every_picture = pytest.mark.parametrize("name", PICTURES)


def without_style(svg):
    """Return the text of an SVG without the element that defines its variables."""
    return re.sub("<style>.*?</style>", "", svg)


@every_picture
def test_what_follows_the_page_is_a_variable_and_each_variable_has_a_value_in_both_themes(name):
    svg = PICTURES[name]().svg()
    drawn = without_style(svg)
    assert not [color for color in THEME if color.startswith("#") and color in drawn]
    used = set(re.findall(r"var\((--course-[a-z]+)\)", drawn))
    assert {"--course-ink", "--course-paper"} <= used <= LIGHT.keys()
    light, dark = re.search(r"<style>(.*?)@media \(prefers-color-scheme:dark\)\{(.*)\}</style>", svg).groups()
    for values, rule in ((LIGHT, light), (DARK, dark)):
        assert rule == f":where(svg.course-picture){{{''.join(f'{name}:{value};' for name, value in values.items())}}}"


def test_a_pale_color_is_stronger_on_a_dark_page():
    assert THEME[str(PALE)][0] in without_style(PICTURES["timeline"]().svg())


@every_picture
def test_it_is_an_element_with_a_name_that_changes_nothing_else_of_its_page(name):
    picture = PICTURES[name]()
    root = ElementTree.fromstring(picture.svg())
    assert (
        root.tag == f"{SVG}svg" and root.get("class") == "course-picture" and root.get("aria-label") == picture.caption
    )
    assert len(root.findall(f".//{SVG}style")) == 1
    assert not re.search(r"\bdc:|matplotlib|Matplotlib|xlink", picture.svg())


@every_picture
def test_text_is_text(name):
    picture = PICTURES[name]()
    texts = {element.text for element in ElementTree.fromstring(picture.svg()).iter(f"{SVG}text")}
    axes = picture.figure.axes[0]
    assert {axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()} - {""} <= texts


def ids(svg):
    return set(re.findall(r'\bid="([^"]+)"', svg))


@every_picture
def test_its_ids_are_its_own_and_all_that_it_refers_to(name):
    one, other = PICTURES[name]().svg(), plots.bars({"": {"a": [2.0]}}).svg()
    assert ids(one) == set(re.findall(r'(?:url\(|href=")#([^)"]+)', one))
    assert ids(other) and ids(one).isdisjoint(ids(other))


@every_picture
def test_the_same_figure_gives_the_same_text(name):
    picture = PICTURES[name]()
    svg = picture.svg()
    assert picture.png().startswith(b"\x89PNG")
    assert picture.svg() == svg
    if name != "tiles":  # their run is measured
        assert PICTURES[name]().svg() == svg


def test_the_numbers_on_tiles_stay_white_on_black():
    drawn = without_style(PICTURES["tiles"]().svg())
    assert len(re.findall('style="[^"]*fill:#fefefe"', drawn)) == 4
    assert drawn.count('style="fill:#010101;opacity:0.6"') == 4


def test_tiles_are_stored_as_they_were_computed_with_few_colors():
    data = re.search('href="data:image/png;base64,([^"]*)"', PICTURES["tiles"]().svg())[1]
    with PIL.Image.open(BytesIO(b64decode(data))) as image:
        assert image.size == (8, 8) and image.mode == "P"


def test_a_figure_is_laid_out_once(monkeypatch):
    times, execute = [], ConstrainedLayoutEngine.execute
    monkeypatch.setattr(
        ConstrainedLayoutEngine, "execute", lambda self, figure: (times.append(figure), execute(self, figure))
    )
    picture = PICTURES["finished"]()
    assert picture.svg() and picture.png() and picture.image()
    assert times == [picture.figure]


def test_the_paths_are_short_and_alike_ones_are_one():
    figure = new_figure(1.0)
    axes = figure.subplots()
    axes.barh([0, 1], [1, 1 / 3], color=COLORS[0])
    axes.barh([2], [1], color=COLORS[1])
    svg = Picture(figure, "").svg()
    assert svg.count("fill:#0072b2") == svg.count("fill:#e69f00") == 1
    assert not re.search(r' d="[^"]*\d\.\d{3}', svg)


# --- Contrast ---


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    """Return the contrast of two colors as WCAG defines it, 1 to 21."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def shown(color, values):
    """Return the color that is seen with these values of the variables."""
    variable = re.fullmatch(r"var\((.*)\)", color)
    return values[variable[1]] if variable else color


def drawn_with(svg, what):
    """Return the colors of an SVG's texts (what="fill") or lines (what="stroke"), except the paper's."""
    for element in ElementTree.fromstring(svg).iter():
        is_text = element.tag == f"{SVG}text"
        style = dict(part.split(":", 1) for part in element.get("style", "").split(";") if part)
        if is_text == (what == "fill"):
            yield style.get(what, "var(--course-ink)" if is_text else "none")


@pytest.mark.parametrize("values", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("what", "least"), [("fill", 4.5), ("stroke", 3.0)], ids=["text", "lines"])
@pytest.mark.parametrize("name", [name for name in PICTURES if name != "tiles"])  # whose paper is the tiles
def test_text_and_lines_stand_out_from_the_paper(name, what, least, values):
    colors = set(drawn_with(PICTURES[name]().svg(), what)) - {"none", "var(--course-paper)"}
    assert colors
    for color in colors:
        assert contrast(shown(color, values), values["--course-paper"]) >= least, color


@pytest.mark.parametrize("values", [LIGHT, DARK], ids=["light", "dark"])
def test_two_lines_differ_in_both_themes(values):
    colors = [values[THEME[line.lower()][0]] if line.lower() in THEME else line.lower() for line in LINES]
    parts = np.array([[int(color[place : place + 2], 16) for place in (1, 3, 5)] for color in colors])
    apart = np.linalg.norm(parts[:, None] - parts, axis=-1) + 1000 * np.eye(len(parts))
    assert apart.min() > 60


# --- Size ---


def test_an_ordinary_picture_is_small():
    assert max(len(picture().svg()) for picture in PICTURES.values()) < 60_000


def full_run(workers, tasks):
    """A run that keeps all its workers busy with tasks, each of which computes for half of its time."""
    seconds = workers / tasks
    spans = [
        Span(task % workers, 1, 0.0, start, start + 0.9 * seconds, 0.45 * seconds, task)
        for task, start in ((task, task // workers * seconds) for task in range(tasks))
    ]
    return Run("full", spans, 0.0, 1.0, [Life(number, 1, 1e-6, 2e-6, 0.0) for number in range(workers)])


@pytest.mark.parametrize("tasks", [6_400, 20_000, 100_000])
def test_a_picture_of_many_tasks_on_64_workers_stays_small(tasks):
    picture = timelines.finished(compared(full_run(64, tasks)))
    svg = picture.svg()
    assert len(svg) + len(picture.png()) < 1_000_000
    assert svg.count("<image") == 1  # the bars, and nothing else
    assert ">worker</text>" in svg


def test_a_picture_of_some_hundred_tasks_has_no_image():
    assert "<image" not in timelines.finished(compared(full_run(4, 400))).svg()


# --- What a notebook shows ---


@pytest.fixture
def bundle(monkeypatch):
    """What a notebook gets for a picture whose caption contains HTML markup."""
    outputs = []
    monkeypatch.setattr(
        "helpers.drawing.picture.display", lambda data, **options: outputs.append((data, options.get("metadata")))
    )
    figure = new_figure(1.0)
    figure.subplots().plot([0, 1])
    Picture(figure, 'The "quick" <b>run</b> & more.', ["a"], [["1"]])._ipython_display_()
    (data, metadata), (text, _) = outputs
    assert text.data.startswith('The "quick"')
    return data, metadata


def test_a_notebook_gets_html_and_a_png_of_the_same_width(bundle):
    data, metadata = bundle
    assert list(data) == ["text/html", "image/png", "text/plain"]
    with PIL.Image.open(BytesIO(b64decode(data["image/png"]))) as png:
        assert png.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert metadata == {"image/png": {"width": 860}} and ' width="860"' in data["text/html"]


def test_its_image_is_the_svg_and_its_alt_the_caption(bundle):
    (image,) = re.findall("<img[^>]*>", bundle[0]["text/html"])
    assert unescape(re.search('alt="([^"]*)"', image)[1]) == 'The "quick" <b>run</b> & more.'
    svg = b64decode(re.search('data:image/svg[+]xml;base64,([^"]*)', image)[1]).decode()
    assert ElementTree.fromstring(svg).get("class") == "course-picture"


@pytest.mark.parametrize(("is_light", "paper"), [("true", (255, 255, 255)), ("false", (17, 17, 17))])
def test_its_paper_has_the_color_of_jupyterlab_s_theme(bundle, page, is_light, paper):
    page.set_content(f'<body data-jp-theme-light="{is_light}">{bundle[0]["text/html"]}')
    shot = page.locator("img.course-picture").screenshot()
    assert PIL.Image.open(BytesIO(shot)).convert("RGB").getpixel((300, 3)) == paper


def test_within_a_page_the_page_s_own_rules_come_first(page):
    figure = new_figure(1.0)
    figure.subplots().plot([0, 1])
    rule = ".course-panel svg.course-picture { --course-paper: #123456 }"
    page.set_content(f"<style>{rule}</style><div class='course-panel'>{Picture(figure, '').svg()}</div>")
    shot = page.locator("svg").screenshot()
    assert PIL.Image.open(BytesIO(shot)).convert("RGB").getpixel((300, 3)) == (0x12, 0x34, 0x56)


# --- Notebooks are compared with their stored outputs, except for what was measured ---


def test_two_runs_of_a_notebook_may_show_different_figures():
    patterns = get_sanitize_patterns((Path(__file__).parent / "nbval.cfg").read_text(encoding="utf-8"))
    one, other = (timelines.finished(compared(made(2, 8), seconds)).image() for seconds in (5.0, 4.0))
    assert one != other
    for regex, replacement in patterns:
        one, other = re.sub(regex, replacement, one), re.sub(regex, replacement, other)
    assert one == other and "<img" not in one


def test_a_notebook_with_a_picture_shows_no_path_whatever_letters_the_picture_has():
    picture = nbformat.v4.new_output("display_data", {"text/html": '<img src="data:image/svg+xml;base64,a/tmp/b=">'})
    path = nbformat.v4.new_output("stream", text="/tmp/b")
    cell = nbformat.v4.new_code_cell(outputs=[picture])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    refresh.complain(refresh.normalized(notebook))
    cell.outputs.append(path)
    with pytest.raises(refresh.Refused, match="shows a path of this machine: /tmp/b"):
        refresh.complain(refresh.normalized(notebook))


def test_a_long_table_is_folded():
    few, many = (Picture(new_figure(1), "So it is.", ["a", "b"], [["1", "2"]] * count) for count in (10, 11))
    assert "<details>" not in few.markdown()
    assert many.markdown().startswith("So it is.\n\n<details><summary>The figures: 11 rows</summary>\n\n| a | b |\n")
    assert many.markdown().endswith("| 1 | 2 |\n\n</details>")
