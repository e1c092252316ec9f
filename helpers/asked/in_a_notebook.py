"""What people ask about notebooks."""

from helpers.asked import Asked

ASKED = (
    Asked(
        "My `Pool` never finishes in Jupyter, and the cell stays at `[*]`. Why?",
        "The workers can't find a function from a cell and die, and a `Pool` doesn't notice. Write the function to a "
        "file, and import it.",
        "05-use-a-pool#A function from a cell works with fork only",
        "https://stackoverflow.com/questions/47313732",
        versions="Windows always, macOS since Python 3.8, Linux since Python 3.14.",
        words="hang stuck freeze forever running endless kernel busy notebook JupyterLab",
    ),
    Asked(
        "What does “Can't get attribute” mean?",
        "A function travels as its name, and the worker's `__main__` has no such name. Import it from a file.",
        "05-use-a-pool#A function from a cell works with fork only",
        "https://stackoverflow.com/questions/41385708",
        messages=(
            "AttributeError: Can't get attribute '…' on <module '__main__'…",
            "AttributeError: module '__main__' has no attribute '…'",
        ),
        versions="The second wording is that of Python 3.14 and newer.",
        words="function not found unpickle worker SpawnPoolWorker ForkServerPoolWorker",
    ),
    Asked(
        'Does `if __name__ == "__main__":` help in a notebook?',
        "No. It's always true there, and a worker doesn't run your cells anyway.",
        "07-start-methods-and-pickling#What people ask",
        "https://github.com/jupyter/notebook/issues/5261",
        below='Does `if __name__ == "__main__":` help in a notebook?',
        words="guard main protect cell",
    ),
    Asked(
        "My cell never ends. How do I stop it?",
        "Interrupt the kernel. If that doesn't help, restart it. Run whatever might hang as a script with a time "
        "limit.",
        "00-start-here#When something hangs",
        "https://github.com/codebasics/py/issues/2",
        words="interrupt restart kernel stuck hang frozen busy",
    ),
    Asked(
        "Where are the lines that my workers print?",
        "They come late or in pieces, and on Windows they go to the terminal of JupyterLab. Return what matters, and "
        "print it in the parent.",
        "03-create-a-process#The same in the notebook",
        "https://github.com/ipython/ipykernel/issues/882",
        words="print output missing stdout nothing shown child subprocess",
    ),
    Asked(
        "I changed my function, but the pool still runs the old one. Why?",
        "Its workers still have the old one. Reload the module, and make a new pool.",
        "14-what-people-ask#A changed function and an old pool",
        "https://github.com/marimo-team/marimo/issues/1396",
        words="edit update reload stale cached redefine new version",
    ),
    Asked(
        "What does “it's not the same object as” mean?",
        "Its module has another function of that name by now, for example after a reload. Send the one that is there.",
        "14-what-people-ask#A changed function and an old pool",
        "https://stackoverflow.com/questions/52265120",
        messages=("PicklingError: Can't pickle <function … at …>: it's not the same object as …",),
        words="decorator decorated redefined autoreload class",
    ),
    Asked(
        "How do I get a progress bar for each worker in a notebook?",
        "Draw all bars in the parent. The workers send news through a queue.",
        "14-what-people-ask#A progress bar for each task",
        "https://github.com/tqdm/tqdm/issues/1133",
        words="tqdm several multiple nested bars widgets ipywidgets",
    ),
    Asked(
        "Why does PyTorch's `DataLoader` freeze in Jupyter on Windows?",
        "Its workers are spawned, and don't find a Dataset from a cell. Write the class to a file, and import it.",
        "05-use-a-pool#A function from a cell works with fork only",
        "https://github.com/pytorch/pytorch/issues/51344",
        versions="As with a `Pool`: macOS since Python 3.8 and Linux since Python 3.14, too.",
        words="torch num_workers hang dataset deep learning fastai",
        not_run="The course doesn't install PyTorch. The cells show the same with a pool.",
    ),
    Asked(
        "What does “`__main__` has no attribute `__spec__`” mean?",
        "A debugger or an editor runs your script in its own way. `__spec__ = None` under the guard helps.",
        "14-what-people-ask#A debugger or an editor in between",
        "https://stackoverflow.com/questions/45720153",
        messages=("AttributeError: module '__main__' has no attribute '__spec__'",),
        versions="`python -m pdb` causes it up to Python 3.12.",
        words="pdb Spyder IPython PyCharm debug",
    ),
)
