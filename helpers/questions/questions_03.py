"""The questions of notebook 03, How do I create a process?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "The child's error message is thrown away here. What does this program print?",
        (
            wrong(
                "nothing: join() raises the error in the parent", "join() raises nothing. The error stays in the child."
            ),
            wrong(
                "went on\nexit code: 0",
                "The first line is right. But 0 means that all went well, and the child ended with an error.",
            ),
            right(
                "went on\nexit code: 1",
                "join() returns as if all were well. Only the exit code tells: an error in the child makes it 1.",
            ),
            wrong("went on\nexit code: None", "None means that the process has not ended yet. After join() it has."),
        ),
        program="""
import multiprocessing
import os
import sys


def worker():
    sys.stderr = open(os.devnull, "w")  # throws the error message away
    raise ValueError


if __name__ == "__main__":
    process = multiprocessing.Process(target=worker)
    process.start()
    process.join()
    print("went on")
    print("exit code:", process.exitcode)
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "What does this program print?",
        (
            wrong(
                "MainProcess\nProcess-1",
                "The child runs nothing: its target is None. The second line is what greet() returned.",
            ),
            right(
                "MainProcess\nNone",
                "greet() is called in this process, before the child exists. It returns None, so the child has no "
                "target.",
            ),
            wrong(
                "Process-1\nNone",
                "With brackets, greet is called at once, by the process that reads this line: the parent, MainProcess.",
            ),
            wrong(
                "an error, since None can't be a target",
                "None is allowed: the child starts, does nothing, and ends with exit code 0.",
            ),
        ),
        program="""
import multiprocessing


def greet():
    print(multiprocessing.current_process().name)


if __name__ == "__main__":
    target = greet()
    process = multiprocessing.Process(target=target)
    process.start()
    process.join()
    print(target)
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "Here new processes are started with spawn. What does this program print?",
        (
            wrong(
                "reading\nworking",
                "The new process reads the script too, to find worker. So the first line comes twice.",
            ),
            wrong("reading\nreading", "The script is read twice, but worker runs as well, and prints its own line."),
            wrong(
                "reading\nreading\nworking\nworking",
                "worker runs once, in the child. The guard keeps the child from starting one of its own.",
            ),
            right(
                "reading\nreading\nworking",
                "The parent reads the script, the child reads it again, and then runs worker.",
            ),
        ),
        program="""
import multiprocessing

print("reading")


def worker():
    print("working")


if __name__ == "__main__":
    process = multiprocessing.Process(target=worker)
    process.start()
    process.join()
""",
        start_methods=("spawn",),
    ),
    Question(
        "A child has computed a list of a thousand numbers. How does the parent get it?",
        (
            right(
                "Through a pipe, into which the child sends it",
                "A process returns nothing. What the parent needs has to be sent.",
            ),
            wrong(
                "With process.join(), which returns what the target returned",
                "join() always returns None. What the target returned is lost.",
            ),
            wrong(
                "As process.exitcode, once the process has ended",
                "An exit code is one small number that says how the process ended.",
            ),
            wrong(
                "From a global list that the child appends to",
                "The child appends to a list in its own memory. The parent's stays empty.",
            ),
        ),
    ),
)
