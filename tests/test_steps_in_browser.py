"""Be the scheduler in the browser, without a kernel: what it shows, what it asks for, by keyboard and on any page."""

import bare
import pytest
from playwright.sync_api import expect
from test_quiz_in_lab import TOO_PALE

from helpers.steps import Steps

LINES = [
    [10, "def read_add_write(value, lock):"],
    [11, "    with lock:"],
    [12, "        own = value.value"],
    [13, "        own += 1"],
    [14, "        value.value = own"],
]


def process(line=11, step="with lock:", own="", state="stands before the marked line", can=True, pid=0):
    return {"pid": pid, "line": line, "step": step, "own": own, "state": state, "can": can}


def lock(text="free", holder=None, waiting=(), name="lock"):
    return {"name": name, "text": text, "holder": holder, "waiting": list(waiting)}


FIRST = {
    "alive": False,
    "processes": [process(), process()],
    "shared": [{"name": "value", "text": "0"}, lock()],
    "rows": [],
}
WAITS = {
    "alive": True,
    "processes": [
        process(12, "own = value.value", pid=101),
        process(state="waits for lock, which A holds", can=False, pid=102),
    ],
    "shared": [{"name": "value", "text": "0"}, lock("held by A", 0, [1])],
    "rows": [
        {"process": "A", "step": "with lock:", "note": "", "own": ["", ""], "shared": ["0", "held by A"]},
        {
            "process": "B",
            "step": "with lock:",
            "note": "B waits for lock, which A holds",
            "own": ["", ""],
            "shared": ["0", "held by A"],
        },
    ],
}
ORDERS = {
    "caption": "There are 2 orders.",
    "header": ["order", "ends with", "result"],
    "rows": [["A A B B", "value = 2", "right"], ["A B A B", "value = 1", "lost update"]],
}
STATE = {
    "program": {
        "aim": "Find an order in which an update is lost.",
        "code": "print('the program')",
        "processes": [{"name": name, "worker": "read_add_write", "lines": LINES} for name in "AB"],
    },
    "scene": FIRST,
    "status": "",
    "reached": "",
    "orders": {},
    "answered": 0,
}


class BareSteps(bare.BareWidget):
    """The widget in a page of its own, by roles and names."""

    def __init__(self, page, dark=False, **changes):
        super().__init__(page, Steps, STATE | changes, dark)
        self.cards = [self.box.get_by_role("group", name=f"process {name}") for name in "AB"]
        self.steps = [self.button(f"Step {name}") for name in "AB"]
        self.status = self.box.locator(".course-steps-status")

    def button(self, name):
        return self.box.get_by_role("button", name=name)


@pytest.fixture
def widget(page):
    return lambda **changes: BareSteps(page, **changes)


def test_each_button_says_which_line_it_runs_and_that_line_is_marked(widget):
    shown = widget()
    for card, step in zip(shown.cards, shown.steps):
        expect(step).to_have_accessible_name(f"Step {'A' if card is shown.cards[0] else 'B'} with lock:")
        expect(card.locator(".course-next")).to_have_text("    with lock:")
        expect(card.get_by_text("not running")).to_be_visible()
    shown.put(scene=WAITS)
    expect(shown.steps[0]).to_have_accessible_name("Step A own = value.value")
    expect(shown.cards[0].locator(".course-next")).to_have_text("        own = value.value")
    expect(shown.cards[0].get_by_text("PID 101")).to_be_visible()


def test_each_press_asks_for_one_thing(widget):
    shown = widget(scene=WAITS, orders=ORDERS)
    shown.steps[0].click()
    assert shown.sent("step") == [{"do": "step", "what": 0, "number": 1}]
    for number, (button, do) in enumerate([("Undo", "undo"), ("Reset", "reset"), ("Try every order", "try")], start=2):
        shown.button(button).click()
        assert [message["number"] for message in shown.sent(do)] == [number]
    shown.button("Replay A B A B").click()
    assert shown.sent("replay") == [{"do": "replay", "what": [0, 1, 0, 1], "number": 5}]


def test_a_process_that_waits_says_for_whom_and_its_button_does_nothing(widget):
    shown = widget(scene=WAITS)
    expect(shown.cards[1].get_by_text("B waits for lock, which A holds.")).to_be_visible()
    expect(shown.steps[1]).to_have_attribute("aria-disabled", "true")
    shown.steps[1].click(force=True)
    assert shown.sent("step") == []
    expect(shown.box.get_by_text("lock is held by A, B waits for it")).to_be_visible()
    expect(shown.box.locator(".course-holds")).to_have_count(1)
    expect(shown.box.locator(".course-waits-for")).to_have_count(1)


