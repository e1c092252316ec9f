"""The questions of notebook 05, How do I create and use a pool of workers?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong("[6, 6]", "pow does not multiply its two arguments. pow(2, 3) is 2 × 2 × 2."),
            right("[8, 9]", "starmap calls pow(2, 3) and pow(3, 2), and keeps the order."),
            wrong("[9, 8]", "The order of the results is that of the pairs, whichever is done first."),
            wrong(
                "an error: pow needs two arguments",
                "map would give it one, the pair. starmap takes the pair apart into two.",
            ),
        ),
        program="""
import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        print(pool.starmap(pow, [(2, 3), (3, 2)]))
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "What does this program print?",
        (
            wrong(
                "True",
                "Nobody waited for the task. The end of the block ends the workers, so it can't become ready any more.",
            ),
            wrong("None", "ready() says True or False. Asking for the result with get() would wait for ever here."),
            wrong(
                "an error, since the task never ended",
                "A task that is ended in this way raises nothing. ready() only tells whether the result is there.",
            ),
            right("False", "The end of the block calls terminate(). Work that is not done by then is lost."),
        ),
        program="""
import multiprocessing
import time

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        handle = pool.apply_async(time.sleep, (60,))
    print(handle.ready())
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "What does this program print?",
        (
            right(
                "still fine\nZeroDivisionError", "The error travels to the parent and comes up in get(), not earlier."
            ),
            wrong("ZeroDivisionError", "apply_async and wait() raise nothing. The line before get() is printed."),
            wrong("still fine", "get() raises what the worker raised, here in the parent."),
            wrong("still fine\nNone", "A task that failed has no result, not even None. get() raises its error."),
        ),
        program="""
import multiprocessing
import operator

if __name__ == "__main__":
    with multiprocessing.Pool(processes=1) as pool:
        handle = pool.apply_async(operator.truediv, (1, 0))  # 1 / 0
        handle.wait()
        print("still fine")
        try:
            print(handle.get())
        except ZeroDivisionError:
            print("ZeroDivisionError")
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "A thousand files are read, each in its own time. You want to show each result as soon as it is "
        "there. What do you use?",
        (
            wrong("map", "It returns once all results are there."),
            wrong("imap", "It keeps the order. A result that is there waits for those before it."),
            right("imap_unordered", "It hands over each result when it is ready, whichever task it belongs to."),
            wrong("apply", "It waits for one call. Only one worker would ever be busy."),
        ),
    ),
    Question(
        "A function is defined in a cell of a notebook. Why does a pool hang with it on macOS and on Windows?",
        (
            wrong(
                "Workers may not run functions that print",
                "They may print. What they print may not reach the notebook, but nothing hangs.",
            ),
            right(
                "The workers are new Pythons, and can't import what stands in a cell",
                "They look for the function in a file, and a cell is none. Write it into one, and import it.",
            ),
            wrong(
                "The cell lacks if __name__ == '__main__':, so each worker starts a pool of its own",
                "A guard changes nothing here. The worker needs a file from which it can import the function.",
            ),
            wrong("The notebook's GIL is held by the cell", "Each worker process has a GIL of its own."),
        ),
    ),
)
