"""The questions of notebook 13, Is it worth it for my own work?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "A task takes 2 µs. There are five thousand of them, and eight cores. What is a good way to do them?",
        (
            wrong(
                "Eight processes, chunksize 1",
                "To send a task and its result takes ten times as long as to do it.",
            ),
            wrong(
                "Eight threads",
                "They take turns under the GIL, and handing out a task takes longer than the task.",
            ),
            right(
                "A loop, in one process",
                "It takes ten milliseconds. Just starting eight workers takes longer than that.",
            ),
            wrong(
                "A process for each of the tasks",
                "To start a process takes a thousand times as long as the task, or more.",
            ),
        ),
        answered="Don't",
    ),
    Question(
        "Tasks compute all the time. Two threads kept 1.0 of eight cores busy. What does that tell you?",
        (
            right(
                "The function holds on to the GIL: threads are no help",
                "The two took turns. Processes have a GIL each, so they needn't.",
            ),
            wrong(
                "There should be eight threads",
                "Eight threads would take turns as well, and keep the same one core busy.",
            ),
            wrong(
                "The tasks wait for something, so more threads are better than processes",
                "They compute all the time. What they wait for is each other.",
            ),
            wrong(
                "The machine lets Python use one core only, whatever you start",
                "Two processes could keep two cores busy. It's the threads of one process that can't.",
            ),
        ),
        answered="Processes",
    ),
    Question(
        "The advice says: 3.1 times as fast (from 2.2 to 4.3). Where does the range come from?",
        (
            wrong(
                "From the fastest and the slowest of some runs of all tasks",
                "All tasks were never run. That would take too long for advice.",
            ),
            wrong(
                "It's always a third of the speedup",
                "It is narrower if the model was close when it was tried.",
            ),
            wrong(
                "From the smallest and the largest number of workers that fit into memory",
                "It's for the number of workers that is advised.",
            ),
            right(
                "From how far off the model was for the tasks that were tried",
                "A model that was off by 40% there may be off by as much for all tasks.",
            ),
        ),
        answered="Processes",
    ),
    Question(
        "A method can't be sent to a worker, since its object holds an open file. What do you do?",
        (
            wrong(
                "Call the method in a lambda, and send the lambda",
                "A lambda can't be sent either: it has no name that a worker could import.",
            ),
            right(
                "Leave the file out of what is packed",
                "A __getstate__ does that. Or send a plain function, which needs no object.",
            ),
            wrong(
                "Close the file before the pool starts, and let the object keep it",
                "A closed file can't be packed either.",
            ),
            wrong(
                "Use chunksize 1",
                "With any chunksize, each chunk brings the object along.",
            ),
        ),
        answered="When the work can't travel",
    ),
)
