"""The panel's side in the browser, without a kernel: what its picture shows, and what it asks the kernel for."""

import re

import bare
import numpy as np
import pytest
from playwright.sync_api import expect

from helpers.panels.panel import Panel
from helpers.panels.workloads import WORKLOADS
from helpers.running.breakdown import PARTS

NOT_YET = float("nan")
PAST = 99.0  # seconds: after everything that a scene shows


def scene(*workers, **changes):
    """Return a finished scene. Each worker is a list of bars (start, width, fill, task)."""
    bars = [
        [start, width, 1, fill, 1, task, start + width + 0.01] for row in workers for start, width, fill, task in row
    ]
    end = max((start + width for start, width, *_ in bars), default=0.1)
    rows = [
        {"pid": 100 + number, "asked": True, "ready": 0.1, "gone": PAST, "bars": len(row), "tasks": len(row)}
        | {"computing": 0.6, "waiting": 0.2}
        for number, row in enumerate(workers, start=1)
    ]
    made = {
        "number": 1,
        "title": f"Pool, {len(workers)} workers",
        "code": "print('the program that ran')",
        "asked": "print('next')",
        "tiles": 0,
        "seconds": end + 0.1,
        "length": 2 * end,
        "done": len(bars),
        "tasks": len(bars),
        "workers": rows,
        "bars": np.array(bars, np.float32).tobytes(),
        "home": np.array([came for *_, came in bars], np.float32).tobytes(),
        "spent": [0.2, 1.0, 0.3, 0.1, 0.4],
        "going": 0.0,
        "state": "done",
        "failed": [],
        "caption": "What the picture shows.",
    }
    return made | changes


TWO = scene([(0.1, 0.4, 1.0, 0), (0.5, 0.4, 0.5, 2)], [(0.1, 0.2, 1.0, 1), (0.3, 0.2, 1.0, 3)])
GOING = scene([(0.1, 0.4, 1.0, 0), (0.5, 0.1, NOT_YET, 2)], [(0.1, 0.5, NOT_YET, 1)], state="live", done=1, tasks=4)

CONTROLS = [
    {
        "name": "how",
        "kind": "choice",
        "label": "run with",
        "value": "pool",
        "options": [["pool", "Pool"], ["serial", "serial"]],
    },
    {"name": "workers", "kind": "range", "label": "workers", "value": 4, "options": [1, 8]},
    {"name": "tasks", "kind": "steps", "label": "tasks", "value": 24, "options": [12, 24, 60_000]},
]


def form(number=0, code="print('next')", takes="", measuring="", **values):
    """Return what the kernel says of the controls."""
    controls = [
        {**control, "disabled": False, "value": values.get(control["name"], control["value"])} for control in CONTROLS
    ]
    return {"number": number, "controls": controls, "code": code, "takes": takes, "measuring": measuring}


STATE = {
    "form": form(),
    "running": False,
    "status": "Done: Pool.",
    "count": "",
    "share": "",
    "view": 0,
    "picture": TWO,
    "before": {},
    "tiles": {},
    "parts": [list(part) for part in PARTS.items()],
    "sizes": [1, 2],
    "sweep": {},
    "comparison": "",
}


class BarePanel(bare.BareWidget):
    """The panel in a page of its own, by roles and names."""

    def __init__(self, page, **changes):
        dark = changes.pop("dark", False)
        super().__init__(page, Panel, STATE | changes, dark)
        self.stage = self.box.get_by_role("application")
        self.told = self.box.locator(".told")
        self.status = self.box.locator(".status")
        self.run = self.box.get_by_role("button", name="Run", exact=False).first
        self.cancel = self.box.get_by_role("button", name="Cancel")
        self.moment = self.box.get_by_role("slider", name="moment of the run")

    def width(self, selector):
        """Return the width of the first such element, at once: the next frame has another width."""
        return self.box.evaluate(
            "(box, selector) => box.querySelector(selector).getBoundingClientRect().width", selector
        )

    def point(self, seconds, row, scene=TWO):
        """Move the pointer to a moment in the row of a worker, counted from 1."""
        place = self.stage.evaluate(
            """(stage, [share, row, rows]) => {
                const { left, width, top } = stage.getBoundingClientRect();
                const height = Math.min(208 / rows, 64);
                return [left + 62 + share * (width - 76), top + 4 + (208 - rows * height) / 2 + (row - 0.5) * height];
            }""",
            [seconds / (1.01 * scene["seconds"]), row, len(scene["workers"])],
        )
        self.page.mouse.move(*place)


