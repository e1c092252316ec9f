"""Quizzes: questions to answer in the notebook. Each choice says why it is right or wrong."""

from dataclasses import asdict

import traitlets

from helpers import progress, questions
from helpers.browser.widget import CourseWidget, source
from helpers.inputs import is_place


class Quiz(CourseWidget):
    """The quiz of a notebook such as "04". `helpers.progress` notes when all its questions have been answered right.

    asked    the questions as data, for the browser, which judges the answers itself
    answers  for each question, the choices made so far, as indexes into its list of choices

    Raises ValueError if the notebook has no quiz.
    """

    _esm = source("course.js", "quiz.js")
    _css = source("course.css", "quiz.css")
    what = "quiz"

    asked = traitlets.List().tag(sync=True)
    answers = traitlets.List().tag(sync=True)

    def __init__(self, notebook):
        self._notebook = notebook
        asked = [asdict(question) for question in questions.of_notebook(notebook)]
        super().__init__(asked=asked, answers=[[] for _ in asked])
        self.on_msg(lambda _widget, message, _buffers: self.answer(*message["answer"]))

    def answer(self, question, choice):
        """Answer a question with a choice, both given by index, such as 0 and 2. Return whether it is right.

        Raises ValueError if there is no such question or choice.
        """
        if not is_place(question, len(self.asked)):
            raise ValueError(f"There is no question {question!r}. The quiz has 0 to {len(self.asked) - 1}.")
        choices = self.asked[question]["choices"]
        if not is_place(choice, len(choices)):
            raise ValueError(f"There is no choice {choice!r}. Question {question} has 0 to {len(choices) - 1}.")
        if choice not in self.answers[question]:
            answers = [list(made) for made in self.answers]  # a new list: only that is sent to the browser
            answers[question].append(choice)
            progress.note_answer(self._notebook, self.asked[question]["asked"], choices[choice]["text"])
            if self._all_right(answers):
                progress.note(progress.quiz_name(self._notebook))
            self.answers = answers
        return choices[choice]["right"]

    def _all_right(self, answers):
        """Return whether each question has been answered right, even if after wrong answers."""
        return all(
            any(question["choices"][choice]["right"] for choice in made) for question, made in zip(self.asked, answers)
        )
