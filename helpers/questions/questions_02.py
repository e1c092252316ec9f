"""The questions of notebook 02, Processes or threads?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong("['seen'] ['seen']", "The process has memory of its own. Its list is not the one that is printed."),
            wrong(
                "[] []",
                "That's right for the process. A thread uses the memory of its process, so its change is seen.",
            ),
            wrong(
                "['seen'] ['seen', 'seen']", "For that, all three would have to share one list. Only the thread does."
            ),
            right("[] ['seen']", "The process appended to a list in its own memory. The thread appended to this one."),
        ),
        program="""
import multiprocessing
import threading

notes = []


def add_note():
    notes.append("seen")


if __name__ == "__main__":
    for kind in (multiprocessing.Process, threading.Thread):
        worker = kind(target=add_note)
        worker.start()
        worker.join()
        print(notes, end=" ")
    print()
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="Memory: shared or not",
    ),
    Question(
        "Fifty web pages have to be fetched. Each takes a second to arrive. What would you use on four cores?",
        (
            wrong(
                "Four processes, since a core can only do one thing at a time",
                "The cores have next to nothing to do here. Four workers wait for four pages at a time, however many "
                "cores there are.",
            ),
            right(
                "Fifty threads, if the server allows that many requests",
                "The work waits, and fifty threads wait at the same time. They need little memory, and no core.",
            ),
            wrong(
                "A loop, since the GIL lets only one thread run",
                "Only one at a time runs Python code. A thread that waits for the network lets go of the GIL.",
            ),
            wrong(
                "Fifty processes, since each of them has its own GIL",
                "It would work. But they take longer to start than threads and need far more memory, and the GIL "
                "isn't in the way here.",
            ),
        ),
        answered="Which is faster for which work?",
    ),
    Question(
        "In the usual build of Python 3.14, four threads count primes on four cores. How long do they take, compared "
        "with one thread that does all of the work?",
        (
            right(
                "About as long, since only one of them runs Python code at a time",
                "Counting primes is Python code from beginning to end, so the four take turns with the GIL.",
            ),
            wrong(
                "About a quarter, since each thread gets a core",
                "Four processes could do that. The threads of one process share one GIL.",
            ),
            wrong(
                "About half, since their tasks overlap",
                "The tasks do overlap, but only one of them runs Python code at a time.",
            ),
            wrong(
                "About a quarter, since 3.14 supports running without a GIL",
                "It does, in the free-threaded build. You have to choose that one. The usual build has its GIL.",
            ),
        ),
        answered="Which is faster for which work?",
    ),
    Question(
        "With the GIL on, two threads run this line for different items: stock = stock + count(item). What may happen?",
        (
            wrong(
                "Nothing, since the GIL runs one line at a time",
                "It runs one thread at a time, and can switch in the middle of a line, for example during the call.",
            ),
            wrong(
                "Python raises an error when both write at once",
                "Nothing tells you. That's what makes such mistakes hard to find.",
            ),
            right(
                "What one thread has added is lost",
                "Both may read stock before either writes it. The later write wipes out the earlier one.",
            ),
            wrong(
                "Each thread sees a stock of its own",
                "That would be two processes. Threads share the variables of their module.",
            ),
        ),
        answered="Threads can spoil each other's data",
    ),
    Question(
        "A thread raises an exception that nobody catches. Another thread crashes on a fault in C code. What ends?",
        (
            wrong(
                "The thread only, in both cases",
                "A crash in C code isn't an exception. The operating system ends the process, with all of its threads.",
            ),
            wrong(
                "The whole process, in both cases",
                "An exception ends only the thread in which it was raised. The others go on.",
            ),
            right(
                "First the thread, then the whole process",
                "An exception ends its thread. A hard crash ends the process, and all of its threads with it.",
            ),
            wrong(
                "Nothing at first: the exception is raised again by join()",
                "The join() of a thread raises nothing. Python hands the exception to threading.excepthook, which by "
                "default prints it.",
            ),
        ),
        answered="What if a worker crashes?",
    ),
)
