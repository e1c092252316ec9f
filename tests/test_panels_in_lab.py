"""A learner in JupyterLab uses the panel: watches, cancels, predicts, compares, and sees what goes wrong."""

import ast
import csv
import json
import re
from time import monotonic, sleep
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import course
import nbconvert
import nbformat
import psutil
import pytest
from conftest import ROOT, open_notebook, wait_for_kernel, write_notebook
from playwright.sync_api import expect
from thorough import mostly_thorough

WITH_PANEL, WITH_QUIZ = (
    [path for path in course.NOTEBOOKS if any(widget in cell.source for cell in course.cells(path, "code"))]
    for widget in ("Panel(", "Quiz(")
)
SCREENSHOTS = ROOT / "tests" / "screenshots"

# How long pages take doesn't depend on the processor: a fifth of the size, see SHORTER. One after the other they take
# three seconds, eight at a time 0.4 s.
PANEL = """\
from helpers.panels import Panel

Panel(workload="pages", workers=8, tasks=32, size=500)"""

# A run takes a moment, and a sweep two seconds.
EVERY_CONTROL = """\
from helpers.panels import Panel
from helpers.panels.workloads import SETTING_NAMES

Panel(controls=SETTING_NAMES, workload="pages", workers=2, tasks=8, size=50)"""

# Its tasks wait for as long as the file "hold" is there, except the first one. So a run goes on until a test has done
# what it is to do in the middle, however slow the browser is.
HELD = """\
from helpers.panels import Panel
from held import work

Panel(worker=work, items=range(32), workers=8)"""
WORK = """\
from pathlib import Path
from time import monotonic, sleep


def work(number):
    give_up = monotonic() + 120
    while number and Path("hold").exists() and monotonic() < give_up:
        sleep(0.02)
    sleep(0.05)
"""

# Its module takes longer to load than anywidget waits, as on a busy computer.
LATE = """\
from helpers.panels import Panel


class Late(Panel):
    _esm = "await new Promise(resolve => setTimeout(resolve, 4000));" + Panel._esm


Late(workload="pages", workers=8, tasks=32, size=500)"""

WAIT = """\
from pathlib import Path
from time import monotonic, sleep

began = monotonic()
while Path("hold").exists() and monotonic() - began < 60:
    sleep(0.05)"""

SETTING = ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/kernels-settings.jupyterlab-settings"
COMMS = {"main-thread": "disabled", "subshells": "perCommTarget"}

# Notes each picture that is drawn: when it was drawn, and how far the bars of worker 1 reach.
WATCH = """timeline => {
    window.pictures = [];
    new MutationObserver(() => {
        const reach = timeline.querySelector("path.pale")?.getBoundingClientRect().right ?? 0;
        const run = timeline.parentElement.querySelector("h4").textContent;
        window.pictures.push({ seconds: performance.now() / 1000, reach, run });
    }).observe(timeline.querySelector("svg"), { childList: true });
}"""

# What in a panel reaches beyond its right edge or that of the page; and what does not fit its own place.
CUT_OFF = """panel => {
    const right = Math.min(panel.getBoundingClientRect().right, document.documentElement.clientWidth) + 1;
    return [...panel.querySelectorAll("*")]
        .filter(part => part.checkVisibility() && !part.closest("pre, .scrolls"))  // these scroll
        .filter(part => part.getBoundingClientRect().right > right
            || part.matches("button, label, output, td, th, h4, span") && part.scrollWidth > part.clientWidth + 1)
        .map(part => part.outerHTML.slice(0, 100));
}"""

# Whether a widget has the focus, and its cell is still a code cell and still the active one.
STILL_THERE = """widget => widget.contains(document.activeElement)
    && widget.closest(".jp-Cell").matches(".jp-CodeCell.jp-mod-active")"""

