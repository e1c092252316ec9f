"""The questions of notebook 02, Processes or threads?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            right("[] ['seen']", "The process appended to a list in its own memory. The thread appended to this one."),
            wrong("['seen'] ['seen']", "The process has memory of its own. Its list is not the one that is printed."),
            wrong(
                "[] []",
                "That holds for the process. A thread lives in the memory of its process, so its change is seen.",
            ),
            wrong("['seen'] ['seen', 'seen']", "That would need one memory for all three. Only the thread shares it."),
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
    ),
    Question(
        "Fifty web pages have to be fetched. Each takes a second to arrive. What would you use?",
        (
            wrong(
                "One process for each usable core",
                "The cores have next to nothing to do here. With four processes only four pages are waited for at a "
                "time.",
            ),
            right(
                "A pool of many threads",
                "The work waits, and threads wait together at little cost. While one waits, it does not hold the GIL.",
            ),
            wrong(
                "A loop: the GIL lets only one thread run",
                "Only one at a time runs Python code. While a thread waits for the network, others go on.",
            ),
            wrong(
                "Fifty processes, so that no lock stands in the way",
                "It would work. But fifty processes take longer to start and need far more memory than fifty threads.",
            ),
        ),
    ),
    Question(
        "Python 3.13 in its usual build: four threads count primes, on four cores. How fast is "
        "that, compared with one thread?",
        (
            wrong(
                "About four times as fast",
                "Four processes could be. The threads of one process share one GIL, and take turns at Python code.",
            ),
            wrong(
                "About twice as fast, since the threads overlap",
                "Their bars overlap, but only one of them runs Python code at a time.",
            ),
            right(
                "Not faster, since the threads take turns",
                "Counting primes runs Python code all the time, and the GIL lets one thread at a time do that.",
            ),
            wrong(
                "It raises an error: threads may not compute",
                "They may. The GIL forbids no work, it lets one thread at a time do it.",
            ),
        ),
    ),
    Question(
        "Which of these is true?",
        (
            wrong(
                "With the GIL on, two threads can't spoil each other's data",
                "A thread can be interrupted between reading a value and writing it back. Take a lock.",
            ),
            wrong(
                "A crash of one process ends all others",
                "Each process has memory of its own, and the others go on. A crash in a thread does end its process.",
            ),
            wrong(
                "From Python 3.14 on there is no GIL, so threads always compute in parallel",
                "The build without a GIL is supported since 3.14, but it is one to choose. The usual build has the "
                "GIL.",
            ),
            right(
                "C code can let go of the GIL, and then threads compute in parallel",
                "The GIL guards Python code. The function in C behind hash_password lets go of it while it computes.",
            ),
        ),
    ),
)
