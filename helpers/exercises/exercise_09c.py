"""Exercise 3 of notebook 09: notice which of three processes ended without a result."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing
import sys


def work(number, queue):
    if number == 2:
        sys.exit(3)  # it gives up, and says nothing
    queue.put((number, 10 * number))


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=work, args=(number, queue)) for number in [1, 2, 3]]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    while not queue.empty():
        print(*queue.get())
    print("all done")
"""

SOLUTION = """\
import multiprocessing
import sys


def work(number, sender):
    if number == 2:
        sys.exit(3)  # it gives up, and says nothing
    sender.send(10 * number)


if __name__ == "__main__":
    running = {}
    for number in [1, 2, 3]:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=work, args=(number, sender))
        process.start()
        sender.close()
        running[number] = process, receiver
    for number, (process, receiver) in running.items():
        try:
            print(number, receiver.recv())
        except EOFError:
            print(number, "gave up")
        process.join()
"""

BY_EXIT_CODE = """\
import multiprocessing
import sys


def work(number, queue):
    if number == 2:
        sys.exit(3)  # it gives up, and says nothing
    queue.put((number, 10 * number))


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=work, args=(number, queue)) for number in [1, 2, 3]]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    results = dict([queue.get() for process in processes if process.exitcode == 0])
    for number in [1, 2, 3]:
        print(number, results.get(number, "gave up"))
"""

WANTED = ["1 10", "2 gave up", "3 30"]


def check(attempt):
    if "2 20" in attempt.lines or not any(process.exit_code for process in attempt.processes):
        return Hint(
            "No process gave up. Number 2 should: what if you can't change the function?",
            "Leave the function as it was given. Change how the parent waits.",
            "if number == 2:\n    sys.exit(3)",
        )
    if attempt.lines == WANTED:
        return None
    if not any("gave up" in line for line in attempt.lines):
        return Hint(
            "Nobody says that number 2 gave up. How can the parent know?",
            "By its exit code, after join(), or with a pipe for each process: recv() raises EOFError if nothing can "
            "come anymore.",
            "except EOFError:\n    print(number, 'gave up')",
        )
    return Hint(
        f"The program should print {WANTED}. It printed {attempt.lines}. What is different?",
        "Go through the numbers 1, 2, 3 in order. For each of them, print its result, or that it gave up.",
        'print(number, results.get(number, "gave up"))',
    )


EXERCISE = Exercise(
    title="who gave up?",
    task="""\
Three processes work, and one of them gives up without a word. The parent prints two results, and `all done`.

Change the program so that it prints the following instead. Leave `sys.exit(3)` where it is: the
parent should find out which process it was.

```
1 10
2 gave up
3 30
```
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "With a pipe for each process, `recv()` raises `EOFError` as soon as the child has ended. "
        "You could also join first and look at the exit codes, as long as the results are small "
        "enough to fit into the queue."
    ),
    praise="The parent has two results, and knows who gave up.",
    mistakes="take out `sys.exit(3)`; keep the sender open; fetch just two results",
    ask="If nothing comes, how can the parent know?",
    right=[BY_EXIT_CODE],
    wrong=[
        (
            SOLUTION.replace("        sender.close()\n", "").replace("process, receiver", "process, receiver, sender"),
            "All processes have ended",
        ),
        (GIVEN.replace("        sys.exit(3)  # it gives up, and says nothing", "        pass"), "No process gave up"),
        (
            GIVEN.replace("    while not queue.empty():\n        print(*queue.get())\n", "").replace(
                "    for process in processes:\n        process.join()",
                "    print(*queue.get())\n" * 2 + "    for process in processes:\n        process.join()",
            ),
            "Nobody says that number 2 gave up",
        ),
        (BY_EXIT_CODE.replace("print(number,", "print(number, ':',"), "What is different?"),
    ],
    check=check,
)
