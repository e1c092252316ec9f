"""Figures and tables in words."""

import html

from helpers import inputs


def counted(number, thing, things=None):
    """Return a number with its noun, such as "1 worker" or "2 workers". `things` is an irregular plural.

    Raises TypeError or ValueError for anything else.
    """
    inputs.number("number", number)
    for noun in (thing, thing if things is None else things):
        inputs.text("a noun", noun, "worker")
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def significant(figure):
    """Return a figure with at least three significant digits, such as 0.0120, 1.20, 120 or 1200."""
    return f"{figure:.0f}" if figure >= 999.5 else f"{figure:#.3g}".rstrip(".")


def size_in_words(size):
    """Return a number of bytes in words, such as "512 bytes", "1 KiB" or "1.5 MiB"."""
    if size < 2**10:
        return counted(size, "byte")
    unit, factor = next((unit, factor) for unit, factor in BINARY_UNITS.items() if size >= factor)
    return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"


BINARY_UNITS = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10}


def about(seconds):
    """Return a rough time in words, such as "about 12 s", "about 1 min 30 s" or "about 20 min".

    Raises TypeError or ValueError for anything but a number of seconds.
    """
    inputs.number("seconds", seconds)
    if round(seconds) < 60:
        return f"about {seconds:.0f} s"
    if seconds >= 600:
        return f"about {seconds / 60:.0f} min"
    minutes, seconds = divmod(10 * round(seconds / 10), 60)
    return f"about {minutes} min {seconds} s" if seconds else f"about {minutes} min"


def markdown_table(header, rows, align=":---"):
    """Return a table in Markdown. `align` is for all columns but the first: ":---" left, "---:" right.

    Raises TypeError for cells that are no texts, ValueError for a row with more or fewer cells than the header.
    """
    header = inputs.texts("header", header, '["workers", "speedup"]')
    rows = [
        inputs.texts("cells of a row", row, '["2", "1.8"]') for row in inputs.listed(rows, "rows", '[["2", "1.8"]]')
    ]
    inputs.one_of("align", align, (":---", "---:"))
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"A row needs {counted(len(header), 'cell')}, as the header has, not {len(row)}.")
    rule = [":---", *[align] * (len(header) - 1)]
    lines = [in_cells(header), rule, *map(in_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def in_cells(texts):
    """Return the texts in a form that keeps each in one cell of a Markdown table."""
    return [" ".join(text.replace("|", r"\|").splitlines()) for text in texts]


def html_row(tag, cells):
    """Return a table row whose cells have the tag "th" or "td". A short one stays on one line beside a long one."""
    row = ""
    for cell in cells:
        wrap = "; white-space: nowrap" if len(cell) <= SHORT else ""
        row += f'<{tag} style="padding: 0 1em 0 0; text-align: left{wrap}">{html.escape(cell)}</{tag}>'
    return f"<tr>{row}</tr>"


SHORT = 20  # characters: figures and names
