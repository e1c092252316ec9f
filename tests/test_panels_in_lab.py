"""A learner in JupyterLab uses the panel: watches, cancels, predicts, compares, and meets what goes wrong."""

import csv
import json
import re
from urllib.request import Request, urlopen

import course
import nbconvert
import nbformat
import psutil
import pytest
from conftest import ROOT, open_notebook, wait_for_kernel
from playwright.sync_api import expect

WITH_PANEL = [path for path in course.NOTEBOOKS if any("Panel(" in cell.source for cell in course.cells(path, "code"))]
WHOLE = "01-what-is-multiprocessing"
SCREENSHOTS = ROOT / "tests" / "screenshots"

# Pages take their time whatever the processor does. One after the other they take three seconds, eight at a time 0.4 s.
PANEL = """\
from helpers.panels import Panel

Panel(workload="pages", workers=8, tasks=32, size=100)"""

# A run takes a moment, and a sweep two seconds.
EVERY_CONTROL = """\
from helpers.panels import Panel
from helpers.panels.workloads import SETTING_NAMES

Panel(controls=SETTING_NAMES, workload="pages", workers=2, tasks=8, size=10)"""

WAIT = """\
from pathlib import Path
from time import monotonic, sleep

began = monotonic()
while Path("hold").exists() and monotonic() - began < 60:
    sleep(0.05)"""

SETTING = ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/kernels-settings.jupyterlab-settings"
COMMS = {"main-thread": "disabled", "subshells": "perCommTarget"}

# Notes each picture that the live image shows: when, and how many of its pixels are pale blue. That is worker 1, who
# waits for pages.
WATCH = """image => {
    window.pictures = [];
    image.addEventListener("load", () => {
        const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
        canvas.drawImage(image, 0, 0);
        const { data } = canvas.getImageData(0, 0, image.naturalWidth, image.naturalHeight);
        let blue = 0;
        for (let at = 0; at < data.length; at += 4)
            blue += Math.abs(data[at] - 190) < 20 && Math.abs(data[at + 1] - 218) < 16 && data[at + 2] > 225;
        window.pictures.push({ seconds: performance.now() / 1000, blue });
    });
}"""

# What a panel shows, and reaches beyond its right edge or that of the page; and labels that don't fit their place.
CUT_OFF = """panel => {
    const right = Math.min(panel.getBoundingClientRect().right, document.documentElement.clientWidth) + 1;
    return [...panel.querySelectorAll("button, select, input, img, table, pre, a, label, li, .noUi-target, p")]
        .filter(part => part.checkVisibility())
        .filter(part => part.getBoundingClientRect().right > right
            || part.matches("label") && part.scrollWidth > part.clientWidth)
        .map(part => part.outerHTML.slice(0, 100));
}"""


class LearnersPanel:
    """The panel in a page, as a learner finds it: by roles, by names, and by what is to be read."""

    def __init__(self, page):
        self.page = page
        self.box = page.locator(".course-panel")
        self.status = self.box.get_by_role("status")
        self.live = self.box.locator("img.widget-image").first
        self.count = self.box.get_by_text(re.compile(r"^\d+ of \d+ (tasks|measurements), "))
        self.runs = self.box.get_by_role("row", name=re.compile(r"^run \d"), include_hidden=True)

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
        last = self.runs.last.inner_text()
        self.press(self.button("Run"))
        expect(self.runs.last).not_to_have_text(last)
        self.says("Done: ")

    def begin_a_long_run(self):
        """Run with one worker: three seconds. Returns when some tasks are done."""
        self.press(self.slider("workers"), "Home")
        self.press(self.button("Run"))
        self.says("Running: Pool, 1 worker.")
        expect(self.count).to_contain_text(re.compile("^[1-9] of 32 tasks"))

    def screenshot(self, name):
        SCREENSHOTS.mkdir(exist_ok=True)
        self.box.scroll_into_view_if_needed()
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


class Kernel:
    """The kernel of an open notebook."""

    def __init__(self, lab, path):
        self._address = f"{lab.url}/api/sessions{{}}?token={lab.token}"
        with urlopen(self._address.format(""), timeout=30) as answer:
            (session,) = [session for session in json.load(answer) if session["path"] == path]
        self._session, name = session["id"], session["kernel"]["id"]
        (self._process,) = [process for process in lab.processes() if name in command(process)]

    def started(self):
        """Return the processes that it started, and those that they did, but for the one that Python keeps."""
        children = self._process.children(recursive=True)
        return [process for process in running(children) if "resource_tracker" not in command(process)]

    def worker(self):
        """Return a process that started none."""
        return next(process for process in self.started() if not process.children())

    def shut_down(self):
        self._process.kill()  # it would take its time
        urlopen(Request(self._address.format(f"/{self._session}"), method="DELETE"), timeout=30).close()


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


