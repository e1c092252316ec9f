"""The section "All questions" of notebook 14, written from `helpers.asked`."""

from nbformat.v4 import new_markdown_cell

from helpers import asked

ALL = "## All questions"

INTRO = f"""\
{ALL}

Each question has a short answer, a link to the cell that shows it, and one to where it was asked or is documented.
In a message, … stands for what differs. *Not run here* says why no cell of the course can run it.

{{groups}}"""


def sections(notebook):
    """Return the cells of the section of notebook "14". Other notebooks have none."""
    if notebook != "14":
        return {}
    groups = " · ".join(f"[{title}](#{title.replace(' ', '-')})" for title in asked.GROUPS)
    return {ALL: [new_markdown_cell(INTRO.format(groups=groups)), *map(group_cell, asked.GROUPS)]}


def group_cell(title):
    """Return the cell of a group: its heading and its questions."""
    return new_markdown_cell("\n\n".join([f"### {title}", *map(entry, asked.of_group(title))]))


def entry(question):
    """Return a question and its answer as Markdown, with a line for each part. Two spaces end a line."""
    notes = [question.versions, question.not_run and f"Not run here. {question.not_run}"]
    lines = [
        f"**{question.question}**",
        *[f"`{message}`" for message in question.messages],
        question.answer,
        *[f"*{note}*" for note in notes if note],
        f"[{question.place}]({question.link}) · [source]({question.source})",
    ]
    return "  \n".join(lines)