@pytest.fixture
def panel(page):
    return lambda **changes: BarePanel(page, **changes)


# --- The picture answers questions ---


def test_pointing_at_a_bar_tells_task_worker_pid_when_how_long_and_how_much_it_computed(panel):
    shown = panel()
    shown.point(0.7, row=1)
    expect(shown.told).to_have_text(
        "Task 3 on worker 1 (PID 101): from 0.500 s to 0.900 s. It took 0.400 s, 50% of it computing. "
        "Its result reached the parent at 0.910 s."
    )
    shown.point(0.05, row=2)
    expect(shown.told).to_have_text("Worker 2 (PID 102) is starting up, until 0.100 s.")
    shown.point(0.8, row=2)
    expect(shown.told).to_have_text("Worker 2 (PID 102) has no task left after 0.500 s.")
    shown.page.mouse.move(0, 0)
    expect(shown.told).to_contain_text("Point at a bar")


def test_the_arrow_keys_go_from_bar_to_bar(panel):
    shown = panel()
    shown.stage.focus()
    for key, text in [
        ("ArrowRight", "Task 1 on worker 1"),
        ("ArrowRight", "Task 3 on worker 1"),
        ("ArrowRight", "Task 3 on worker 1"),
        ("ArrowDown", "Task 4 on worker 2"),
        ("Home", "Task 2 on worker 2"),
        ("End", "Task 4 on worker 2"),
        ("ArrowUp", "Task 3 on worker 1"),
    ]:
        shown.page.keyboard.press(key)
        expect(shown.told).to_contain_text(text)
    assert shown.box.locator(".mark").get_attribute("d")
    shown.page.keyboard.press("Escape")
    expect(shown.told).to_contain_text("Point at a bar")
    assert not shown.box.locator(".mark").get_attribute("d")


def test_a_bar_of_many_tasks_says_how_many(panel):
    many = np.array([[0.2, 0.4, 1.0, 0.9, 250, 7, 0]], np.float32).tobytes()
    picture = scene([(0.2, 0.4, 1.0, 0)], bars=many)
    shown = panel(picture=picture)
    shown.point(0.4, row=1, scene=picture)
    expect(shown.told).to_contain_text("250 tasks on worker 1 (PID 101), too short to draw separately")


def test_the_run_before_is_a_ghost_behind_it_if_wished(panel):
    shown = panel(before=scene([(0.1, 1.5, 1.0, 0)], number=0))
    expect(shown.box.locator(".ghost")).to_have_count(0)
    first = shown.width("path.full")
    shown.box.get_by_role("checkbox", name="show the previous run").check()
    assert shown.width("path.full") < 0.8 * first  # both on one time axis
    assert shown.width("path.ghost") > 1.8 * shown.width("path.full")


def test_a_run_is_played_again_in_slow_motion(panel, page):
    page.clock.install(time=0)
    shown = panel()
    expect(shown.box.locator("path.pale").first).to_be_visible()
    page.clock.pause_at(3600)  # otherwise time passes between two looks
    whole = shown.width("path.pale")
    button = shown.box.get_by_role("button", name="Slow motion")
    button.click()
    page.clock.run_for(3000)  # of six seconds
    expect(shown.moment).to_have_attribute("aria-valuetext", re.compile(r"^0\.(4|5)\d s$"))
    assert shown.width("path.pale") < 0.7 * whole
    expect(shown.box.get_by_role("button", name="Stop")).to_be_visible()
    page.clock.run_for(4000)
    expect(shown.moment).to_have_attribute("aria-valuetext", "1.00 s")
    expect(button).to_be_visible()
    shown.moment.focus()
    page.keyboard.press("Home")
    expect(shown.moment).to_have_attribute("aria-valuetext", "0.00 s")
    assert shown.box.locator("path.pale").first.get_attribute("d") == ""


def tiles(*tasks, fresh=True):
    """Return tiles of 2 × 2 points that were computed: (task, worker, when)."""
    return {
        "across": 2,
        "pixels": 2,
        "fresh": fresh,
        "tasks": [task for task, _, _ in tasks],
        "workers": [worker for _, worker, _ in tasks],
        "ends": np.array([end for _, _, end in tasks], np.float32).tobytes(),
        "points": bytes([120, 10, 10, 120] * len(tasks)),
    }


