"""The questions of notebook 08, How do processes share data?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong("1 []", "The number was set in the proxy itself, and that is sent to the manager."),
            wrong("1 [5]", "The other way around: to set the number is a call to the manager. append changes a copy."),
            right("5 []", "The list that came was a copy. append changed the copy, and nobody sent it back."),
            wrong(
                "5 [5]", "That's what one would wish. But the inner list is not the manager's: what came was a copy."
            ),
        ),
        program="""
import multiprocessing


def worker(scores):
    scores["best"] = 5
    scores["all"].append(5)


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        scores = manager.dict({"best": 1, "all": []})
        process = multiprocessing.Process(target=worker, args=(scores,))
        process.start()
        process.join()
        print(scores["best"], scores["all"])
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="A dictionary for all: Manager",
    ),
    Question(
        "Two processes add 1 to a shared Value, 1000 times each, with value.value += 1. What will it be at the end?",
        (
            right(
                "2000 or less, and perhaps something else in the next run",
                "Its lock protects each reading and each writing, but not the time between them.",
            ),
            wrong("2000, since a Value has a lock of its own", "That lock is held for each single access only."),
            wrong("1000, since each process changes a copy of its own", "A Value lies in memory that both share."),
            wrong("2000, since the GIL lets only one of them run", "Each process has a GIL of its own."),
        ),
        answered="One number for all: Value",
    ),
    Question(
        "A pool's tasks need a lock. As an argument of a task it gives “should only be shared between processes "
        "through inheritance”. What helps?",
        (
            wrong("Start the pool with spawn", "Then the lock is needed at a worker's start just the same."),
            wrong(
                "Make the lock inside the task", "Then each task has a lock of its own, for which nobody else waits."
            ),
            wrong("Use pool.apply", "That's a task too, and its arguments are pickled in the same way."),
            right("Pass it to the initializer", "A worker gets it at its start, and keeps it for the tasks."),
        ),
        answered="Shared through inheritance",
    ),
    Question(
        "Each task of a pool gets a list of a million numbers and returns its sum. The pool is slower than a loop. "
        "What is the best first step?",
        (
            wrong("Take more workers", "The parent has to pack each list, and it doesn't get faster at that."),
            right(
                "Send what the worker needs to make or read the list itself",
                "Then only a few bytes travel. The packing and sending of the numbers was the cost.",
            ),
            wrong("Send the lists through a Queue", "That packs, sends and unpacks each number as well."),
            wrong(
                "Put the lists into a Manager", "Then they travel twice: to the manager, and from there to the worker."
            ),
        ),
        answered="Slower than my loop",
    ),
    Question(
        "At the end, a program says “There appear to be 1 leaked shared_memory objects to clean up at shutdown”. What "
        "has happened?",
        (
            wrong("A worker was killed while it wrote", "The block doesn't know who writes. It's about its name."),
            wrong("The block was too large for /dev/shm", "Then the process that writes is ended by a bus error."),
            right(
                "Nobody called unlink(), so the resource tracker did",
                "It keeps a list of the names, and unlinks what is left at the end.",
            ),
            wrong(
                "Two processes forgot to call close()",
                "When a process ends, that closes its blocks. What remains is the name.",
            ),
        ),
        answered="A leak",
    ),
)
