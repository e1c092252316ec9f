"""The questions of notebook 01, What is multiprocessing?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong(
                "an error, since the child has no number",
                "The child has a variable of that name too, in its own memory. It adds 10 to that one.",
            ),
            wrong("10", "1 and 10 is 11, and that is the child's number. The parent prints its own."),
            right("1", "The child added 10 to the number in its own memory. The number of the parent stays as it was."),
            wrong("11", "The child's number is 11. But it is the parent that prints, and its number has not changed."),
        ),
        program="""
import multiprocessing

number = 1


def add_ten():
    global number
    number += 10


if __name__ == "__main__":
    process = multiprocessing.Process(target=add_ten)
    process.start()
    process.join()
    print(number)
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "What does this program print?",
        (
            wrong(
                "[None, None, None]",
                "That is what workers give that return nothing. This one returns its result, and map brings it home.",
            ),
            right("[9, 1, 4]", "map returns the results in the order of the items, whichever worker was done first."),
            wrong("[1, 4, 9]", "map does not sort. The results stand in the order of the items: 3, 1, 2."),
            wrong(
                "the three squares, in an order that changes",
                "Workers may end in any order. map puts the results in the order of the items.",
            ),
        ),
        program="""
import multiprocessing


def square(number):
    return number * number


if __name__ == "__main__":
    with multiprocessing.Pool(processes=3) as pool:
        print(pool.map(square, [3, 1, 2]))
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "A machine has 4 usable cores. Work that computes takes 8 seconds in one process. What do you expect "
        "of a pool with 16 workers?",
        (
            right(
                "About 2 seconds, plus the time to start the workers",
                "Four cores can run four workers at a time. Twelve more workers only take turns, and have to be "
                "started.",
            ),
            wrong(
                "Half a second, since 16 workers share the work",
                "Only as many workers compute at the same moment as there are cores.",
            ),
            wrong(
                "8 seconds, since one Python runs one thing at a time",
                "Each worker process has a Python interpreter of its own, so they do run at the same moment.",
            ),
            wrong(
                "More than 8 seconds, since there are more workers than cores",
                "Too many workers cost something, but four of them still compute at the same moment.",
            ),
        ),
    ),
    Question(
        "Which of these would you give to a pool of processes?",
        (
            wrong("Adding up a thousand numbers", "That takes less time than starting one worker."),
            wrong(
                "Waiting for a file of 10 MB to come from a server",
                "Nothing is computed while it waits. More cores do not make it come sooner.",
            ),
            wrong(
                "A sum in which each step needs the one before it",
                "Such steps can't run at the same moment, so other workers would have nothing to do.",
            ),
            right(
                "Making small versions of a thousand photos",
                "Each photo is work that computes, and none of them needs another one's result.",
            ),
        ),
    ),
)
