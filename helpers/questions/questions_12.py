"""The questions of notebook 12, What if one machine isn't enough?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "Your functions are in a file beside your notebook. On a LocalCluster all is well. On the cluster of your "
        "institute, there's a ModuleNotFoundError. What helps?",
        (
            wrong(
                "Give the tasks retries=3",
                "The workers don't find the file at the second attempt either.",
            ),
            wrong(
                "Import the module in another cell, just before client.map",
                "It's your notebook that imports it then. The scheduler and the workers are elsewhere.",
            ),
            right(
                "client.upload_file, or install the code on each machine",
                "A function of a module travels as a name. So the file has to be where the name is looked up.",
            ),
            wrong(
                "client.scatter, with the function as data",
                "The function would travel as a name again.",
            ),
        ),
        answered="From the command line",
    ),
    Question(
        "A million items take 0.05 ms each. Dask with 20 workers is slower than a plain loop. What do you change?",
        (
            right(
                "Put thousands of items into each task",
                "Each task costs about a millisecond, whatever it does. A million of them take a quarter of an hour.",
            ),
            wrong(
                "Take more workers",
                "They would wait for the scheduler as well: all tasks pass through it.",
            ),
            wrong(
                "Scatter the items first, one by one",
                "Then there are a million pieces of data for the scheduler to keep track of, besides the tasks.",
            ),
            wrong(
                "Use as_completed in place of gather",
                "That only changes when you see the results. The tasks are as small as before.",
            ),
        ),
        answered="What a task costs",
    ),
    Question(
        "A worker has finished ten tasks and is in the middle of another one when its machine loses power. You hold "
        "all the futures, and have gathered nothing yet. What runs again?",
        (
            wrong(
                "Nothing: the futures get an error",
                "They would in an executor. Dask knows how to make each result again.",
            ),
            wrong(
                "Only the task that was running",
                "The ten results are lost too: they lay in that worker's memory.",
            ),
            wrong(
                "All tasks of all workers",
                "What other workers hold isn't lost.",
            ),
            right(
                "The eleven tasks, unless another worker has a copy of a result",
                "The scheduler has each result that is needed, and that nobody else holds, computed again.",
            ),
        ),
        answered="A worker is killed",
    ),
    Question(
        "Two hundred tasks need the same table of 300 megabytes. How should it reach them?",
        (
            wrong(
                "As an argument of each task",
                "Then it goes through your program and the scheduler again and again.",
            ),
            right(
                "With client.scatter, whose future goes to the tasks",
                "The table travels once, and the tasks go where it is.",
            ),
            wrong(
                "With client.upload_file",
                "That is for code.",
            ),
            wrong(
                "Through a global variable of your notebook",
                "The workers don't share your notebook's memory. The variable would travel along, if at all.",
            ),
        ),
        answered="Data that travels once",
    ),
)
