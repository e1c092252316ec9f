"""Exercise 1 of notebook 13: send numbers, and let the workers make the data."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing


def make_chapter(number):
    return "word " * (50_000 + number)


def count_words(chapter):
    return len(chapter.split())


if __name__ == "__main__":
    chapters = [make_chapter(number) for number in range(8)]
    with multiprocessing.Pool(processes=2) as pool:
        print(pool.map(count_words, chapters, chunksize=1))
"""

SOLUTION = """\
import multiprocessing


def make_chapter(number):
    return "word " * (50_000 + number)


def count_words(number):
    return len(make_chapter(number).split())


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        print(pool.map(count_words, range(8), chunksize=1))
"""

LINE = "print(pool.map(count_words, range(8), chunksize=1))"
ANSWER = str([50_000 + number for number in range(8)])


def check(attempt):
    if attempt.lines != [ANSWER]:
        return Hint(
            f"The program should still print {ANSWER}. It printed {attempt.lines}. What changed?",
            "Let the workers count the words of the chapters 0 to 7, in this order.",
            LINE,
        )
    if not attempt.calls_in_children():
        return Hint("The numbers are right, but no worker had anything to do.", "Leave the counting to the pool.", LINE)
    if attempt.largest_message > 10_000:
        return Hint(
            f"The largest message has {attempt.largest_message / 1000:.0f} KB. Does a worker need to get a chapter?",
            "Send a worker the number of a chapter. It can make the chapter by itself.",
            "return len(make_chapter(number).split())",
        )
    return None


EXERCISE = Exercise(
    title="less to carry",
    task="""\
A chapter is 250 KB long. The parent makes all the chapters, packs each of them and sends it to a worker, which unpacks
it. Meanwhile the workers could have made the chapters themselves.

Change the program so that no message has more than a few bytes. It must print the same list.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
Now making the chapters is divided as well. With files it's the same: send the path, and let the worker
read the file.""",
    praise="Only numbers travel, and each worker makes the chapters that it needs.",
    mistakes="larger chunks; the numbers 1 to 8; count in the parent",
    ask="Does a worker need to get a chapter?",
    right=[
        SOLUTION.replace("range(8), chunksize=1", "list(range(8))"),
        GIVEN.replace("[make_chapter(number) for number in range(8)]", "range(8)").replace(
            "chapter.split()", "make_chapter(chapter).split()"
        ),
    ],
    wrong=[
        (GIVEN.replace("chunksize=1", "chunksize=2"), "The largest message has"),
        (GIVEN.replace("chunksize=1", "chunksize=4"), "The largest message has"),
        (SOLUTION.replace("range(8)", "range(1, 9)"), "should still print"),
        (SOLUTION.replace(LINE, "print([count_words(number) for number in range(8)])"), "no worker had anything"),
    ],
    check=check,
)
