"""What people ask about multiprocessing, with short answers: ASKED in each module holds the questions of one group."""

from dataclasses import dataclass
from importlib import import_module

# The groups in the order of the index: a title, and the module that has its questions
GROUPS = {
    "In a notebook": "in_a_notebook",
    "Start a process": "starting",
    "Fork, spawn and forkserver": "start_methods",
    "Use a pool": "pools",
    "Send functions and objects": "pickling",
    "Share data": "sharing",
    "Results, errors and output": "results",
    "When it hangs or dies": "hanging",
    "Speed": "speed",
    "Threads and other ways": "other_ways",
}


@dataclass(frozen=True)
class Asked:
    """A question that people ask. Its texts are Markdown, with no more than `code`.

    question  in the words of those who ask it
    answer    in a line, true today
    shown     where a cell shows it: a notebook and a heading, such as "05-use-a-pool#Measure"
    source    the address where it was asked, or where it is documented
    below     the question under that heading, if it has several, as "What people ask" has
    messages  what Python says, as far as it is always the same: "…" stands for the rest. If versions of Python word
              it in different ways, all of them
    versions  the versions and systems for which the answer holds, unless it holds for all
    words     other words for it, for the search
    not_run   why nothing here can run it, if that is so
    """

    question: str
    answer: str
    shown: str
    source: str
    below: str = ""
    messages: tuple[str, ...] = ()
    versions: str = ""
    words: str = ""
    not_run: str = ""

    @property
    def link(self):
        """The address of the heading, as JupyterLab makes it."""
        notebook, heading = self.shown.split("#")
        return f"{notebook}.ipynb#{heading.replace(' ', '-')}"

    @property
    def place(self):
        """That place in words, such as "05 Measure"."""
        notebook, heading = self.shown.split("#")
        return f"{notebook[:2]} {self.below or heading}"


def of_group(title):
    """Return the questions of a group such as "Use a pool". Raises KeyError if there is no such group."""
    return import_module(f"{__name__}.{GROUPS[title]}").ASKED