# Notes each height that the panel has, from its first frame on, and whether a frame shows the copy of its picture too.
FRAMES = """
window.heights = [];
window.twice = false;
const look = () => {
    const panel = document.querySelector(".course-panel");
    const height = panel?.offsetHeight;
    if (height && height !== window.heights.at(-1)) window.heights.push(height);
    const copy = panel?.closest(".jp-Cell")?.querySelector(".course-fallback");
    window.twice ||= Boolean(height && copy?.checkVisibility());
    requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


class LearnersPanel:
    """The panel in a page, as a learner finds it: by roles, by names, and by its text."""

    def __init__(self, page):
        self.page = page
        self.box = page.locator(".course-panel")
        self.status = self.box.locator(".status")
        self.timeline = self.box.locator(".timeline")
        self.heading = self.box.locator("h4")
        self.count = self.box.locator(".count")
        self.runs = self.box.get_by_role("row", name=re.compile(r"^run \d"))

    def button(self, name):
        return self.box.get_by_role("button", name=name)

    def tab(self, name):
        return self.box.get_by_role("tab", name=name, exact=True)

    def slider(self, name):
        return self.box.get_by_role("slider", name=name, exact=True)

    def press(self, control, key="Enter"):
        """Go to a control by the Tab key, and press a key there."""
        for _ in range(60):
            if control.evaluate("control => control === document.activeElement"):
                self.page.keyboard.press(key)
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"The Tab key does not lead to {control}.")

    def says(self, text):
        expect(self.status).to_contain_text(text)

    def run_to_the_end(self):
        """Press Run, and wait until the run has ended well."""
        number = int(re.search(r"\d+", self.heading.text_content())[0])
        self.press(self.button("Run"))
        expect(self.heading).to_contain_text(re.compile(rf"Run {number + 1}\. .* tasks in"))
        self.says("Done: ")

    def begin_a_long_run(self):
        """Run with one worker: three seconds. Returns when some tasks are done."""
        self.press(self.slider("workers"), "Home")
        self.press(self.button("Run"))
        self.says("Running: Pool, 1 worker.")
        expect(self.count).to_contain_text(re.compile("^[1-9] of 32 tasks"))

    def is_held_up(self, text):
        """Wait until a run says this, its first task is done, and the others wait: see `HELD`."""
        self.says(text)
        expect(self.count).to_contain_text(re.compile("^1 of 32 tasks"))

    def screenshot(self, name):
        SCREENSHOTS.mkdir(exist_ok=True)
        self.box.scroll_into_view_if_needed()
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


class Kernel:
    """The kernel of an open notebook."""

    def __init__(self, lab, path):
        self._address = f"{lab.url}/api/sessions{{}}?token={lab.token}"
        (session,) = [session for session in sessions(lab) if session["path"] == path]
        self._session, name = session["id"], session["kernel"]["id"]
        # a process that it has just forked still shows the kernel's command line
        found = [process for process in lab.processes() if name in command(process)]
        self._process = min(found, key=lambda process: process.create_time())

    def started(self):
        """Return the processes that it started, and those that they started, except the one that Python keeps."""
        children = self._process.children(recursive=True)
        return [process for process in running(children) if "resource_tracker" not in command(process)]

    def worker(self):
        """Return a process that started none."""
        return next(process for process in self.started() if not process.children())

    def shut_down(self):
        self._process.kill()  # it would take a while
        give_up = monotonic() + 30
        while not self._end_session():
            assert monotonic() < give_up, "the server can't end the session"
            sleep(0.2)

    def _end_session(self):
        """Let the server end the session. Return whether it could: while it is starting the kernel, it can't."""
        try:
            urlopen(Request(self._address.format(f"/{self._session}"), method="DELETE"), timeout=30).close()
        except HTTPError as error:
            return error.code == 404  # an earlier try has ended it
        return True


def sessions(lab):
    """Return what JupyterLab's server says about its open notebooks."""
    with urlopen(f"{lab.url}/api/sessions?token={lab.token}", timeout=30) as answer:
        return json.load(answer)


def command(process):
    """Return the command line of a process, or "" if it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def running(processes):
    return [process for process in processes if process.is_running() and command(process)]


def run_all_cells(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def interrupt_kernel(page):
    """Press JupyterLab's button, and wait until its server says that it has interrupted the kernel."""
    with page.expect_response(lambda response: response.url.split("?")[0].endswith("/interrupt")) as answer:
        page.get_by_role("button", name="Interrupt the kernel").click()
    assert answer.value.status == 204


