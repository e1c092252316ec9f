"""The questions of notebook 04, What is a pool?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "A program starts 500 processes, one for each of 500 tasks of a millisecond. Why is a pool of four workers "
        "faster?",
        (
            wrong(
                "Its workers share one memory, so no result has to be sent",
                "Each worker has memory of its own, and it has to send every result to the parent.",
            ),
            right(
                "It pays for the start of four processes, not of 500",
                "The tasks together take half a second. Starting 500 processes costs far more than that.",
            ),
            wrong(
                "A worker runs its tasks at the same moment, in several threads",
                "A worker runs one task after another, in a single thread.",
            ),
            wrong(
                "The operating system allows only four processes at a time",
                "It allows many more. But each of them has to be started, and that takes time.",
            ),
        ),
        answered="A process for each task",
    ),
    Question(
        "Eight tasks for two workers: the first takes eight seconds, each of the others one. Which chunksize is best?",
        (
            wrong(
                "4, so that each worker gets half of the tasks",
                "The first worker would then have 11 seconds of work, and the other one 4.",
            ),
            wrong(
                "8, so that all the tasks travel together",
                "A chunk goes to one worker. The other one would do nothing at all.",
            ),
            wrong(
                "2, as a compromise between few chunks and many",
                "The worker with the long task gets a short one as well, so it takes nine seconds instead of eight.",
            ),
            right(
                "1, so that a free worker always gets the next task",
                "One worker does the long task. Meanwhile the other one does all seven short ones.",
            ),
        ),
        answered="Chunks: how many tasks a worker takes at a time",
    ),
    Question(
        "A program calls pool.map for 100,000 tiny tasks, and it's quick. With list(pool.imap(...)) instead, it takes "
        "many times as long. Why?",
        (
            right(
                "imap makes a chunk of every single task",
                "The default chunksize of imap is 1, so it sends 100,000 chunks. map groups the tasks by itself. Give "
                "imap a chunksize, too.",
            ),
            wrong(
                "imap runs all the tasks in the parent",
                "The workers run them, as with map. But each task travels on its own.",
            ),
            wrong(
                "imap starts a new worker for each of the tasks",
                "The pool's workers stay the same, whichever method you call.",
            ),
            wrong(
                "imap has to sort the results when all of them are there",
                "It needn't sort them. Results are numbered, and imap hands out each one when its turn comes.",
            ),
        ),
        answered="Which chunksize do you get by default?",
    ),
    Question(
        "What does this program print?",
        (
            wrong(
                "[1, 2, 3, 4] 0",
                "It would, if one worker did all four tasks. But this one is replaced after its first chunk.",
            ),
            wrong(
                "[1, 1, 1, 1] 0",
                "With map, a whole chunk counts as one task. So a worker does two tasks before it is replaced.",
            ),
            right(
                "[1, 2, 1, 2] 0",
                "A worker counts through its chunk of two tasks and is replaced. The parent's counter stays at 0.",
            ),
            wrong(
                "[1, 2, 3, 4] 4",
                "The parent's counter stays at 0, since workers count in memory of their own. And no worker does all "
                "four tasks.",
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
    with multiprocessing.Pool(processes=1, maxtasksperchild=1) as pool:
        print(pool.map(count, range(4), chunksize=2), counter)
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="The memory of my workers keeps growing. What can I do?",
    ),
)
