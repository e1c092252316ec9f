"""Note what a script does with processes, threads and pools, for `helpers.scripts` to read.

`sitecustomize` starts the witness in the script and in each of its workers: see `hooks`. It is a package, so that its
modules can't clash with the script's. Standard library only: the script's processes import it.
"""