PIXELS = """canvas => {
    const pen = canvas.getContext("2d");
    return [[90, 270], [450, 270], [90, 630], [450, 630]].map(([x, y]) => [...pen.getImageData(x, y, 1, 1).data]);
}"""


def test_tiles_appear_as_they_come_in_the_color_of_their_worker(panel):
    picture = {**GOING, "tiles": 2}
    shown = panel(picture=picture, tiles=tiles((0, 1, 0.5)))
    canvas = shown.box.locator("canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile("^1 of 4 tiles"))
    done, second, third, fourth = canvas.evaluate(PIXELS)
    assert done[3] == 255 and done[2] > done[0]  # blue
    assert 0 < second[3] < 255 and 0 < third[3] < 255  # running tasks are pale
    assert second[0] > second[2] and third[2] > third[0]  # in the colors of workers 2 and 1
    assert fourth[3] == 0  # no worker has begun it
    shown.put(tiles=tiles((1, 2, 0.55), fresh=False), picture={**picture, "done": 2})
    expect(canvas).to_have_attribute("aria-label", re.compile("^2 of 4 tiles"))
    shown.put(tiles=tiles((3, 1, 0.1)), picture={**picture, "title": "another run"})
    expect(canvas).to_have_attribute("aria-label", re.compile("^1 of 4 tiles"))


def test_a_page_that_is_loaded_in_mid_run_asks_for_the_tiles_from_before(panel):
    assert len(panel(picture={**GOING, "tiles": 2}, tiles=tiles((0, 1, 0.5))).sent("tiles")) == 1
    for others in [{"picture": GOING}, {"picture": {**TWO, "tiles": 2}, "tiles": tiles((0, 1, 0.5))}, {}]:
        assert panel(**others).sent("tiles") == []


def test_a_page_that_asks_for_earlier_tiles_does_not_say_that_the_kernel_is_busy(panel, page):
    page.clock.install()
    shown = panel(picture={**GOING, "tiles": 2}, tiles=tiles((0, 1, 0.5)), status="Running: Pool.")
    page.clock.run_for(600)
    expect(shown.status).to_have_text("Running: Pool.")


def test_tiles_follow_the_theme_at_once(panel, page):
    """Far from the set, tiles look like the page: pale on white, dark on black."""
    far = {**tiles((0, 1, 0.5)), "points": bytes([1] * 4)}
    shown = panel(picture={**GOING, "tiles": 2}, tiles=far)
    canvas = shown.box.locator("canvas")
    light = sum(canvas.evaluate(PIXELS)[0][:3])
    page.evaluate("document.body.dataset.jpThemeLight = false")
    page.wait_for_function(
        "([canvas, light]) => [...canvas.getContext('2d').getImageData(90, 270, 1, 1).data].slice(0, 3)"
        ".reduce((sum, part) => sum + part) < light / 2",
        arg=[canvas.element_handle(), light],
    )


def test_the_run_of_a_killed_worker_stays_up_to_there_with_a_cross(panel):
    shown = panel(picture={**GOING, "state": "ended", "failed": [2]})
    cross = shown.box.locator("svg").get_by_text("✗")
    expect(cross).to_have_count(1)
    bar = shown.box.locator("path.pale.worker-1").bounding_box()
    place = cross.bounding_box()
    assert abs(place["x"] + place["width"] / 2 - (bar["x"] + bar["width"])) < 3
    assert abs(place["y"] + place["height"] / 2 - (bar["y"] + bar["height"] / 2)) < bar["height"] / 2
    expect(shown.box.get_by_role("heading")).to_contain_text("ended after 0.70 s, 1 of 4 tasks done")
    shown.point(0.3, row=2, scene=GOING)
    expect(shown.told).to_contain_text("It did not finish: its worker ended.")


# --- What it asks the kernel for ---


def test_run_brings_along_what_is_shown_and_is_asked_for_once(panel, page):
    shown = panel()
    slider = shown.box.get_by_role("slider", name="workers", exact=True)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(shown.box.locator("output").first).to_have_text("3")
    shown.run.click()
    (message,) = shown.sent("run")
    assert message["settings"] == {"how": "pool", "workers": 3, "tasks": 24}
    shown.put(running=True, status="Running: Pool.")
    shown.run.click(click_count=30, force=True)
    assert len(shown.sent("run")) == 1
    expect(shown.status).to_have_text("Running: Pool.")
    shown.cancel.click()
    assert len(shown.sent("cancel")) == 1


def test_an_answer_to_an_earlier_message_changes_no_control(panel, page):
    shown = panel()
    slider = shown.box.get_by_role("slider", name="workers", exact=True)
    slider.focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    shown.put(form=form(number=1, workers=3))
    expect(slider).to_have_attribute("aria-valuetext", "2")
    shown.put(form=form(number=2, workers=2, code="print('two')"))
    expect(slider).to_have_attribute("aria-valuetext", "2")
    expect(shown.box.locator(".program pre")).to_have_text("print('two')")


def test_sliders_say_what_they_stand_for_and_their_figures_can_not_be_edited(panel, page):
    shown = panel()
    slider = shown.box.get_by_role("slider", name="tasks", exact=True)
    expect(slider).to_have_attribute("aria-valuetext", "24")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "60,000")
    assert shown.sent("choose")[-1]["settings"]["tasks"] == 60_000
    assert shown.box.get_by_role("textbox").count() == 0


