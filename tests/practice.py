"""The sections "Your turn" and "Quiz" of each notebook, written from `helpers.exercises` and `helpers.questions`."""

from nbformat.v4 import new_code_cell, new_markdown_cell

from helpers import exercises, questions

LETTERS = "ABCDEF"
YOUR_TURN, QUIZ = "## Your turn", "## Quiz"

EXTENSION = "%load_ext helpers.checks"

INTRO = f"""\
{YOUR_TURN}

Each exercise is a small program in one cell. Change it, and run the cell.

The first line, `%%exercise`, is a command of this course, which the next cell loads.
It saves the rest of the cell as a file, runs that file as a script of its own, and watches what its processes do.
Then it tells you whether the program is right. If it isn't, you get a hint. Run the cell again for a bigger one.

A program that never ends is stopped after a while. Whatever goes wrong in it, this notebook is safe."""

SOLUTION = """\
<details>
<summary>Solution</summary>

```python
{solution}```

{afterword}</details>"""

USE = """

This script uses your module:

```python
{use}
```"""

QUIZ_INTRO = f"""\
{QUIZ}

Choose an answer. Each one says why it is right or wrong, so try the wrong ones too."""

TO_READ = """\
<details>
<summary>The questions to read, and the answers</summary>

{questions}

<details>
<summary>Answers</summary>

{answers}

</details>

</details>"""


def sections(notebook):
    """Return the cells of each generated section of a notebook such as "04". There are none without exercises.

    Raises ValueError if there are exercises and no quiz, or a quiz and no exercises.
    """
    names = exercises.names(notebook)
    if bool(names) != (notebook in questions.notebooks()):
        has, needs, file = ("exercises", "a quiz", f"helpers/questions/questions_{notebook}.py")
        if not names:
            has, needs, file = ("a quiz", "exercises", f"helpers/exercises/exercise_{notebook}a.py")
        raise ValueError(f"Notebook {notebook} has {has}, so it needs {needs}. Copy another notebook's to {file}.")
    if not names:
        return {}
    your_turn = [new_markdown_cell(INTRO if notebook == "01" else YOUR_TURN), new_code_cell(EXTENSION)]
    for number, name in enumerate(names, start=1):
        your_turn += exercise_cells(exercises.find(name), name, number)
    return {YOUR_TURN: your_turn, QUIZ: quiz_cells(notebook)}


def exercise_cells(exercise, name, number):
    """Return the cells of an exercise: task, program, solution."""
    use = USE.format(use=exercise.use.strip()) if exercise.use else ""
    afterword = exercise.afterword.strip() + "\n\n" if exercise.afterword else ""
    return [
        new_markdown_cell(f"### Exercise {number}: {exercise.title}\n\n{exercise.task.strip()}{use}"),
        new_code_cell(f"%%exercise {name.removeprefix('exercise_')}\n{exercise.given.strip()}"),
        new_markdown_cell(SOLUTION.format(solution=exercise.solution, afterword=afterword)),
    ]


def quiz_cells(notebook):
    """Return the cells of the quiz: its widget, and the same as text for readers without a kernel."""
    asked = questions.of_notebook(notebook)
    to_read = TO_READ.format(
        questions="\n\n".join(question_to_read(number, question) for number, question in enumerate(asked, start=1)),
        answers="\n".join(answer_to_read(number, question) for number, question in enumerate(asked, start=1)),
    )
    return [
        new_markdown_cell(QUIZ_INTRO),
        new_code_cell(f'from helpers.quizzes import Quiz\n\nQuiz("{notebook}")'),
        new_markdown_cell(to_read),
    ]


def question_to_read(number, question):
    """Return a question and its choices as Markdown."""
    program = f"\n\n```python\n{question.program.strip()}\n```" if question.program else ""
    choices = "\n".join(
        f"- **{letter}** {as_text(choice, question)}" for letter, choice in zip(LETTERS, question.choices)
    )
    return f"**{number}.** {question.asked}{program}\n\n{choices}"


def answer_to_read(number, question):
    """Return the right choice of a question, and why it is right, as Markdown."""
    letter, choice = next((letter, choice) for letter, choice in zip(LETTERS, question.choices) if choice.right)
    return f"- **{number}.** **{letter}**. {choice.why} (See “{question.answered}”.)"


def as_text(choice, question):
    """Return a choice as Markdown: as code, line by line, if it is what a program prints."""
    if not question.start_methods:
        return choice.text
    return "<br>".join(f"`{line}`" for line in choice.text.splitlines())


def sources(cells):
    """Return what cells say, without their outputs: (kind, source) for each."""
    return [(cell.cell_type, cell.source) for cell in cells]


def section_of(notebook, heading):
    """Return where the section with this heading begins and ends, as indexes of a notebook's cells.

    Raises ValueError if there is no such heading, or none after it.
    """
    headings = [number for number, cell in enumerate(notebook.cells) if cell.source.startswith("## ")]
    for begin, end in zip(headings, headings[1:]):
        if notebook.cells[begin].source.partition("\n")[0] == heading:
            return slice(begin, end)
    raise ValueError(f"The notebook has no cell that begins with {heading!r}, with another section after it. Add one.")