@pytest.fixture
def learner(lab, page, request):
    """Return a function that writes a notebook of such cells, opens it and runs it: the panel, after its first run."""
    path = lab.served / "notebooks" / (re.sub(r"\W+", "-", request.node.name).strip("-") + ".ipynb")

    def open_with(*sources, cells=()):
        cells = [*map(nbformat.v4.new_code_cell, sources), *cells]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
        nbformat.write(notebook, path)
        open_notebook(page, lab, path.name)
        run_all_cells(page)
        panel = LearnersPanel(page)
        panel.notebook, panel.kernel = path, Kernel(lab, f"notebooks/{path.name}")
        expect(panel.status).to_contain_text("Done: ", timeout=120_000)
        wait_for_kernel(page)
        return panel

    yield open_with
    Kernel(lab, f"notebooks/{path.name}").shut_down()


@pytest.fixture(params=COMMS)
def comms(lab, request):
    """JupyterLab's setting for where the kernel deals with what happens to its widgets."""
    setting = lab.home / SETTING
    setting.parent.mkdir(parents=True, exist_ok=True)
    setting.write_text(json.dumps({"commsOverSubshells": COMMS[request.param]}))
    yield request.param
    setting.unlink()


# --- The course's notebooks ---


def test_the_notebooks_that_the_course_promises_a_panel_for_have_one():
    assert {path.stem[:2] for path in WITH_PANEL} >= {"01", "02", "04", "05", "06"}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("path", WITH_PANEL, ids=lambda path: path.stem)
def test_its_panel_shows_a_run_while_it_goes_on_and_its_result_after_it(path, learner, page):
    # one notebook as a whole; test_notebooks_run sees to the cells of the others
    cells = [cell for cell in course.read(path).cells if "Panel(" in cell.source or path.stem == WHOLE]
    panel = learner(cells=cells)
    expect(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)

    panel.live.evaluate(WATCH)
    slider = panel.slider("workers")
    slider.focus()
    page.keyboard.press("ArrowRight")
    workers = int(float(slider.get_attribute("aria-valuenow")))
    panel.press(panel.button("Run"))
    expect(panel.live).to_be_visible()
    expect(panel.count).to_contain_text("tasks")
    expect(panel.status).to_contain_text(re.compile(rf"^Done: .*, {workers} workers, \d+\.\d+ s"), timeout=60_000)
    assert len(page.evaluate("pictures")) >= 2
    expect(panel.live).to_be_hidden()
    expect(panel.count).to_be_hidden()
    expect(panel.box.get_by_role("img", name=re.compile(rf", {workers} workers: \d+ tasks in"))).to_be_visible()
    assert panel.box.evaluate(CUT_OFF) == []
    panel.screenshot(path.stem)


# --- Watch and cancel ---


@pytest.mark.timeout(240)
def test_bars_grow_while_a_run_goes_on_and_a_cancelled_run_leaves_nothing(comms, learner, page, record_property):
    panel = learner(PANEL, WAIT)
    panel.live.evaluate(WATCH)
    panel.begin_a_long_run()
    expect(panel.count).to_contain_text(re.compile("^[12]. of 32 tasks"))
    panel.screenshot(f"running-{comms}")
    panel.says("Done: Pool, 1 worker,")
    pictures = page.evaluate("pictures")
    blue = [picture["blue"] for picture in pictures]
    assert sum(later > sooner for sooner, later in zip(blue, blue[1:])) >= 3, blue
    a_second = (len(pictures) - 1) / (pictures[-1]["seconds"] - pictures[0]["seconds"])
    record_property("live pictures a second", round(a_second, 2))
    assert a_second >= 2  # the panel promises four: this leaves room for a slow browser

    panel.begin_a_long_run()
    started = panel.kernel.started()
    assert started
    panel.press(panel.button("Cancel"))
    panel.says("Cancelled.")
    assert not running(started)
    assert not panel.kernel.started()
    expect(panel.live).to_be_hidden()
    expect(panel.box.get_by_role("img", name="Pool, 1 worker: 32 tasks")).to_be_visible()

    panel.begin_a_long_run()
    hold = panel.notebook.with_name("hold")
    hold.touch()
    page.locator(".jp-CodeCell .cm-content").last.click()
    page.keyboard.press("Control+Enter")
    waiting = page.locator(".jp-InputPrompt", has_text="[*]")
    expect(waiting).to_be_visible()
    panel.button("Cancel").click()
    if comms == "subshells":
        panel.says("Cancelled.")
        expect(waiting).to_be_visible()
    else:  # the kernel sees to one thing after the other
        panel.says("Done: Pool, 1 worker,")
    hold.unlink()
    expect(waiting).to_have_count(0)


# --- Predict, measure, compare ---


