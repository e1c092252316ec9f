"""Note what a script does with processes, threads and pools, for `helpers.scripts` to read.

`sitecustomize` starts the witness in the script and in each of its workers: see `hooks`. It lies in a package of its
own, so that no module of the script's has the same name. Standard library only: the script's processes import it.
"""
