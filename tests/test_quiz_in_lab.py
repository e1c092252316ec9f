"""A learner in JupyterLab answers a quiz by keyboard, sees it noted, and is told when the kernel has ended."""

import json
import re

import nbformat
import pytest
from conftest import open_notebook, wait_for_kernel, write_notebook
from playwright.sync_api import expect

from helpers import questions

THEME = ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"

QUIZ = 'from helpers.quizzes import Quiz\n\nQuiz("01")'

PROGRESS = "from helpers import progress\n\nprogress.show()"

WAIT = """\
from pathlib import Path
from time import monotonic, sleep

began = monotonic()
while Path("hold").exists() and monotonic() - began < 60:
    sleep(0.05)"""

KILL = "import os\nos.kill(os.getpid(), 9)"

# Where the first question's top is once it has not moved for a second, as a share of the notebook view's height.
SETTLED_AT = """async () => {
    const top = () => document.querySelector(".course-question").getBoundingClientRect().top;
    let before, same = 0;
    while (same < 60) {
        await new Promise(requestAnimationFrame);
        same = top() === before ? same + 1 : 0;
        before = top();
    }
    const view = document.querySelector(".jp-WindowedPanel-outer").getBoundingClientRect();
    return (before - view.top) / view.height;
}"""

# The notebook's cells: the type of each, whether it is active, and how often it was run.
CELLS = """() => [...document.querySelectorAll(".jp-Notebook .jp-Cell")].map(cell => [
    ["jp-CodeCell", "jp-MarkdownCell", "jp-RawCell", "jp-mod-active"].filter(name => cell.classList.contains(name)),
    cell.querySelector(".jp-InputPrompt").textContent])"""