def test_while_the_kernel_is_busy_a_press_is_answered_at_once(panel, page):
    page.clock.install()
    shown = panel()
    shown.run.click()
    page.clock.run_for(600)
    expect(shown.status).to_have_text(
        "The kernel is busy with another cell. It will do this as soon as that cell is done."
    )
    shown.put(form=form(number=1), status="Running: Pool.", running=True)
    expect(shown.status).to_have_text("Running: Pool.")


def test_what_the_picture_shows_and_what_runs_next_are_told_apart(panel):
    shown = panel()
    expect(shown.box.get_by_text("The program of the run:")).to_be_visible()
    shown.put(form=form(code="print('others')"))
    expect(shown.box.get_by_text("The program of the next run.")).to_be_visible()
    shown.box.get_by_text("The program of this run").click()
    expect(shown.box.get_by_text("print('the program that ran')")).to_be_visible()
    expect(shown.box.get_by_text("print('others')")).to_be_visible()


def test_each_worker_is_told_of_in_figures(panel):
    workers = [*TWO["workers"], {**TWO["workers"][0], "asked": False, "pid": 0, "bars": 0}]
    shown = panel(picture={**TWO, "workers": workers})
    shown.box.get_by_text("Each worker in figures").click()
    rows = shown.box.locator(".figures tbody tr")
    assert [row.split("\t") for row in rows.all_inner_texts()] == [
        ["1", "101", "2", "0.100 s", "0.600 s", "0.200 s"],
        ["2", "102", "2", "0.100 s", "0.600 s", "0.200 s"],
        ["3", "not started", "", "", "", ""],
    ]
    expect(shown.box.locator("svg").get_by_text("not started")).to_be_visible()


def test_a_kernel_that_ended_is_told_of_and_nothing_is_offered(panel):
    shown = panel(running=True, status="Running: Pool.", picture=GOING)
    shown.fire("comm_live_update")
    expect(shown.status).to_have_text("The kernel has ended: run this cell again (Shift+Enter).")
    shown.put(status="late news")
    expect(shown.status).to_contain_text("The kernel has ended")
    for button in (shown.run, shown.cancel):
        expect(button).to_have_attribute("aria-disabled", "true")
    expect(shown.box.get_by_role("progressbar")).to_be_hidden()
    expect(shown.box.get_by_role("slider", name="workers", exact=True)).to_be_disabled()
    expect(shown.box.get_by_role("heading")).to_contain_text("ended after")


def test_a_control_keeps_the_focus_even_if_it_is_no_longer_of_use_and_is_disabled_after_that(panel):
    """Without a control that has it, the learner's next keys would be shortcuts of JupyterLab's."""
    shown = panel()
    workers = shown.box.get_by_role("slider", name="workers", exact=True)
    workers.focus()
    changed = form(code="print('another')")
    changed["controls"] = [{**control, "disabled": control["name"] == "workers"} for control in changed["controls"]]
    shown.put(form=changed)
    expect(shown.box).to_contain_text("print('another')")
    expect(workers).to_be_focused()
    shown.box.get_by_role("combobox").focus()
    expect(workers).to_be_disabled()


# --- Predict ---