def test_at_the_beginning_there_is_nothing_to_undo(widget):
    shown = widget()
    for name in ("Undo", "Reset"):
        expect(shown.button(name)).to_have_attribute("aria-disabled", "true")
        shown.button(name).click(force=True)
    assert shown.sent("undo") == shown.sent("reset") == []


def test_a_deadlock_is_a_circle_of_four_arrows(widget):
    locks = [lock("held by A", 0, [1], "left"), lock("held by B", 1, [0], "right")]
    shown = widget(scene={**WAITS, "shared": locks})
    expect(shown.box.locator(".course-holds")).to_have_count(2)
    expect(shown.box.locator(".course-waits-for")).to_have_count(2)


def test_the_steps_so_far_are_a_table(widget):
    shown = widget(scene=WAITS)
    rows = shown.box.get_by_role("table", name="The steps so far").get_by_role("row")
    assert [row.split("\t") for row in rows.all_inner_texts()] == [
        ["", "step", "variables of A", "variables of B", "value", "lock"],
        ["A", "with lock:", "", "", "0", "held by A"],
        ["B", "with lock: (B waits for lock, which A holds)", "", "", "0", "held by A"],
    ]


def test_what_happens_is_read_out_and_so_is_the_aim_once_it_is_reached(widget):
    shown = widget()
    expect(shown.box.get_by_text("Find an order in which an update is lost.")).to_be_visible()
    shown.put(status="A: own += 1.", reached="A B")
    expect(shown.box.get_by_role("status").filter(has_text="A: own += 1.")).to_be_visible()
    expect(shown.box.get_by_role("status").filter(has_text="✓ Reached with A B.")).to_be_visible()


def test_all_orders_are_a_table_with_their_share_in_words(widget):
    shown = widget(orders=ORDERS)
    rows = shown.box.get_by_role("table", name="There are 2 orders.").get_by_role("row")
    assert [row.split("\t")[1:] for row in rows.all_inner_texts()] == [
        ["ends with", "result"],
        ["value = 2", "right"],
        ["value = 1", "lost update"],
    ]


def test_while_the_kernel_is_busy_a_press_is_answered(widget, page):
    page.clock.install()
    shown = widget()
    shown.steps[0].click()
    page.clock.run_for(1100)
    expect(shown.status).to_contain_text("The kernel is busy with another cell.")
    shown.put(answered=1, status="A: with lock:.")
    expect(shown.status).to_have_text("A: with lock:.")


def test_a_kernel_that_ended_is_told_of_and_nothing_is_offered(widget):
    shown = widget(scene=WAITS, orders=ORDERS)
    shown.fire("comm_live_update")
    expect(shown.status).to_contain_text("The kernel has ended, and both processes with it")
    shown.put(status="late news")
    expect(shown.status).to_contain_text("The kernel has ended")
    for button in (*shown.steps, *map(shown.button, ("Undo", "Reset", "Try every order"))):
        expect(button).to_have_attribute("aria-disabled", "true")


def test_it_works_by_keyboard_and_keeps_the_focus(widget, page):
    shown = widget(scene=WAITS)
    shown.steps[0].focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert [message["what"] for message in shown.sent("step")] == [0, 0]
    shown.put(scene={**WAITS, "processes": [process(can=False), process()]})
    expect(shown.steps[0]).to_be_focused()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_its_texts_and_the_ring_of_the_focus_stand_out(dark, widget, page):
    shown = widget(dark=dark, scene=WAITS, orders=ORDERS, status="A: own += 1.", reached="A B")
    page.get_by_text("before", exact=True).focus()
    focused = 0
    while True:
        page.keyboard.press("Tab")
        if not shown.box.evaluate("box => box.contains(document.activeElement)"):
            break
        focused += 1
        assert page.evaluate(TOO_PALE) == []
    assert focused >= 9


@pytest.mark.parametrize("width", [320, 600, 1200])
def test_nothing_is_cut_off_on_a_page_of_any_width(width, widget, page):
    page.set_viewport_size({"width": width, "height": 900})
    shown = widget(scene=WAITS, orders=ORDERS, status="A: own += 1.")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for part in (*shown.cards, *shown.steps):
        place, room = part.bounding_box(), shown.box.bounding_box()
        assert place["x"] + place["width"] <= room["x"] + room["width"] + 1
