"""Exercise 2 of notebook 03: a process returns nothing, so it has to send."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing


def multiply(a, b):
    return a * b


if __name__ == "__main__":
    process = multiprocessing.Process(target=multiply, args=(6, 7))
    process.start()
    process.join()
    print("answer:", process.exitcode)
"""

SOLUTION = """\
import multiprocessing


def multiply(a, b, sender):
    sender.send(a * b)


if __name__ == "__main__":
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=multiply, args=(6, 7, sender))
    process.start()
    sender.close()
    print("answer:", receiver.recv())
    process.join()
"""


SEND = 'sender.send(a * b)                   # in multiply\nprint("answer:", receiver.recv())    # in the parent'


def check(attempt):
    if any(process.exit_code == 42 for process in attempt.processes):
        return Hint(
            "The answer came home as an exit code. Would that work for 6 times 70, or for a text?",
            "No: an exit code is a small number that says how a process ended. Let the child send its answer through a "
            "pipe.",
            SEND,
        )
    if not attempt.calls_in_children():
        return Hint(
            "No process did any work. Who should multiply?",
            "Give the work to a Process that has multiply as its target.",
            "process = multiprocessing.Process(target=multiply, args=(6, 7, sender))",
        )
    if attempt.lines == ["answer: 0"]:
        return Hint(
            "The parent printed 0, the exit code: the child ended without an error. Where did its product go?",
            "What a process returns is lost. Make a pipe, hand its sender to the child, and let the child send.",
            SEND,
        )
    if attempt.lines == ["answer: None"]:
        return Hint(
            "The parent printed None. What do start() and join() return?",
            "Always None, whatever the child returns. Let the child send its answer through a pipe.",
            SEND,
        )
    if attempt.lines_of_children:
        return Hint(
            "The child prints its answer. How could the parent use it in further computing?",
            "Let the child send the answer, and let the parent print it.",
            'print("answer:", receiver.recv())',
        )
    if not attempt.sent_by_children():
        return Hint(
            "The child sent nothing. Where did the parent get this answer?",
            "Let the child send its product, and let the parent print what it received.",
            SEND,
        )
    if attempt.lines != ["answer: 42"]:
        return Hint(
            f"The program should print one line, answer: 42. It printed {attempt.lines}. What was sent?",
            "Let the child send the product, and nothing else.",
            "sender.send(a * b)",
        )
    return None


EXERCISE = Exercise(
    title="bring the answer home",
    task="""\
The child multiplies 6 and 7, but the program prints `answer: 0`.
Change it so that the child sends its answer, and the program prints `answer: 42`.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="The child did the work and sent the answer home.",
    mistakes="send 42 as an exit code; expect it from `join()`; compute it in the parent; mix up the pipe's two ends",
    ask="Where does what a child returns go?",
    right=[
        SOLUTION.replace("sender.send", "sender.put")
        .replace("receiver, sender = multiprocessing.Pipe(duplex=False)", "queue = multiprocessing.Queue()")
        .replace("7, sender)", "7, queue)")
        .replace("    sender.close()\n", "")
        .replace("receiver.recv()", "queue.get()"),
        SOLUTION.replace("    sender.close()\n", ""),
    ],
    wrong=[
        (
            SOLUTION.replace("sender.send(a * b)", "return a * b").replace("    sender.close()\n", ""),
            "something that none of them sent",
        ),
        (SOLUTION.replace("sender.send(a * b)", "return a * b"), "recv() found nothing"),
        (
            GIVEN.replace("process.join()\n", "answer = process.join()\n").replace("process.exitcode", "answer"),
            "What do start() and join() return?",
        ),
        (GIVEN.replace("return a * b", "raise SystemExit(a * b)"), "came home as an exit code"),
        (GIVEN.replace("process.exitcode", "multiply(6, 7)"), "The child sent nothing"),
        (GIVEN.replace("process.exitcode", "42"), "The child sent nothing"),
        (
            GIVEN.replace("return a * b", 'print("answer:", a * b)').replace(
                '    print("answer:", process.exitcode)\n', ""
            ),
            "The child prints",
        ),
        (SOLUTION.replace("receiver, sender =", "sender, receiver ="), "goes the other way"),
    ],
    check=check,
)
