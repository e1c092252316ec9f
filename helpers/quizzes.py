"""A quiz: questions to answer in the notebook, each choice with a word on why it is right or wrong."""

import html

import ipywidgets as widgets

from helpers import progress, questions

LETTERS = "ABCDEF"

STYLE = """<style>
.course-question { border: 1px solid var(--jp-border-color2); border-radius: 6px; padding: 12px 16px; margin: 0 0 12px }
.course-question pre { background: var(--jp-layout-color2); border-radius: 4px; padding: 8px 12px; line-height: 1.4 }
.course-question .widget-html-content { line-height: 1.5; white-space: normal }
.course-question button.jupyter-button { height: auto; min-height: 32px; width: 100%; margin: 2px 0; padding: 5px 12px;
  text-align: left; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere }
.course-question button.jupyter-button:focus-visible { outline: 2px solid var(--jp-brand-color1); outline-offset: 1px }
.course-question button.course-code { font-family: var(--jp-code-font-family); font-size: var(--jp-code-font-size) }
.course-said { border-left: 4px solid; padding: 2px 10px; margin-top: 4px }
.course-said.course-right { border-color: #0072b2 }
.course-said.course-wrong { border-color: #d55e00; border-left-style: dashed }
</style>"""


class Quiz(widgets.VBox):
    """The quiz of a notebook such as "04": its questions, and how many have been answered right.

    When all have been, that is noted in `helpers.progress`. Raises ValueError if the notebook has no quiz.
    """

    def __init__(self, notebook):
        self._notebook = notebook
        asked = questions.of_notebook(notebook)
        self._answered = [False] * len(asked)
        self.asked = [
            Asked(question, f"Question {number} of {len(asked)}", lambda index=number - 1: self._note(index))
            for number, question in enumerate(asked, start=1)
        ]
        self.score = widgets.HTML()
        super().__init__([widgets.HTML(STYLE), *self.asked, self.score], layout={"max_width": "860px"})
        self._show_score()

    def _note(self, index):
        """Note that a question has been answered right."""
        self._answered[index] = True
        self._show_score()
        if all(self._answered):
            progress.note(progress.quiz_name(self._notebook))

    def _show_score(self):
        count, of = sum(self._answered), len(self._answered)
        self.score.value = f"<b>{count} of {of}</b> answered right." + (" The quiz is done." if count == of else "")

    def _repr_mimebundle_(self, **kwargs):
        """Say where the questions stand, for readers of the stored notebook that show no widgets."""
        said = f"A quiz of {len(self.asked)} questions. Run the cell to answer them here, or read them below."
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": said}


class Asked(widgets.VBox):
    """One question: its choices as buttons, and what the last one pressed was worth.

    question  a `helpers.questions.Question`
    title     its heading
    then      a function to call when the right choice is pressed
    """

    def __init__(self, question, title, then):
        self._then = then
        program = f"<pre>{html.escape(question.program.strip())}</pre>" if question.program else ""
        text = widgets.HTML(f"<b>{html.escape(title)}</b><br>{html.escape(question.asked)}{program}")
        self.buttons = [self._button(letter, choice, question) for letter, choice in zip(LETTERS, question.choices)]
        self.said = widgets.HTML()
        super().__init__([text, *self.buttons, self.said])
        self.add_class("course-question")

    def _button(self, letter, choice, question):
        indented = choice.text.replace("\n", "\n   ")  # under the first line's text, behind the letter
        button = widgets.Button(description=f"{letter}  {indented}")
        if question.start_methods:  # the choices are what the program prints
            button.add_class("course-code")
        button.on_click(lambda _: self._answer(button, letter, choice))
        return button

    def _answer(self, button, letter, choice):
        """Say whether the choice is right, and why."""
        kind, mark, verdict = ("right", "✓", "is right") if choice.right else ("wrong", "✗", "is not right")
        button.icon = "check" if choice.right else "times"
        self.said.value = (
            f'<div class="course-said course-{kind}" role="status"><b>{mark} {letter} {verdict}.</b> '
            f"{html.escape(choice.why)}</div>"
        )
        if choice.right:
            self._then()