def test_predict_measure_and_compare_by_keyboard(learner, page):
    panel = learner(EVERY_CONTROL)
    panel.press(panel.tab("Run"), "ArrowRight")
    page.keyboard.press("Enter")
    expect(panel.tab("Predict, then measure")).to_have_attribute("aria-selected", "true")
    for name, speedup in {"1 worker": "80", "2 workers": "90"}.items():
        panel.press(panel.box.get_by_role("spinbutton", name=name), "Control+a")
        page.keyboard.type(speedup)
    panel.press(panel.button("Measure"))
    panel.says("Prediction and measurement part at 1 worker: you expected 80.0, and it was less:")
    expect(panel.box.get_by_role("img", name="Prediction and measurement part at 1 worker")).to_be_visible()
    expect(panel.box.get_by_role("row", name=re.compile("^2 90.00 "))).to_be_visible()

    panel.slider("workers").focus()  # the Tab key would go round the whole page
    page.keyboard.press("ArrowRight")
    panel.run_to_the_end()
    expect(panel.tab("Run")).to_have_attribute("aria-selected", "true")
    panel.press(panel.tab("Predict, then measure"), "ArrowRight")  # the Tab key leads to the tab that it left
    page.keyboard.press("Enter")
    expect(panel.tab("Compare runs")).to_have_attribute("aria-selected", "true")
    expect(panel.box.get_by_role("img", name="run 1: 2 workers: all tasks done after")).to_be_visible()
    expect(panel.runs).to_have_count(2)
    with page.expect_download() as download:
        panel.press(panel.box.get_by_role("link", name="Save as runs.csv"))
    assert download.value.suggested_filename == "runs.csv"
    with download.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["workers"]) for row in rows] == [("1", "2"), ("2", "3")]


# --- Readable ---


# The second is a projector of 1920 × 1080 with the page zoomed to 150 %.
@pytest.mark.parametrize(
    "page",
    [
        {"viewport": {"width": 1200, "height": 1200}},
        {"viewport": {"width": 1280, "height": 720}, "device_scale_factor": 1.5},
    ],
    ids=["1200", "projector"],
    indirect=True,
)
def test_every_control_has_a_name_and_nothing_is_cut_off(learner, page, request):
    panel = learner(EVERY_CONTROL)
    for name in ["Run", "Predict, then measure", "Compare runs"]:
        panel.tab(name).click()
        panel.screenshot(f"{name.split()[0].strip(',').lower()}-{request.node.callspec.id}")
        assert panel.box.evaluate(CUT_OFF) == []
        named = re.findall(
            '^ *- \'?(combobox|slider|textbox|button|tab|link|img|spinbutton)\\b(?: "(.*?)")?',
            panel.box.aria_snapshot(),
            re.M,
        )
        assert all(name for _, name in named), named
        assert [name for role, name in named if role == "slider"] == ["workers", "tasks", "ms a page", "chunksize"]
    tasks = panel.slider("tasks")
    tasks.focus()
    page.keyboard.press("ArrowRight")
    expect(tasks).to_have_attribute("aria-valuetext", "12")


# --- What goes wrong ---


@pytest.mark.timeout(240)
def test_after_a_killed_worker_many_clicks_and_interrupts_the_next_run_works(learner, page):
    panel = learner(PANEL)
    panel.begin_a_long_run()
    started = panel.kernel.started()
    panel.kernel.worker().kill()
    panel.says("was killed by SIGKILL")
    panel.says("Press Run to run again.")
    assert not running(started)

    expect(panel.runs).to_have_count(1)
    panel.button("Run").click(click_count=20)
    panel.says("A run goes on here.")
    panel.says("Done: Pool, 1 worker,")
    expect(panel.runs).to_have_count(2)

    interrupt = page.get_by_role("button", name="Interrupt the kernel")
    panel.begin_a_long_run()
    started = panel.kernel.started()
    interrupt.click()
    panel.says("The kernel was interrupted")
    assert not running(started)

    run_all_cells(page)  # now the cell itself waits for a run
    panel.says("First the same tasks one after the other")
    expect(panel.count).to_contain_text(re.compile("^[1-9] of 32 tasks"))
    interrupt.click()
    panel.says("The kernel was interrupted")
    wait_for_kernel(page)
    assert not panel.kernel.started()

    panel.press(panel.button("Run"))
    panel.says("Done: Pool, 8 workers,")


# --- Without a kernel ---


def test_a_saved_notebook_shows_the_last_run_and_its_text_without_a_kernel(learner, lab, page, browser):
    panel = learner(EVERY_CONTROL)
    panel.press(panel.slider("workers"), "ArrowRight")
    panel.run_to_the_end()
    with page.expect_response(lambda response: response.request.method == "PUT" and "/api/contents/" in response.url):
        page.keyboard.press("Control+s")
    (cell,) = nbformat.read(panel.notebook, as_version=4).cells
    _, picture, text = (output.data for output in cell.outputs)
    assert picture["image/png"]
    assert text["text/markdown"].startswith("Pool, 3 workers: 8 tasks in")

    html, _ = nbconvert.HTMLExporter().from_filename(panel.notebook)
    reader = browser.new_page(java_script_enabled=False)
    reader.set_content(html)
    shows_the_last_run(reader)
    reader.close()

    panel.kernel.shut_down()
    open_notebook(page, lab, panel.notebook.name)
    shows_the_last_run(page)


def shows_the_last_run(page):
    expect(page.locator(".jp-OutputArea-output img")).to_be_visible()
    expect(page.get_by_text("Pool, 3 workers: 8 tasks in")).to_be_visible()
    expect(page.get_by_role("cell", name="start-up", exact=True)).to_be_visible()