@pytest.fixture
def learner(lab, page, request):
    """Return a function that writes a notebook with given cells, runs it, and returns the panel after its first run."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-") + ".ipynb"
    place = f"notebooks/{name}"

    def open_with(*sources, cells=()):
        path = write_notebook(lab, name, [*map(nbformat.v4.new_code_cell, sources), *cells])
        open_notebook(page, lab, name)
        run_all_cells(page)
        panel = LearnersPanel(page)
        panel.notebook, panel.kernel = path, Kernel(lab, place)
        expect(panel.status).to_contain_text("Done: ", timeout=120_000)
        wait_for_kernel(page)
        return panel

    yield open_with
    if any(session["path"] == place for session in sessions(lab)):  # a test may have shut it down
        Kernel(lab, place).shut_down()


@pytest.fixture(params=mostly_thorough(COMMS, ["subshells"]))
def comms(lab, request):
    """JupyterLab's setting for where the kernel handles widget messages."""
    setting = lab.home / SETTING
    setting.parent.mkdir(parents=True, exist_ok=True)
    setting.write_text(json.dumps({"commsOverSubshells": COMMS[request.param]}))
    yield request.param
    setting.unlink()


# --- The course's notebooks ---


def test_the_first_notebook_and_every_lesson_have_a_panel_and_every_lesson_a_quiz():
    without = [path for path in [course.NOTEBOOKS[0], *course.LESSONS] if path not in WITH_PANEL]
    for path, instead in zip(without, ["Steps(", "explore(", "explore("], strict=True):  # 09, 10 and 12
        assert any(instead in cell.source for cell in course.cells(path, "code"))
    assert course.LESSONS == WITH_QUIZ


def cells_for_panel(path):
    """Return the first line of each cell that makes a name or a file that the cell of the panel needs."""
    sources = [cell.source for cell in course.cells(path, "code")]
    (place,) = [place for place, source in enumerate(sources) if "Panel(" in source]
    needed, found = names(sources[place])[1], []
    for source in reversed(sources[:place]):
        made, used = names(source)
        if made & needed:
            needed |= used
            found.insert(0, source.splitlines()[0])
    return found


def names(source):
    """Return the names that a cell makes, and those that it uses and doesn't make, with modules among them."""
    if source.startswith("%"):
        return {source.split()[1].removesuffix(".py")}, set()
    nodes = list(ast.walk(ast.parse(source)))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    made = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.alias)}
    made |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return made, (used - made) | modules


@pytest.mark.timeout(400)
@pytest.mark.parametrize("path", mostly_thorough(WITH_PANEL, WITH_PANEL[5:6]), ids=lambda path: path.stem)
def test_in_its_notebook_panel_and_quiz_are_in_view_and_keep_their_keys_and_the_panel_shows_runs(path, lab, page):
    page.add_init_script(FRAMES)
    page.set_viewport_size({"width": 1200, "height": 900})
    open_notebook(page, lab, path.name)
    for first_line in cells_for_panel(path):
        run_cell(page, first_line)
    run_cell(page, "Panel(")
    panel = LearnersPanel(page)
    expect(panel.status).to_contain_text("Done: ", timeout=120_000)
    in_view(page, panel.box)
    heights = page.evaluate("heights")
    assert max(heights) - min(heights) <= 8, heights
    expect(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)

    panel.timeline.evaluate(WATCH)
    slider = panel.slider("workers")
    slider.focus()
    page.keyboard.press("ArrowRight")
    workers = int(slider.input_value())
    panel.press(panel.button("Run"))
    expect(panel.count).to_contain_text("tasks")
    expect(panel.status).to_contain_text(re.compile(rf"^Done: .*, {workers} workers, \d+\.\d+ s"), timeout=60_000)
    assert len([picture for picture in page.evaluate("pictures") if "running" in picture["run"]]) >= 2
    expect(panel.heading).to_contain_text(re.compile(rf"{workers} workers: \d+ tasks in"))
    heights = page.evaluate("heights")
    assert max(heights) - min(heights) <= 8, heights
    assert not page.evaluate("twice")
    assert panel.box.locator("xpath=ancestor::*[contains(@class, 'jp-Cell')]").locator(".course-fallback").count() == 1
    assert panel.box.evaluate(CUT_OFF) == []
    panel.screenshot(path.stem)
    stays_out_of_view(page, panel.box)

    for name in ["Compare runs", "Predict, then measure", "Run"]:
        panel.tab(name).click()
        keeps_its_keys(page, panel.box)

    if path in WITH_QUIZ:
        run_cell(page, "Quiz(")
        quiz = page.locator(".course-quiz")
        expect(quiz.locator(".course-question")).not_to_have_count(0)
        in_view(page, quiz)
        keeps_its_keys(page, quiz)
    with page.expect_response(lambda response: response.request.method == "PUT" and "/api/contents/" in response.url):
        page.keyboard.press("Control+s")
    now, before = (course.read(folder / path.name).cells for folder in (lab.served / "notebooks", course.FOLDER))
    assert [(cell.cell_type, cell.source) for cell in now] == [(cell.cell_type, cell.source) for cell in before]
    Kernel(lab, f"notebooks/{path.name}").shut_down()


