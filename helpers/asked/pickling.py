"""What people ask about sending functions and objects."""

from helpers.asked import Asked

PICKLE = "https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled"

ASKED = (
    Asked(
        "Why can't it pickle my lambda?",
        "A function travels as its name, and a lambda has none. Write a function at the top level of a file.",
        "05-use-a-pool#A function travels by its name",
        "https://stackoverflow.com/questions/8804830",
        messages=(
            "PicklingError: Can't pickle <function <lambda> at …>: attribute lookup <lambda> on … failed",
            "PicklingError: Can't pickle <function <lambda> at …>: it's not found as …",
        ),
        versions="The second wording is that of Python 3.14 and newer.",
        words="pickle function type attribute lookup cannot",
    ),
    Asked(
        "What does “Can't pickle local object” mean?",
        "A function or class that is defined inside a function can't travel. Move it to the top level, and use "
        "`partial` for the values that it took from around it.",
        "07-start-methods-and-pickling#What can be sent",
        "https://stackoverflow.com/questions/72766345",
        messages=(
            "AttributeError: Can't pickle local object '…<locals>…'",
            "AttributeError: Can't get local object '…<locals>…'",
            "PicklingError: Can't pickle local object <function …<locals>… at …>",
        ),
        versions="The second wording is that of Python 3.13, the third of Python 3.14 and newer.",
        words="nested inner closure local lambda",
    ),
    Asked(
        "What does “cannot pickle '_thread.lock' object” mean?",
        "Something that you send holds a lock, often deep inside. Let the worker make it, or leave it out.",
        "07-start-methods-and-pickling#What can be sent",
        "https://stackoverflow.com/questions/44144584",
        messages=("TypeError: cannot pickle '_thread.lock' object",),
        words="RLock can't pickle logger client session model",
    ),
    Asked(
        "Why can't I send an open file?",
        "It belongs to one process. Send its path, and let the worker open it.",
        "07-start-methods-and-pickling#An open file",
        PICKLE,
        messages=(
            "TypeError: cannot pickle '_io.TextIOWrapper' object",
            "TypeError: cannot pickle 'TextIOWrapper' instances",
        ),
        versions="The second wording is that of Python 3.12 and newer.",
        words="handle stream stdout BufferedReader",
    ),
    Asked(
        "Why can't I send a generator?",
        "It's a function in the middle of its work. Send a list, or one item at a time.",
        "07-start-methods-and-pickling#What can be sent",
        PICKLE,
        messages=("TypeError: cannot pickle 'generator' object",),
        words="yield iterator lazy",
    ),
    Asked(
        "Can `pool.map` call a method?",
        "Yes, if its object can be pickled. The whole object travels along, so keep it small.",
        "07-start-methods-and-pickling#What can be sent",
        "https://stackoverflow.com/questions/1816958",
        words="instancemethod class self bound method inside a class object",
    ),
    Asked(
        "Why can a pool not be pickled?",
        "You are sending a method of an object that holds the pool. Take that out with `__getstate__`, or don't keep "
        "it there.",
        "07-start-methods-and-pickling#The pool in the object",
        "https://stackoverflow.com/questions/25382455",
        messages=("NotImplementedError: pool objects cannot be passed between processes or pickled",),
        words="self.pool class attribute getstate",
    ),
    Asked(
        "Which part of my object can't be pickled?",
        "Pickle its parts one by one. The notes of the error say it, too.",
        "07-start-methods-and-pickling#What people ask",
        "https://docs.python.org/3/whatsnew/3.14.html#pickle",
        below="Which part of my object can't be pickled?",
        versions="The notes came with Python 3.14.",
        words="debug find culprit when serializing dict item",
    ),
    Asked(
        "My task is done, but its result can't be sent. What now?",
        "Return something that can be pickled: a list instead of a generator, a path instead of an open file.",
        "14-what-people-ask#A result that can't be sent",
        "https://github.com/python/cpython/issues/102205",
        messages=("MaybeEncodingError: Error sending result: '…'. Reason: '…'",),
        words="ExceptionWithTraceback return value cannot pickle",
    ),
    Asked(
        "Why does my lambda work with joblib?",
        "joblib packs with cloudpickle, which packs the code of a function and not only its name.",
        "07-start-methods-and-pickling#What people ask",
        "https://github.com/cloudpipe/cloudpickle",
        below="With joblib or Dask my lambda works. How?",
        words="Dask loky cloudpickle dill pathos wrap_non_picklable_objects",
    ),
    Asked(
        "How do I use a database connection in workers?",
        "Let each worker open its own, in the task or in an initializer. Two processes on one connection get pieces "
        "of each other's answers.",
        "07-start-methods-and-pickling#An open file",
        "https://stackoverflow.com/questions/8242837",
        words="Django psycopg PostgreSQL MySQL sqlite SQLAlchemy socket network",
    ),
    Asked(
        "What does “'i' format requires …” mean?",
        "A message was larger than 2 GiB. Send less, or share the memory.",
        "08-share-data#What people ask",
        "https://stackoverflow.com/questions/47776486",
        below="What does `struct.error: 'i' format requires ...` mean?",
        messages=("struct.error: 'i' format requires -2147483648 <= number <= 2147483647",),
        versions="Until Python 3.7, on Linux and macOS.",
        words="2 GB too large big array",
        not_run="It takes Python 3.7 or older.",
    ),
)
