"""Check what a class handed in, in a terminal: `python -m helpers.grading FOLDER`."""

import argparse
import csv
import sys
from pathlib import Path

from helpers.grading.grades import RIGHT, Grader
from helpers.grading.hand_ins import in_folder
from helpers.grading.protection import Unprotected
from helpers.handing_in import in_one_step
from helpers.words import counted

TABLE = "grades.csv"
HEADER = ["who", "name (claimed)", "what", "result", "hint", "tries (claimed)", "done at (claimed)"]
WRONG, INTERRUPTED = 2, 130  # the codes that Python and shells use
SHORT = 60  # characters of a hint in the terminal
FORMULA = ("=", "+", "-", "@")  # a spreadsheet would run a text that begins so


def main(arguments=None):
    """Check the folder named on the command line, print the table, store it there, and return the exit code.

    arguments  the command line's arguments; None for those that Python was given
    """
    folder = parser().parse_args(arguments).folder.expanduser()
    if not folder.is_dir():
        print(f"There is no folder {folder}.", file=sys.stderr)
        return WRONG
    hand_ins = in_folder(folder)
    if not hand_ins:
        print(f"There is nothing to check in {folder}: no answers-….zip and no exercise_….py.", file=sys.stderr)
        return WRONG
    grades, code = [], 0
    try:
        with Grader(folder) as grader:
            print("This runs the programs of learners on this machine.", *grader.protected, "", sep="\n", flush=True)
            print(line("who", "what", "result", "tries", "hint"))
            for found in grader.grades(hand_ins):
                grades += found
                print(*map(as_line, found), sep="\n", flush=True)
    except Unprotected as why:
        print(why, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("Interrupted: all programs were ended. The table has what was known by then.", file=sys.stderr)
        code = INTERRUPTED
    store(grades, folder / TABLE)
    right = sum(grade.result == RIGHT for grade in grades)
    print(f"\n{counted(right, 'right answer')} from {counted(len(hand_ins), 'hand-in')}. ", end="")
    print(f"The table is in {folder / TABLE}. Names, tries, times and quizzes are what the files claim.")
    return code


def parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.grading",
        description="Check what a class handed in. It runs the learners' programs, under limits.",
    )
    parser.add_argument("folder", type=Path, help="a folder of answers-….zip files, or of folders with exercise_….py")
    return parser


def as_line(grade):
    """Return a `Grade` as a line for the terminal."""
    tries = "" if grade.tries is None else str(grade.tries)
    hint = grade.hint if len(grade.hint) <= SHORT else f"{grade.hint[:SHORT]} ..."
    return line(grade.who, grade.what, grade.result, tries, hint)


def line(who, what, result, tries, hint):
    """Return a line of the table for the terminal."""
    return f"{who[:24]:24}  {what:12}  {result:10}  {tries:>5}  {hint}".rstrip()


def store(grades, path):
    """Write the table as CSV."""
    with in_one_step(path) as unfinished, unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        # with the mark of utf-8-sig, Excel reads it as UTF-8
        table = csv.writer(file)
        table.writerow(HEADER)
        for grade in grades:
            cells = [grade.who, grade.name, grade.what, grade.result, grade.hint, grade.tries or "", grade.done]
            table.writerow([harmless(str(cell)) for cell in cells])


def harmless(text):
    """Return a text that a spreadsheet takes as a text, not as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


if __name__ == "__main__":
    sys.exit(main())
