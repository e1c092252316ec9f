"""What programs leave in shared memory: semaphores and memory blocks with names. On Linux they are files."""

from pathlib import Path

FOLDER = Path("/dev/shm")  # other systems have no such folder, so nothing is found there
KINDS = ("sem.*", "psm_*", "pym-*")  # semaphores, SharedMemory, and what Value and Array lie in


def names(*kinds):
    """Return the names of what is in shared memory, of these kinds or of all kinds."""
    return {path.name for kind in kinds or KINDS for path in FOLDER.glob(kind)}


def unused(found):
    """Return which of the names found are not used by any living process, as far as this process may tell."""
    if not found:
        return set()
    used = {None, *inodes_in_use()}
    return {name for name in found if inode(FOLDER / name) not in used}


def inodes_in_use(pids=("[0-9]*",)):
    """Yield the number of each file in shared memory that a living process, or one of these PIDs, has mapped.

    Its name there may be different, since a semaphore is made under a temporary one.
    """
    for maps in (path for pid in pids for path in Path("/proc").glob(f"{pid}/maps")):
        try:
            lines = maps.read_text(errors="replace").splitlines()
        except OSError:  # it has ended, or belongs to another user
            continue
        for line in lines:
            _, _, _, _, number, *path = line.split(maxsplit=5)
            if path and path[0].startswith(f"{FOLDER}/"):
                yield int(number)


def inode(path):
    """Return the number of a file, or None if it is gone."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