# Each text of the course's widgets with too little contrast to its background, with that contrast; and the same for the
# ring around the element that has the focus.
TOO_PALE = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const paint = (...colors) => {
        for (const color of colors) {
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
        }
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const behind = element => element ? [...behind(element.parentElement), getComputedStyle(element).backgroundColor]
        : ["white"];
    const light = ([...rgb]) => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => {
        const c = rgb[i] / 255;
        return sum + part * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    }, 0);
    const contrast = (element, color) => {
        const [one, other] = [paint(...behind(element)), paint(...behind(element), color)].map(light).sort();
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    };
    const found = [];
    for (const element of document.querySelectorAll(".course-widget, .course-widget *")) {
        const style = getComputedStyle(element);
        const text = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
        if (text && element.checkVisibility()) found.push([element.textContent, contrast(element, style.color), 4.5]);
        if (!element.matches(":focus-visible")) continue;
        found.push(["focus", contrast(element.parentElement, style.outlineColor), 3]);
        found.push(["width of the focus", parseFloat(style.outlineWidth), 2]);
    }
    return found.filter(([, is, least]) => !(is >= least)).concat(found.length < 10 ? ["found too little"] : []);
}"""

# Whether the widgets lie within the page.
FITS = """() => [...document.querySelectorAll(".course-widget")].every(widget =>
    widget.getBoundingClientRect().right <= document.documentElement.clientWidth)"""

# What reaches beyond the right edge of the widgets or of the page.
CUT_OFF = """() => [...document.querySelectorAll(".course-widget")].flatMap(widget => {
    const right = Math.min(widget.getBoundingClientRect().right, document.documentElement.clientWidth) + 1;
    return [...widget.querySelectorAll("*")]
        .filter(part => part.checkVisibility() && part.getBoundingClientRect().right > right)
        .map(part => part.outerHTML.slice(0, 100));
})"""


def run_cell(page, text):
    """Go to the first cell that holds the text, and run it by Shift+Enter."""
    cell = page.locator(".jp-CodeCell").filter(has_text=text).first
    cell.evaluate("cell => cell.scrollIntoView()")
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def choose_in_menu(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item).click()


def save(page):
    with page.expect_response(lambda response: response.request.method == "PUT" and "/api/contents/" in response.url):
        page.keyboard.press("Control+s")


def right_choice(page, notebook, number):
    """Return the button of the right choice of a question."""
    (place,) = (place for place, choice in enumerate(questions.of_notebook(notebook)[number].choices) if choice.right)
    return page.locator(".course-question").nth(number).get_by_role("button").nth(place)


@pytest.mark.timeout(400)
def test_a_quiz_is_answered_by_keyboard_alone(lab, page):
    page.set_viewport_size({"width": 1280, "height": 720})
    cells = [
        nbformat.v4.new_code_cell('from helpers.quizzes import Quiz\n\nQuiz("05")'),
        nbformat.v4.new_markdown_cell("\n\n".join(["Below the quiz."] * 30)),
        nbformat.v4.new_code_cell("from helpers import progress\n\nprogress.show()"),
    ]
    notebook = write_notebook(lab, "keyboard.ipynb", cells)
    open_notebook(page, lab, notebook.name)
    run_cell(page, 'Quiz("05")')
    asked = page.locator(".course-question")
    expect(asked).to_have_count(len(questions.of_notebook("05")))
    assert 0 <= page.evaluate(SETTLED_AT) < 0.5  # JupyterLab moves on to the next cell, below the quiz

    # JupyterLab's single-key shortcuts don't work on a choice that has the focus. Those with Ctrl do.
    asked.first.get_by_role("button").first.focus()
    before = page.evaluate(CELLS)
    assert len(before) == len(cells)
    for key in ["x", "d", "d", "r", "m", "y", "a", "b", "1", "6", "ArrowUp", "ArrowDown", "Shift+M", "z"]:
        page.keyboard.press(key)
    assert page.evaluate(CELLS) == before
    expect(asked.first.get_by_role("button").first).to_be_focused()
    save(page)

    # Each choice is a button with a name. Tab goes from one to the next, Enter and Space press it.
    for number, question in enumerate(questions.of_notebook("05")):
        for place, choice in enumerate(question.choices):
            button = asked.nth(number).get_by_role("button").nth(place)
            expect(button).to_have_accessible_name(re.sub(r"\s+", " ", choice.text))
            expect(button).to_be_focused()
            said = asked.nth(number).get_by_role("status").nth(place)
            expect(said).to_be_empty()
            page.keyboard.press("Enter" if place % 2 else "Space")
            again = "" if choice.right else f" See “{question.answered}” above."
            expect(said).to_have_text(f"{'✓ Right.' if choice.right else '✗ Not right.'} {choice.why}{again}")
            page.keyboard.press("Tab")
    expect(page.get_by_text("5 of 5 answered right. The quiz is done.")).to_be_visible()

    asked.first.get_by_role("button").first.focus()
    assert page.evaluate(TOO_PALE) == []
    page.set_viewport_size({"width": 600, "height": 720})
    page.wait_for_function(FITS)  # JupyterLab lays out its parts only some frames after the window has its new size
    assert page.evaluate(CUT_OFF) == []

    # JupyterLab trusts no notebook of which only one cell was run here: it shows no widget from before.
    save(page)
    page.reload()
    says_what_to_do(page, "quiz")

    run_cell(page, "progress.show()")
    row = page.get_by_role("row").filter(has_text="05 Use a pool")
    expect(row).to_contain_text("0 of 4 done")
    expect(row.get_by_role("cell").last).to_have_text("done")

    texts = ["Forget my progress", "Yes, forget it", "No, keep it"]
    button = {text.split()[0]: page.get_by_role("button", name=text) for text in texts}
    button["Forget"].focus()
    for focused, key in [("Forget", "Enter"), ("No,", "Space"), ("Forget", "Enter"), ("No,", "Shift+Tab")]:
        expect(button[focused]).to_be_focused()
        page.keyboard.press(key)
    expect(row.get_by_role("cell").last).to_have_text("done")
    expect(button["Yes,"]).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Forgotten.")).to_be_visible()
    expect(row.get_by_role("cell").last).to_have_text("not yet")
    expect(button["Forget"]).to_be_focused()


# --- Without a kernel ---


@pytest.fixture
def dark(lab):
    """JupyterLab with its dark theme."""
    setting = lab.home / THEME
    setting.parent.mkdir(parents=True, exist_ok=True)
    setting.write_text(json.dumps({"theme": "JupyterLab Dark"}))
    yield
    setting.unlink()


@pytest.fixture
def notebook(lab):
    """A notebook with a quiz, the reset button, a cell that keeps the kernel busy, and one that kills it."""
    cells = [
        'from helpers.quizzes import Quiz\nQuiz("01")',
        "from helpers import progress\nprogress.show()",
        WAIT,
        KILL,
    ]
    return write_notebook(lab, "quiz.ipynb", [nbformat.v4.new_code_cell(cell) for cell in cells])


@pytest.mark.timeout(400)
def test_without_a_kernel_it_says_so(dark, notebook, lab, page, browser):
    open_notebook(page, lab, notebook.name)
    run_cell(page, "Quiz(")
    run_cell(page, "progress.show")

    # While the kernel runs a cell each answer is judged at once. The kernel hears of it later.
    hold = notebook.with_name("hold")
    hold.touch()
    run_cell(page, "hold")
    waiting = page.locator(".jp-InputPrompt", has_text="[*]")
    expect(waiting).to_be_visible()
    for number in range(4):
        right_choice(page, "01", number).click()
        expect(page.get_by_text(f"{number + 1} of 4 answered right.", exact=True)).to_be_visible()
    expect(waiting).to_be_visible()
    hold.unlink()
    expect(page.get_by_text("4 of 4 answered right. The quiz is done.")).to_be_visible()
    run_cell(page, "progress.show")
    expect(page.get_by_role("row").filter(has_text="01 What is").get_by_role("cell").last).to_have_text("done")

    page.keyboard.press("Tab")  # a ring shows what has the focus only once keys are used
    right_choice(page, "01", 0).focus()
    assert page.evaluate(TOO_PALE) == []

    save(page)
    page.reload()
    expect(page.get_by_text("4 of 4 answered right. The quiz is done.")).to_be_visible()
    expect(page.get_by_text("✓ Right.")).to_have_count(4)
    wait_for_kernel(page)

    for end in (die, restart, shut_down):
        run_cell(page, "Quiz(")
        run_cell(page, "progress.show")
        expect(page.get_by_text("0 of 4 answered right.", exact=True)).to_be_visible()
        expect(page.get_by_text("The kernel has ended")).to_have_count(0)
        right_choice(page, "01", 0).click()
        wait_for_kernel(page)
        end(page)
        score = "1 of 4 answered right. The kernel has ended, so answers are no longer saved. Run this cell again."
        expect(page.get_by_text(score)).to_be_visible()
        expect(page.get_by_text("The kernel has ended: run this cell again (Shift+Enter).")).to_be_visible()
        right_choice(page, "01", 1).click()
        expect(page.get_by_text(score.replace("1 of", "2 of"))).to_be_visible()
        page.get_by_role("button", name="Forget my progress").press("Enter")
        expect(page.get_by_role("button", name="Yes, forget it")).to_be_hidden()

    save(page)
    page.close()
    reader = browser.new_page(viewport={"width": 1200, "height": 1600})  # JupyterLab tells its console of errors
    open_notebook(reader, lab, notebook.name)
    expect(reader.get_by_text("Error displaying widget: model not found")).to_have_count(2)
    says_what_to_do(reader, "quiz", "button that forgets all this")
    reader.close()


def says_what_to_do(page, *widgets):
    """Check that the page shows a text in the place of each widget, and no complaint."""
    for widget in widgets:
        expect(page.get_by_text(f"Run this cell (Shift+Enter) to use the {widget}.")).to_be_visible()
    expect(page.get_by_text(re.compile("Error displaying|not found|Loading")).filter(visible=True)).to_have_count(0)


def agree(page):
    """Press the last button of JupyterLab's dialog."""
    page.locator(".jp-Dialog .jp-mod-accept").click()


def die(page):
    run_cell(page, "os.kill")
    agree(page)


def restart(page):
    choose_in_menu(page, "Kernel", "Restart Kernel…")
    agree(page)


def shut_down(page):
    choose_in_menu(page, "Kernel", "Shut Down Kernel")