def test_measure_waits_for_all_predictions_and_takes_a_comma_for_a_point(panel, page):
    shown = panel(view=1)
    measure = shown.box.get_by_role("button", name="Measure")
    expect(measure).to_have_attribute("aria-disabled", "true")
    expect(shown.box.get_by_text("2 predictions to go.")).to_be_visible()
    measure.click(force=True)
    assert shown.sent("measure") == []
    shown.box.get_by_role("textbox", name="1 worker", exact=True).fill("1")
    two = shown.box.get_by_role("textbox", name="2 workers")
    two.fill("no idea")
    expect(two).to_have_attribute("aria-invalid", "true")
    expect(shown.box.get_by_text("1 prediction to go.")).to_be_visible()
    two.fill("1,9")
    measure.click()
    (message,) = shown.sent("measure")
    assert message["expected"] == {"1": 1, "2": 1.9}
    shown.put(form=form(number=1, measuring="Measuring takes about 30 s."))
    expect(shown.box.get_by_text("Measuring takes about 30 s.")).to_be_visible()
    two.fill("")
    expect(shown.box.get_by_text("1 prediction to go.")).to_be_visible()


def test_points_drop_in_as_they_are_measured(panel):
    sweep = {"sizes": [1, 2], "expected": [1, 1.9], "cores": 2, "measured": [], "limit": [], "text": ""}
    shown = panel(view=1, sweep=sweep)
    dots = shown.box.locator(".measured.dot")
    assert dots.get_attribute("d") == ""
    shown.put(sweep={**sweep, "measured": [[1, 0.98]], "limit": [[1, 1.0]]})
    assert dots.get_attribute("d").count("M") == 1
    shown.put(sweep={**sweep, "measured": [[1, 0.98, 1.0], [2, 1.8]], "text": "<p>It was less.</p>"})
    assert dots.get_attribute("d").count("M") == 2
    expect(shown.box.get_by_text("It was less.")).to_be_visible()


# --- How it looks ---


LONG = "Worker 4 (PID 101) was killed by SIGKILL in task 28, before the task was done. The other workers were ended. "


@pytest.mark.parametrize("width", [700, 800, 1200])
def test_its_height_stays_from_the_first_picture_to_the_last(width, panel, page):
    page.set_viewport_size({"width": width, "height": 900})
    takes = form(takes="A run with these settings takes about 1 min 30 s.")
    shown = panel(picture={"tiles": 0}, status="Getting ready.")  # it is shown before there is a run
    first = shown.height()
    shown.put(running=True, picture=scene([], state="live", caption="", number=1, done=0, tasks=12), form=takes)
    assert shown.height() == first
    shown.put(count="3 of 12 tasks, 1.2 s, about 12 s to go", share="0.25", picture=GOING, status=LONG)
    assert shown.height() == first
    sixteen = scene(*([(0.1, 0.5, 1.0, task)] for task in range(16)), caption="A sentence of a usual length. " * 9)
    shown.put(running=False, count="", share="", picture=sixteen)
    assert shown.height() == first
    shown.put(picture=TWO)
    shown.point(0.7, row=1)
    expect(shown.told).to_contain_text("Its result reached the parent")
    assert shown.height() == first


@pytest.mark.parametrize("width", [400, 800, 1200])
def test_tiles_have_their_place_before_they_come(width, panel, page):
    page.set_viewport_size({"width": width, "height": 900})
    shown = panel(picture={"tiles": 2})
    first = shown.height()
    shown.put(picture={**GOING, "tiles": 2}, tiles=tiles((0, 1, 0.5)))
    assert shown.height() == first
    timeline, canvas = (shown.box.locator(part).bounding_box() for part in (".timeline svg", "canvas"))
    if width >= 800:  # side by side, and so in view together
        assert canvas["x"] >= timeline["x"] + timeline["width"]
        assert abs(canvas["y"] - timeline["y"]) <= 1 and abs(canvas["height"] - timeline["height"]) <= 1


