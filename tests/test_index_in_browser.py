"""The search box in the browser, without a kernel: what it finds, by keyboard and on any page."""

import re

import bare
import pytest
from playwright.sync_api import expect
from test_quiz_in_lab import CUT_OFF, TOO_PALE

from helpers.index import Index

TRACEBACK = """\
  File "/usr/lib/python3.13/multiprocessing/queues.py", line 389, in get
    return _ForkingPickler.loads(res)
AttributeError: Can't get attribute 'square' on <module '__main__' (<class '_frozen_importlib.BuiltinImporter'>)>"""

# What is typed, and the question that must be among the first three
FINDS = [
    (TRACEBACK, "What does “Can't get attribute” mean?"),
    ("AttributeError: module '__main__' has no attribute 'square'", "What does “Can't get attribute” mean?"),
    ("daemonic processes are not allowed to have children", "Can a worker of a pool have a pool of its own?"),
    (
        "concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated abruptly",
        "What does `BrokenProcessPool` mean?",
    ),
    ("There appear to be 6 leaked semaphore objects to clean up", "What does “leaked semaphore objects” mean?"),
    ("TypeError: cannot pickle '_thread.RLock' object", "What does “cannot pickle '_thread.lock' object” mean?"),
    ("my pool never finishes in Jupyter", "My `Pool` never finishes in Jupyter, and the cell stays at `[*]`. Why?"),
    ("pool.map multiple arguments", "How do I pass several arguments to `pool.map`?"),
    ("progress bar", "How do I show a progress bar?"),
    ("parallelise a for loop", "How do I parallelize a simple loop?"),  # codespell:ignore
    ("share numpy array", "How do I share a large NumPy array without copying it?"),
    ("join hangs queue", "`join()` hangs after `Queue.put`. Why?"),
    ("out of memory killed", "A worker was killed, and my `Pool` waits forever. Why?"),
    ("same random numbers", "Why do all my workers draw the same random numbers?"),
    ("logging", "How do I log from several processes?"),
    ("chunksize", "Which chunksize should I use?"),
    ("freeze_support", "Where does `freeze_support()` go?"),
    ("os.environ", "Why do my workers not see a change of `os.environ`?"),
    ("database connection", "How do I use a database connection in workers?"),
    ("timeout", "How do I stop a task that takes too long?"),
    ("docker cpu limit", "Does `os.cpu_count()` know the limits of my container?"),
    ("CUDA", "What does “Cannot re-initialize CUDA in forked subprocess” mean?"),
]


class BareIndex(bare.BareWidget):
    """The search box in a page of its own, by roles and names."""

    def __init__(self, page, dark=False):
        super().__init__(page, Index, {"asked": Index().asked}, dark)
        self.input = self.box.get_by_role("searchbox", name="Search")
        self.count = self.box.get_by_role("status")
        self.found = self.box.get_by_role("list", name="questions found").get_by_role("listitem")

    def questions(self):
        return [text.split("\n")[0] for text in self.found.all_inner_texts()]


@pytest.fixture
def index(page):
    return BareIndex(page)


def test_at_first_it_says_what_to_do(index):
    expect(index.count).to_have_text(re.compile(r"There are \d+ questions\. Type a word or two, or paste an error"))
    expect(index.found).to_have_count(0)


def test_it_finds_what_people_type(index):
    missed = []
    for typed, question in FINDS:
        index.input.fill(typed.replace("\n", " "))
        if question.replace("`", "") not in index.questions()[:3]:
            missed.append((typed, index.questions()[:3]))
    assert missed == []


def test_it_shows_the_best_and_counts_all(index):
    index.input.fill("pool")
    expect(index.count).to_have_text(re.compile(r"\d\d questions found\. Here are the best 12\."))
    expect(index.found).to_have_count(12)
    index.input.fill("pyinstaller")
    expect(index.count).to_have_text("1 question found.")
    index.input.fill("xyzzy")
    expect(index.count).to_have_text("Nothing found. Try other words, or look through the groups below.")
    expect(index.found).to_have_count(0)


def test_a_question_has_its_message_answer_versions_and_links(index):
    index.input.fill("pyinstaller")
    found = index.found.first
    expect(found.get_by_role("link").first).to_have_attribute(
        "href", "07-start-methods-and-pickling.ipynb#The-guard-and-freeze_support"
    )
    expect(found.get_by_role("link", name="source")).to_have_attribute(
        "href", "https://stackoverflow.com/questions/24944558"
    )
    index.input.fill("struct.error 'i' format")
    found = index.found.first
    expect(found).to_contain_text("struct.error: 'i' format requires -2147483648 <= number <= 2147483647")
    expect(found).to_contain_text("Until Python 3.7, on Linux and macOS.")
    expect(found).to_contain_text("Not run here. It takes Python 3.7 or older.")
    expect(found.locator("code").first).to_be_visible()


def test_it_is_used_by_keyboard(index, page):
    page.get_by_text("before").focus()
    page.keyboard.press("Tab")
    expect(index.input).to_be_focused()
    page.keyboard.type("pyinstaller")
    expect(index.count).to_have_text("1 question found.")
    page.keyboard.press("Tab")
    expect(index.found.get_by_role("link").first).to_be_focused()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_can_be_read(page, dark):
    page.set_viewport_size({"width": 400, "height": 800})
    index = BareIndex(page, dark)
    index.input.fill(TRACEBACK.replace("\n", " "))
    expect(index.found.first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate(TOO_PALE) == []
    assert page.evaluate(CUT_OFF) == []


def test_it_goes_on_when_the_kernel_has_ended(index):
    index.fire("comm_live_update")
    index.input.fill("pyinstaller")
    expect(index.count).to_have_text("1 question found.")
