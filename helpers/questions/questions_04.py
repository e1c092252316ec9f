"""The questions of notebook 04, What is a pool?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong("False", "Only the pool's workers run tasks, and the pool has two. So there are at most two PIDs."),
            wrong("100", "The line prints a comparison, not a number. And there are far fewer processes than tasks."),
            right("True", "A hundred tasks, and two workers at most. Each worker does one task after the other."),
            wrong(
                "an error, since two workers can't take 100 tasks", "The tasks wait in a queue until a worker is free."
            ),
        ),
        program="""
import multiprocessing
import os


def worker(task):
    return os.getpid()


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        pids = pool.map(worker, range(100))
    print(len(set(pids)) <= 2)
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "What does this program print?",
        (
            wrong(
                "[1, 1, 1, 1] 0",
                "The worker is the same process in all four tasks, and its counter keeps its value from one to the "
                "next.",
            ),
            right(
                "[1, 2, 3, 4] 0",
                "The one worker remembers its counter from task to task. The parent's counter is another one.",
            ),
            wrong(
                "[1, 2, 3, 4] 4",
                "The list is right. But the worker counts in its own memory, so the parent's counter stays 0.",
            ),
            wrong(
                "[0, 0, 0, 0] 0",
                "The function returns the counter after it has added one, and it does so in the worker.",
            ),
        ),
        program="""
import multiprocessing

counter = 0


def count(task):
    global counter
    counter += 1
    return counter


if __name__ == "__main__":
    with multiprocessing.Pool(processes=1) as pool:
        print(pool.map(count, range(4)), counter)
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "Eight tasks for two workers: the first takes eight seconds, each of the others one. Which chunksize is best?",
        (
            wrong(
                "4, so that each worker gets half of the tasks",
                "The first worker would then have 11 seconds to work, and the other one 4.",
            ),
            wrong(
                "8, so that the tasks are sent in one packet",
                "One packet goes to one worker. The other one would do nothing at all.",
            ),
            wrong(
                "2, which is a fair middle",
                "The worker with the long task gets a short one as well, and the other one is idle at the end.",
            ),
            right(
                "1, so that whoever is free takes the next task",
                "One worker does the long task, and meanwhile the other one does all seven short ones.",
            ),
        ),
    ),
    Question(
        "A million tasks of a microsecond each go to pool.map with chunksize=1. It takes far longer than a loop. Why?",
        (
            right(
                "To pack and send a task takes longer than the task",
                "With chunksize=1 there are a million packets. Large chunks make fewer of them, and a loop needs none.",
            ),
            wrong(
                "The pool starts a new worker process for each task",
                "A pool starts its workers once. A Process for each task would do that.",
            ),
            wrong(
                "The workers wait for each other after each task", "They don't. Whoever is free takes the next chunk."
            ),
            wrong(
                "map has to sort a million results",
                "It doesn't sort. Each result bears a number and goes straight to its place.",
            ),
        ),
    ),
)
