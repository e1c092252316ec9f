"""The questions of notebook 06, Four processes, each printing a different number."""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong(
                "3\n[None, None, None]",
                "The first line is right. But exitcode is None only until a process has ended. join() waits for that.",
            ),
            wrong(
                "a number from 0 to 3\n[0, 0, 0]",
                "None of the three can have ended yet: all wait for the event, which is set only later.",
            ),
            wrong(
                "0\n[0, 0, 0]",
                "After start() the processes run, and wait for the event. The first line says how many there are.",
            ),
            right(
                "3\n[0, 0, 0]",
                "All three were started before any was joined. After the joins, each has ended with exit code 0.",
            ),
        ),
        program="""
import multiprocessing

if __name__ == "__main__":
    event = multiprocessing.Event()
    processes = [multiprocessing.Process(target=event.wait) for number in range(3)]
    for process in processes:
        process.start()
    print(len(multiprocessing.active_children()))
    event.set()
    for process in processes:
        process.join()
    print([process.exitcode for process in processes])
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "Four processes, started in one loop and joined in a second one, print the numbers 1 to 4. Which "
        "order do the lines have?",
        (
            wrong(
                "1, 2, 3, 4: they are started in this order",
                "start() does not wait until the process runs. Each starts up at its own pace.",
            ),
            right(
                "Any order: whoever is ready first prints first",
                "Each starts up at its own pace. Nothing promises an order, even if you see the same one often.",
            ),
            wrong(
                "1, 2, 3, 4: they are joined in this order",
                "join() waits for an end. It has no say in when a process prints.",
            ),
            wrong(
                "4, 3, 2, 1: the last one started is the freshest",
                "There is no such rule. Each process starts up at its own pace.",
            ),
        ),
    ),
    Question(
        "What does this program print?",
        (
            right(
                "[(1, 10), (2, 20), (3, 30)]",
                "The results arrive in any order. Each bears its number, so the parent can sort them.",
            ),
            wrong(
                "[(3, 30), (1, 10), (2, 20)]",
                "That is the order of the starts. Before printing, the results are sorted.",
            ),
            wrong("[10, 20, 30]", "Each process puts in a pair: its number and its result."),
            wrong("[]", "The queue lies between the processes. What a child puts in, the parent takes out."),
        ),
        program="""
import multiprocessing


def worker(number, queue):
    queue.put((number, 10 * number))


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=worker, args=(number, queue)) for number in (3, 1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(sorted(queue.get() for process in processes))
""",
        start_methods=("fork", "spawn", "forkserver"),
    ),
    Question(
        "start() and join() stand in the same loop, one after the other. Each of four processes computes for "
        "a second, on four cores. How long does it take?",
        (
            wrong("About one second, since there are four cores", "It would with two loops: start all, then join all."),
            wrong(
                "About two seconds, since two of them overlap",
                "No two of them overlap: the next is started only when the one before it has ended.",
            ),
            right(
                "About four seconds, since they take turns",
                "join() waits for the end of each process before the loop starts the next one.",
            ),
            wrong(
                "It never ends, since each join() waits for ever",
                "Each join() returns when its process has ended. It is slow, but it ends.",
            ),
        ),
    ),
)
