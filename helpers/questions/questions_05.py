"""The questions of notebook 05, How do I create and use a pool of workers?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "The workers of a pool print a line for each task. In a terminal you see all of them. With "
        "python program.py > out.txt some are missing. Why?",
        (
            wrong(
                "Two processes can't write to one file, so one of them gives up",
                "They can. The missing lines never got as far as the file.",
            ),
            wrong(
                "map returned before all tasks were done",
                "map returns when all tasks are done. The lines were printed, but not yet written.",
            ),
            right(
                "The end of the block terminated workers that had not written their lines yet",
                "Into a file, Python writes lines late. Return them, and print them in the parent.",
            ),
            wrong(
                "Workers have no standard output, unless it's a terminal and the program was started from there",
                "They share the parent's output, whatever it is. But what isn't written before terminate() is lost.",
            ),
        ),
        answered="Sent to a file, lines get lost",
    ),
    Question(
        "What does this program print?",
        (
            right("1\nValueError", "imap hands out the results in order. The error is raised when its turn comes."),
            wrong("ValueError", "That would be map, which waits for all results. imap hands out the first one."),
            wrong("1\n3\nValueError", "imap keeps the order, so the error comes before the third result."),
            wrong("1\nNone\n3", "A task that failed has no result, not even None. The loop raises its error."),
        ),
        program="""
import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        try:
            for number in pool.imap(int, ["1", "two", "3"]):
                print(number)
        except ValueError:
            print("ValueError")
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="Errors come up where you ask for the result",
    ),
    Question(
        "A function is defined in a cell of a notebook. On macOS and Windows, and on Linux since Python 3.14, a Pool "
        "waits forever for it. Why?",
        (
            wrong(
                "The cell lacks the guard, so each worker starts a pool of its own",
                "A guard changes nothing here. The worker can't find the function.",
            ),
            right(
                "A worker is a fresh Python, and can't import what's in a cell",
                "A function travels by its name, and the worker looks for it in a module. Write it to a file.",
            ),
            wrong(
                "Jupyter doesn't let other processes use its kernel's memory",
                "No process can use another one's memory, in Jupyter or elsewhere. Workers import what they need.",
            ),
            wrong("A function from a cell can't be pickled", "It can: its name is packed. It can't be found."),
        ),
        answered="A function from a cell works with fork only",
    ),
    Question(
        "Task 1 takes three seconds, tasks 2 and 3 take one second each. Two workers run them, with imap. What have "
        "you got after two and a half seconds?",
        (
            wrong("Results 2 and 3, which were ready first", "With imap_unordered, yes. imap keeps the order."),
            wrong(
                "An iterator that raises an error if you ask too early",
                "It doesn't raise an error. It waits until the next result in order is there.",
            ),
            wrong("A list with two results in it", "imap returns an iterator, and no result has been handed out yet."),
            right("No result", "Results 2 and 3 are ready, but imap keeps the order: they wait for result 1."),
        ),
        answered="imap: one result after another, in order",
    ),
    Question(
        "handle.get(timeout=10) raised TimeoutError. What does the worker do now?",
        (
            wrong("It has been ended, and the pool starts another", "Only the parent's waiting has ended."),
            wrong("It drops the task, and takes the next one", "It doesn't know about the timeout. It keeps working."),
            right("It keeps working on the task until that is done", "To end a task, end the pool or its process."),
            wrong("It raises TimeoutError as well", "The error is raised in the parent, where get() waited."),
        ),
        answered="A timeout ends the waiting, not the work",
    ),
)
