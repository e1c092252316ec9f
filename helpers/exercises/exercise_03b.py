"""Exercise 2 of notebook 03: a process returns nothing, so it has to send."""

from helpers.exercises import Exercise

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


def check(attempt):
    if any(process.exit_code == 42 for process in attempt.processes):
        return "an exit code says how a process ended, and holds small numbers only. Let the child send its answer."
    if not attempt.calls_in_children():
        return "leave the work to a Process, with target=multiply."
    if attempt.lines == ["answer: 0"]:
        return "0 is the exit code: the child ran without an error. What it returned is lost. Let it send its answer."
    if attempt.lines == ["answer: None"]:
        return "start() and join() return None, whatever the child returns. Let it send its answer through a pipe."
    if attempt.lines_of_children:
        return "the child prints the answer. Let it send the answer, and print in the parent."
    if not attempt.sent_by_children():
        return "the child sent nothing, so this answer is not its own. Let it send its answer through a pipe."
    if attempt.lines != ["answer: 42"]:
        return f"the script should print one line, answer: 42. It printed {attempt.lines}."
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
        (SOLUTION.replace("sender.send(a * b)", "return a * b"), "Let it send() its answer"),
        (
            GIVEN.replace("process.join()\n", "answer = process.join()\n").replace("process.exitcode", "answer"),
            "return None",
        ),
        (GIVEN.replace("return a * b", "raise SystemExit(a * b)"), "holds small numbers only"),
        (GIVEN.replace("process.exitcode", "multiply(6, 7)"), "the child sent nothing"),
        (GIVEN.replace("process.exitcode", "42"), "the child sent nothing"),
        (
            GIVEN.replace("return a * b", 'print("answer:", a * b)').replace(
                '    print("answer:", process.exitcode)\n', ""
            ),
            "the child prints",
        ),
        (SOLUTION.replace("receiver, sender =", "sender, receiver ="), "returns the receiver first"),
    ],
    check=check,
)