CONTRAST = """box => {
    const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const brightness = (color) => {
        const [red, green, blue] = color.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (!/, 0\\)$|transparent/.test(color)) return color;
        }
        return "rgb(255, 255, 255)";
    };
    return [...box.querySelectorAll("span, button, td, th, p, h4, pre, output, svg text, summary")]
        .filter((part) => part.checkVisibility() && part.textContent.trim())
        .filter((part) => part.getAttribute("aria-disabled") !== "true")
        .map((part) => {
            const style = getComputedStyle(part);
            const color = part.closest("svg") ? style.fill : style.color;
            const both = [color, ground(part)].map(brightness).sort((a, b) => b - a);
            return [(both[0] + 0.05) / (both[1] + 0.05), part.outerHTML.slice(0, 80)];
        })
        .filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_its_texts_stand_out(dark, panel):
    shown = panel(dark=dark, form=form(code="print('others')"))
    assert shown.box.evaluate(CONTRAST) == []
    shown.box.get_by_role("tab", name="Predict").click()
    assert shown.box.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [440, 800, 1200])
def test_the_name_of_each_work_fits_its_control(width, panel, page):
    page.set_viewport_size({"width": width, "height": 900})
    works = [[name, work.label] for name, work in WORKLOADS.items()]
    work = {"kind": "choice", "label": "work", "value": "uneven", "options": works, "name": "workload"}
    shown = panel(form={**form(), "controls": [{**work, "disabled": False}]})
    select = shown.box.get_by_role("combobox", name="work")
    room = select.evaluate("select => select.offsetWidth")
    assert select.evaluate("select => { select.style.width = 'max-content'; return select.offsetWidth; }") <= room


@pytest.mark.parametrize("width", [272, 400, 800])
def test_what_each_part_of_the_time_means_can_be_read(width, panel, page):
    page.set_viewport_size({"width": width, "height": 900})
    shown = panel()
    for _, meaning in STATE["parts"]:
        told = shown.box.get_by_role("cell", name=meaning)
        place, room = told.bounding_box(), shown.box.bounding_box()
        assert place["width"] >= 150 and place["x"] + place["width"] <= room["x"] + room["width"]


def test_a_run_that_ended_before_it_began_is_drawn_too(panel):
    """Without a length, its axis would have infinitely many ticks."""
    shown = panel(picture=scene([], state="ended", seconds=0.0, length=0.0, done=0, tasks=4))
    expect(shown.box.locator("h4")).to_contain_text("ended after 0.00 s, 0 of 4 tasks done")
    assert shown.box.locator("svg .tick").count() < 30


# --- For those who use a keyboard or a screen reader ---


RING = """box => {
    const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const brightness = (color) => {
        const [red, green, blue] = color.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ring = getComputedStyle(document.activeElement);
    const colors = [ring.outlineColor, getComputedStyle(box).backgroundColor];
    const [less, more] = colors.map(brightness).sort((a, b) => a - b);
    const seen = ring.outlineStyle === "solid" && parseFloat(ring.outlineWidth) >= 2;
    return {
        within: box.contains(document.activeElement),
        stands_out: seen && (more + 0.05) / (less + 0.05) >= 3,
        what: document.activeElement.outerHTML.slice(0, 80),
    };
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_ring_shows_what_has_the_focus(dark, panel, page):
    shown = panel(dark=dark)
    page.get_by_text("before", exact=True).focus()
    rings = []
    while True:
        page.keyboard.press("Tab")
        ring = shown.box.evaluate(RING)
        if not ring["within"]:
            break
        rings.append(ring)
    assert len(rings) >= 10
    assert [ring["what"] for ring in rings if not ring["stands_out"]] == []


def test_progress_and_what_is_said_have_roles_of_their_own(panel):
    shown = panel(running=True, share="0.250", count="3 of 12 tasks, 1.2 s", status="Running: Pool.")
    bar = shown.box.get_by_role("progressbar", name="progress of the run")
    expect(bar).to_be_visible()
    assert bar.evaluate("bar => bar.position") == 0.25
    expect(shown.box.get_by_text("3 of 12 tasks, 1.2 s")).to_be_visible()
    expect(shown.box.get_by_role("status").filter(has_text="Running: Pool.")).to_be_visible()
    shown.put(share="")  # the progress is unknown, so the bar only moves
    assert bar.evaluate("bar => bar.position") == -1


def test_about_how_long_the_next_run_takes_is_shown(panel):
    shown = panel(form=form(takes="A run with these settings takes about 2 min."))
    expect(shown.box.get_by_text("takes about 2 min")).to_be_visible()


def test_workers_that_are_busy_to_the_end_have_nothing_left_behind_it(panel):
    """Their last bars end at the same moment, except for the rounding of the times."""
    ends = [0.3, 0.30000001, 0.3000001]
    shown = panel(picture=scene(*([(0.1, end, NOT_YET, task)] for task, end in enumerate(ends)), state="live"))
    expect(shown.box.locator("path.pale").first).to_be_attached()
    assert shown.box.locator("svg path.left").get_attribute("d") == ""
