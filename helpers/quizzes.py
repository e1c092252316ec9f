"""A quiz: questions to answer in the notebook, each choice with a word on why it is right or wrong."""

import html
from functools import partial

import ipywidgets as widgets

from helpers import progress, questions

STYLE = """<style>
.course-question { border: 1px solid var(--jp-border-color2); border-radius: 6px; padding: 12px 16px 14px;
  margin: 0 0 14px; font-size: var(--jp-content-font-size1) }
.course-question .widget-html-content { font-size: inherit; line-height: 1.5; white-space: normal }
.course-question .course-count { color: var(--jp-ui-font-color2); font-size: var(--jp-ui-font-size1) }
.course-question pre { background: var(--jp-cell-editor-background); font-size: var(--jp-code-font-size);
  border: 1px solid var(--jp-cell-editor-border-color); line-height: 1.4; margin: 8px 0; padding: 8px 12px }
.course-question button.jupyter-button { background: var(--jp-layout-color1); color: var(--jp-content-font-color1);
  border: 1px solid var(--jp-border-color1); border-radius: 4px; box-shadow: none; font-size: inherit;
  height: auto; min-height: 34px; width: 100%; margin: 3px 0; padding: 6px 12px;
  text-align: left; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere }
.course-question button.jupyter-button:hover { background: var(--jp-layout-color2) }
.course-question button.jupyter-button:focus-visible { outline: 2px solid var(--jp-brand-color1); outline-offset: 1px }
.course-question button.course-code { font-family: var(--jp-code-font-family); font-size: var(--jp-code-font-size) }
.course-question button.course-right { border: 2px solid #0072b2 }
.course-question button.course-wrong { border: 2px dashed #d55e00 }
.course-said { padding: 2px 14px 8px }
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
    """One question, with its choices as buttons. Under a button that was pressed stands what the choice is worth.

    question  a `helpers.questions.Question`
    title     its heading
    then      a function to call when the right choice is pressed
    """

    def __init__(self, question, title, then):
        self._then = then
        program = f"<pre>{html.escape(question.program.strip())}</pre>" if question.program else ""
        heading = f'<span class="course-count">{html.escape(title)}</span>'
        text = widgets.HTML(f"{heading}<br><b>{html.escape(question.asked)}</b>{program}")
        self.buttons = [widgets.Button(description=choice.text) for choice in question.choices]
        self.said = [widgets.HTML(layout={"display": "none"}) for _ in question.choices]
        super().__init__([text, *(widget for pair in zip(self.buttons, self.said) for widget in pair)])
        self.add_class("course-question")
        for button, said, choice in zip(self.buttons, self.said, question.choices):
            if question.start_methods:  # the choices are what the program prints
                button.add_class("course-code")
            button.on_click(partial(self._answer, said, choice))

    def _answer(self, said, choice, button):
        """Say whether the choice is right, and why."""
        kind, icon, verdict = ("right", "check", "✓ Right.") if choice.right else ("wrong", "times", "✗ Not right.")
        button.add_class(f"course-{kind}")
        button.icon = icon
        said.value = f'<div class="course-said" role="status"><b>{verdict}</b> {html.escape(choice.why)}</div>'
        said.layout.display = None
        if choice.right:
            self._then()
