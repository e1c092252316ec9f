"""Exercise 1 of notebook 03: create, name, start and join a process."""

from helpers.exercises import Exercise

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
        return (
            "the main process still does the greeting. "
            "Create a Process with target=greet, and call its start(), not greet() or run()."
        )
    if not attempt.processes:
        return "nothing greets. A process does not run until you call its start()."
    if not attempt.processes[0].joined:
        return "wait for the process with join() before the last line is printed."
    if attempt.processes[0].name != "greeter":
        return 'the process has the name that Python gave it. Name it yourself: Process(..., name="greeter").'
    farewell = attempt.printed_by_parent(FAREWELL)
    if farewell and farewell < attempt.processes[0].joined:  # the lines may come in order by chance
        return "the last line does not wait for the process. Call join() before the last line is printed."
    if attempt.lines != [GREETING, FAREWELL]:
        return f"the script should print {[GREETING, FAREWELL]}. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="greet from a process of its own",
    task="""\
Here the main process greets. Let a process called `greeter` do it, so that the program prints:

```
Hello, Ada! I run in greeter.
Main process exiting.
```
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="A process called greeter did the greeting, and the main process waited for it.",
    right=[
        SOLUTION.replace('args=("Ada",)', 'kwargs={"name": "Ada"}'),
        SOLUTION.replace('args=("Ada",), name="greeter")', 'args=["Ada"])\n    process.name = "greeter"'),
    ],
    wrong=[
        (SOLUTION.replace("    process.start()\n    process.join()\n", ""), "call its start()"),
        (SOLUTION.replace("process.start()\n    process.join()", "process.run()"), "not greet() or run()"),
        (SOLUTION.replace("    process.join()\n", ""), "wait for the process with join()"),
        (SOLUTION.replace(', name="greeter"', ""), "Name it yourself"),
        (SOLUTION.replace('target=greet, args=("Ada",)', 'target=greet("Ada")'), "Hand over the function itself"),
        (SOLUTION.replace('("Ada",)', '("Ada")'), "has a comma"),
        (SOLUTION.replace(', args=("Ada",)', ""), "too few arguments"),
        (
            SOLUTION.replace("    process.join()\n", "") + "    process.join()\n",
            "join() before the last line is printed",
        ),
    ],
    check=check,
)
