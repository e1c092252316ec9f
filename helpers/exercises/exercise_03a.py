"""Exercise 1 of notebook 03: create, name, start and join a process."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing


def greet(name):
    print(f"Hello, {name}! I run in {multiprocessing.current_process().name}.")


if __name__ == "__main__":
    greet("Ada")
    print("Main process exiting.")
"""

SOLUTION = """\
import multiprocessing


def greet(name):
    print(f"Hello, {name}! I run in {multiprocessing.current_process().name}.")


if __name__ == "__main__":
    process = multiprocessing.Process(target=greet, args=("Ada",), name="greeter")
    process.start()
    process.join()
    print("Main process exiting.")
"""

GREETING, FAREWELL = "Hello, Ada! I run in greeter.", "Main process exiting."


def check(attempt):
    if "Hello, Ada! I run in MainProcess." in attempt.lines:
        return Hint(
            "The greeting still comes from MainProcess. How does a function come to run in another process?",
            "Create a Process with greet as its target, and call its start(). Calling its run() would run greet here.",
            'process = multiprocessing.Process(target=greet, args=("Ada",), name="greeter")\nprocess.start()',
        )
    if not attempt.processes:
        return Hint(
            "Nothing greets. When does a process begin to run?",
            "Creating a Process starts nothing. Call its start().",
            "process.start()",
        )
    farewell = attempt.printed_by_parent(FAREWELL)
    joined = attempt.processes[0].joined
    if not joined or (farewell and farewell < joined):  # the lines may come in order by chance
        return Hint(
            "The parent's last line doesn't wait for the greeting. What makes the parent wait?",
            "Call join() after start(), and before the last print.",
            "process.join()",
        )
    if attempt.processes[0].name != "greeter":
        return Hint(
            f"The process is called {attempt.processes[0].name}. Who gave it that name?",
            "Python did. Process takes a name of your choice, too.",
            'multiprocessing.Process(target=greet, args=("Ada",), name="greeter")',
        )
    if attempt.lines != [GREETING, FAREWELL]:
        return Hint(
            f"The program should print {[GREETING, FAREWELL]}. It printed {attempt.lines}. What is different?",
            "Leave greet and the last print as they are, and call greet once, in the process.",
            f'print("{FAREWELL}")',
        )
    return None


EXERCISE = Exercise(
    title="greet from a process of its own",
    task="""\
Here the main process does the greeting. Let a process called `greeter` do it. The program should print:

```
Hello, Ada! I run in greeter.
Main process exiting.
```
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="A process called greeter did the greeting, and the main process waited for it.",
    mistakes="`run()`; no `start()`; no `join()`, or one after the last `print`",
    ask="When does a process begin to run? Who waits?",
    right=[
        SOLUTION.replace('args=("Ada",)', 'kwargs={"name": "Ada"}'),
        SOLUTION.replace('args=("Ada",), name="greeter")', 'args=["Ada"])\n    process.name = "greeter"'),
    ],
    wrong=[
        (SOLUTION.replace("    process.start()\n    process.join()\n", ""), "When does a process begin"),
        (SOLUTION.replace("process.start()\n    process.join()", "process.run()"), "still comes from MainProcess"),
        (SOLUTION.replace("    process.join()\n", ""), "What makes the parent wait?"),
        (SOLUTION.replace(', name="greeter"', ""), "Who gave it that name?"),
        (SOLUTION.replace('target=greet, args=("Ada",)', 'target=greet("Ada")'), "Who called the function?"),
        (SOLUTION.replace('("Ada",)', '("Ada")'), "too many arguments"),
        (SOLUTION.replace(', args=("Ada",)', ""), "too few arguments"),
        (
            SOLUTION.replace("    process.join()\n", "") + "    process.join()\n",
            "What makes the parent wait?",
        ),
    ],
    check=check,
)