def nothing_is_cut_off(panel):
    """Wait until the page has a new layout in which all of the panel has room, or fail."""
    for _ in range(20):
        if not (cut := panel.box.evaluate(CUT_OFF)):
            return
        panel.page.wait_for_timeout(100)
    pytest.fail(f"cut off at {panel.page.viewport_size}: {cut[:5]}")


def run_cell(page, text):
    """Find the first code cell that holds the text, and run it by Shift+Enter."""
    cell = page.locator(".jp-CodeCell").filter(has_text=text).first
    find(page, cell)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def keeps_its_keys(page, widget):
    """Type on each control of a widget what JupyterLab has shortcuts for, or fail if that changes the notebook."""
    for control in widget.locator("button, select, input, summary, [tabindex='0']").filter(visible=True).all():
        if control.get_attribute("aria-disabled") == "true" or control.is_disabled():
            continue
        control.focus()
        for key in ["x", "d", "d", "r", "m", "1", "7", "ArrowDown", "ArrowUp", "ArrowRight"]:
            page.keyboard.press(key)
        assert widget.evaluate(STILL_THERE), control


def find(page, cell):
    """Scroll down until JupyterLab has drawn a cell. It draws only those near the view."""
    notebook = page.locator(".jp-WindowedPanel-outer").first
    for _ in range(100):
        if cell.count():
            break
        notebook.evaluate("notebook => notebook.scrollBy(0, 600)")
        page.wait_for_timeout(50)
    cell.scroll_into_view_if_needed()


def in_view(page, widget):
    """Wait until the top of a widget is in view, or fail."""
    page.wait_for_function(
        """widget => {
            const view = widget.closest(".jp-WindowedPanel-outer").getBoundingClientRect();
            const { top } = widget.getBoundingClientRect();
            return view.top - 1 <= top && top < view.bottom - 100;
        }""",
        arg=widget.element_handle(),
        timeout=5000,
    )


def stays_out_of_view(page, widget):
    """Scroll away from a widget that was brought into view, or fail if that happens again."""
    notebook = page.locator(".jp-WindowedPanel-outer").first
    before = widget.evaluate("widget => widget.getBoundingClientRect().top")
    notebook.hover(position={"x": 5, "y": 5})
    page.mouse.wheel(0, -400)
    moved = "([widget, before]) => widget.getBoundingClientRect().top > before + 100"
    page.wait_for_function(moved, arg=[widget.element_handle(), before])
    page.wait_for_timeout(500)  # it looked ten times a second
    assert page.evaluate(moved, [widget.element_handle(), before])


# --- Watch and cancel ---


@pytest.mark.timeout(400)
def test_bars_grow_while_a_run_goes_on_and_a_canceled_run_leaves_nothing(comms, learner, page, record_property):
    panel = learner(PANEL, WAIT)
    panel.timeline.evaluate(WATCH)
    panel.begin_a_long_run()
    expect(panel.count).to_contain_text(re.compile("^[12]. of 32 tasks"))
    panel.screenshot(f"running-{comms}")
    panel.says("Done: Pool, 1 worker,")
    pictures = [picture for picture in page.evaluate("pictures") if picture["run"].endswith("running")]
    reach = [picture["reach"] for picture in pictures]
    assert sum(later > sooner for sooner, later in zip(reach, reach[1:])) >= 3, reach
    a_second = (len(pictures) - 1) / (pictures[-1]["seconds"] - pictures[0]["seconds"])
    record_property("live pictures a second", round(a_second, 2))
    assert a_second >= 2  # the panel promises five: this leaves room for a slow browser

    panel.begin_a_long_run()
    started = panel.kernel.started()
    assert started
    panel.press(panel.button("Cancel"))
    panel.says("Canceled.")
    assert not running(started)
    assert not panel.kernel.started()
    expect(panel.heading).to_contain_text(re.compile(r"ended after .*, \d+ of 32 tasks done"))

    hold = panel.notebook.with_name("hold")
    hold.touch()
    page.locator(".jp-CodeCell .cm-content").last.click()
    page.keyboard.press("Control+Enter")
    waiting = page.locator(".jp-InputPrompt", has_text="[*]")
    expect(waiting).to_be_visible()
    slider = panel.slider("workers")
    slider.focus()
    page.keyboard.press("ArrowRight")
    panel.button("Run").click()
    if comms == "subshells":
        panel.says("Running: Pool, 2 workers.")
        panel.button("Cancel").click()
        panel.says("Canceled.")
        expect(waiting).to_be_visible()
    else:  # the kernel handles one thing after another, and the panel says so
        panel.says("The kernel is busy with another cell.")
        expect(slider).to_have_attribute("aria-valuetext", "2")
    hold.unlink()
    expect(waiting).to_have_count(0)
    if comms == "main-thread":
        panel.says("Done: Pool, 2 workers,")


