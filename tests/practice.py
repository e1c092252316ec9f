"""The section "Your turn" of each notebook, written from `helpers.exercises` and `helpers.questions`."""

from nbformat.v4 import new_code_cell, new_markdown_cell

from helpers import exercises, questions

LETTERS = "ABCDEF"
BEGIN, END = "## Your turn", "## What people ask"

INTRO = f"""\
{BEGIN}

Each exercise is a small program. Change it in its cell, run the cell, and then the check below it.
The check runs your program and watches its processes. What goes wrong there leaves this notebook alone,
and a program that never ends is ended. That is why the exercises are files and not cells."""

SOLUTION = """\
<details>
<summary>Solution</summary>

```python
{solution}```

{afterword}</details>"""

QUIZ = """\
### Quiz

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


def cells(notebook):
    """Return the cells of the section, of a notebook such as "04"; none if it has no exercises."""
    names = exercises.names(notebook)
    if not names:
        return []
    section = [new_markdown_cell(INTRO if notebook == "01" else BEGIN)]
    for number, name in enumerate(names, start=1):
        section += exercise_cells(exercises.find(name), name, number)
    return section + quiz_cells(notebook)


def exercise_cells(exercise, name, number):
    """Return the cells of an exercise: task, file, perhaps its use, check, solution."""
    use = [new_code_cell(exercise.use.strip())] if exercise.use else []
    check = f'check("{name}")'
    if number == 1:
        check = f"from helpers.checks import check\n\n{check}"
    afterword = exercise.afterword.strip() + "\n\n" if exercise.afterword else ""
    return [
        new_markdown_cell(f"### Exercise {number}: {exercise.title}\n\n{exercise.task.strip()}"),
        new_code_cell(f"%%writefile {name}.py\n{exercise.given.strip()}"),
        *use,
        new_code_cell(check),
        new_markdown_cell(SOLUTION.format(solution=exercise.solution, afterword=afterword)),
    ]


def quiz_cells(notebook):
    """Return the cells of the quiz: its widget, and the same to read without a kernel."""
    asked = questions.of_notebook(notebook)
    to_read = TO_READ.format(
        questions="\n\n".join(question_to_read(number, question) for number, question in enumerate(asked, start=1)),
        answers="\n".join(answer_to_read(number, question) for number, question in enumerate(asked, start=1)),
    )
    return [
        new_markdown_cell(QUIZ),
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
    return f"- **{number}.** **{letter}**. {choice.why}"


def as_text(choice, question):
    """Return a choice as Markdown: as code, line by line, if it is what a program prints."""
    if not question.start_methods:
        return choice.text
    return "<br>".join(f"`{line}`" for line in choice.text.splitlines())


def section_of(notebook):
    """Return where the section of this notebook begins and ends, among its cells."""
    begin = next(index for index, cell in enumerate(notebook.cells) if cell.source.startswith(BEGIN))
    end = next(index for index, cell in enumerate(notebook.cells) if cell.source.startswith(END))
    return slice(begin, end)