# --- Predict, measure, compare ---


def test_predict_measure_and_compare_by_keyboard(learner, page):
    panel = learner(EVERY_CONTROL)
    panel.press(panel.tab("Run"), "ArrowRight")
    expect(panel.tab("Predict, then measure")).to_have_attribute("aria-selected", "true")
    for field in panel.box.get_by_role("textbox").all():
        panel.press(field, "8")
        page.keyboard.type("0,5")
    panel.press(panel.button("Measure"))
    panel.says("Prediction and measurement first differ at 1 worker: you expected 80.5, and it was less:")
    expect(panel.box.get_by_role("row", name=re.compile("^2 80.50 "))).to_be_visible()

    panel.slider("workers").focus()  # the Tab key would go through the whole page
    page.keyboard.press("ArrowRight")
    panel.run_to_the_end()
    expect(panel.tab("Run")).to_have_attribute("aria-selected", "true")
    panel.tab("Run").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(panel.tab("Compare runs")).to_have_attribute("aria-selected", "true")
    expect(panel.runs).to_have_count(2)
    expect(panel.box.locator("svg.course-picture")).to_be_visible()
    with page.expect_download() as download:
        panel.press(panel.box.get_by_role("link", name="Save as runs.csv"))
    assert download.value.suggested_filename == "runs.csv"
    with download.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["workers"]) for row in rows] == [("1", "2"), ("2", "3")]


# --- Readable ---

# A projector of 1920 × 1080 with the page zoomed to 150 %; and a page zoomed to 200 %, as wide as half a screen.
VIEWS = {
    "1200": {"viewport": {"width": 1200, "height": 1200}},
    "900": {"viewport": {"width": 900, "height": 1000}},
    "projector": {"viewport": {"width": 1280, "height": 720}, "device_scale_factor": 1.5},
    "200-percent": {"viewport": {"width": 700, "height": 600}, "device_scale_factor": 2},
}
DARK = ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"


def test_every_control_has_a_name_and_nothing_is_cut_off_in_both_themes(learner, lab, page, browser):
    panel = learner(EVERY_CONTROL)
    for theme in ["light", "dark"]:
        page.evaluate(
            "([name, light]) => document.body.dataset.jpThemeLight = light", [theme, str(theme == "light").lower()]
        )
        for view, options in VIEWS.items():
            page.set_viewport_size(options["viewport"])
            for name in ["Run", "Predict, then measure", "Compare runs"]:
                panel.tab(name).click()
                panel.screenshot(f"{name.split()[0].strip(',').lower()}-{view}-{theme}")
                nothing_is_cut_off(panel)
    panel.tab("Run").click()
    named = re.findall(
        '^ *- \'?(combobox|slider|textbox|button|tab|link|img|checkbox|application)\\b(?: "(.*?)")?',
        panel.box.aria_snapshot(),
        re.M,
    )
    assert all(name for _, name in named), named
    sliders = [name for role, name in named if role == "slider"]
    assert sliders == ["workers", "tasks", "ms a page", "chunksize", "moment of the run"]


# --- What goes wrong ---


def test_a_panel_whose_module_was_slow_to_load_hears_the_kernel(comms, learner):
    panel = learner(LATE)
    panel.run_to_the_end()


@pytest.fixture
def hold(lab):
    """The file that holds up the tasks of `HELD`."""
    (lab.served / "notebooks" / "held.py").write_text(WORK)
    hold = lab.served / "notebooks" / "hold"
    yield hold
    hold.unlink(missing_ok=True)


@pytest.mark.timeout(400)
def test_after_a_killed_worker_many_clicks_and_interrupts_the_next_run_works(learner, hold, page):
    panel = learner(HELD)
    hold.touch()
    panel.press(panel.slider("workers"), "Home")
    panel.press(panel.button("Run"))
    panel.is_held_up("Running: Pool, 1 worker.")
    started = panel.kernel.started()
    panel.kernel.worker().kill()
    panel.says("was killed by SIGKILL")
    panel.says("Press Run to run again.")
    assert not running(started)
    expect(panel.box.locator("svg").get_by_text("✗")).to_be_visible()
    panel.screenshot("killed")

    panel.button("Run").click(click_count=20)
    panel.is_held_up("Running: Pool, 1 worker.")
    hold.unlink()
    panel.says("Done: Pool, 1 worker,")
    expect(panel.heading).to_contain_text("Run 2.")

    hold.touch()
    panel.press(panel.button("Run"))
    panel.is_held_up("Running: Pool, 1 worker.")
    started = panel.kernel.started()
    interrupt_kernel(page)
    panel.says("The kernel was interrupted")
    assert not running(started)

    run_all_cells(page)  # now the cell itself waits for a run
    panel.is_held_up("First, the same tasks one after the other")
    interrupt_kernel(page)
    panel.says("The kernel was interrupted")
    wait_for_kernel(page)
    assert not panel.kernel.started()

    hold.unlink()
    panel.press(panel.button("Run"))
    panel.says("Done: Pool, 8 workers,")


def test_when_the_kernel_is_restarted_or_shut_down_in_mid_run_the_panel_says_what_to_do(learner, page):
    panel = learner(PANEL)
    for what in ["Restart Kernel", "Shut Down Kernel"]:
        panel.begin_a_long_run()
        page.get_by_role("menuitem", name="Kernel", exact=True).click()
        page.get_by_role("menuitem", name=re.compile(rf"^{what}\b(?! and)")).first.click()
        if what == "Restart Kernel":
            page.locator(".jp-Dialog button.jp-mod-accept").click()
        expect(panel.status).to_have_text("The kernel has ended: run this cell again (Shift+Enter).")
        expect(panel.box.get_by_role("progressbar")).to_be_hidden()
        expect(panel.button("Run")).to_have_attribute("aria-disabled", "true")
        if what == "Restart Kernel":
            wait_for_kernel(page)
            run_all_cells(page)
            panel.says("Done: ")


# --- Without a kernel ---


def test_a_saved_notebook_shows_the_last_run_and_its_text_without_a_kernel(learner, lab, page, browser):
    panel = learner(EVERY_CONTROL)
    panel.press(panel.slider("workers"), "ArrowRight")
    panel.run_to_the_end()
    with page.expect_response(lambda response: response.request.method == "PUT" and "/api/contents/" in response.url):
        page.keyboard.press("Control+s")
    (cell,) = nbformat.read(panel.notebook, as_version=4).cells
    _, copy = (output.data for output in cell.outputs)
    assert copy["image/png"] and copy["text/markdown"].startswith("Pool, 3 workers: 8 tasks in")

    html, _ = nbconvert.HTMLExporter().from_filename(panel.notebook)
    reader = browser.new_page(java_script_enabled=False)
    reader.set_content(html)
    shows_the_last_run(reader)
    reader.close()

    panel.kernel.shut_down()
    untrusted = panel.notebook.with_name("untrusted.ipynb")
    untrusted.write_text(panel.notebook.read_text().replace('"id": "', '"id": "other-'))
    for name in (panel.notebook.name, untrusted.name):
        page.goto(f"{lab.url}/lab/tree/notebooks/{name}?reset&token={lab.token}")
        shows_the_last_run(page)
        expect(page.get_by_text("Run this cell (Shift+Enter)")).to_be_visible()
        if name == panel.notebook.name:  # by then JupyterLab has looked for the widget
            page.locator(".jp-OutputArea-output.jupyter-widgets").wait_for(state="attached")
        assert not re.search("Error|model not found|Loading widget", page.locator(".jp-Notebook").inner_text())
        page.errors.clear()  # JupyterLab logs to its console that there is no such widget


def shows_the_last_run(page):
    expect(page.locator(".jp-OutputArea-output img").first).to_be_visible()
    expect(page.get_by_text("Pool, 3 workers: 8 tasks in").first).to_be_visible()
    expect(page.get_by_role("cell", name="start-up", exact=True)).to_be_visible()
