"""Whether a module is still what its file says. Under fork, workers have what was imported, else what the file says."""

import ast
import sys
from functools import lru_cache, partial
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source
from pathlib import Path
from types import CodeType, FunctionType

import psutil

CLOCKS = 10.0  # seconds by which the clock of a file system and that of processes may differ


def require_unchanged(worker):
    """Raise a ValueError if something in the worker's module is no longer what the module's file says."""
    module = module_of(worker)
    if module is None:
        return
    if changed := changed_name(module):
        name, worker_name = module.__name__, label_of(worker)
        raise ValueError(
            f"{Path(module.__file__).name} has changed since it was imported: {changed} is not what it was. With fork, "
            "workers would have the old one, with spawn and forkserver the new one. Restart the kernel, or read the "
            f"file again:\n\nimport importlib, {name}\nimportlib.reload({name})\n"
            f"from {name} import {worker_name.partition('.')[0]}"
        )


def require_readable(worker):
    """Raise a SyntaxError if no new process could import the worker's module, since its file has a mistake by now."""
    module = module_of(worker)
    try:
        if module is not None:
            read(module)
    except SyntaxError as error:
        raise SyntaxError(
            f"{Path(module.__file__).name} can't be imported by a worker process: there is a mistake in line "
            f"{error.lineno} ({error.msg}). Correct it there."
        ) from None
    except (OSError, ValueError):  # the worker will tell
        pass


def without_partial(worker):
    """Return the function that a worker calls in the end, if it is a `functools.partial`; else the worker."""
    while isinstance(worker, partial):
        worker = worker.func
    return worker


def label_of(worker):
    """Return the name of a worker, without the arguments of a partial."""
    worker = without_partial(worker)
    return getattr(worker, "__qualname__", type(worker).__qualname__)


def module_of(worker):
    """Return the module of a worker, or None if it has no file, or one that was changed on its way."""
    module = sys.modules.get(getattr(without_partial(worker), "__module__", None) or "")
    return module if type(getattr(module, "__loader__", None)) is SourceFileLoader else None


def read(module):
    """Return what is `written` in a module's file as it is now."""
    return written(module.__file__, Path(module.__file__).stat().st_mtime_ns)


def changed_name(module):
    """Return the name of a function or a value that a module's file now defines in another way, or not; else ""."""
    try:
        changed = Path(module.__file__).stat().st_mtime
        if changed < psutil.Process().create_time() - CLOCKS:  # it was there before anything was imported
            return ""
        codes, values = read(module)
    except (OSError, SyntaxError, ValueError):  # the file is gone, or half written
        return ""
    for name, thing in vars(module).items():
        own = is_own(thing, module)
        if own and without_lines(thing.__code__) not in codes.get(thing.__code__.co_qualname, []):
            return name
        value = thing.__defaults__ or () if own else thing
        if name in values and (own or not callable(thing)) and repr(value) != values[name]:
            return name
    return ""


def is_own(thing, module):
    """Return whether something is a function that stands in a module's file, at the top level or in a class."""
    if not isinstance(thing, FunctionType):
        return False
    return thing.__code__.co_filename == module.__file__ and "<" not in thing.__code__.co_qualname


@lru_cache(maxsize=8)
def written(file, _changed):
    """Return what `codes_in` and `values_in` find in a file. `_changed` says of which moment.

    Raises OSError, SyntaxError or ValueError if the file can't be read.
    """
    tree = ast.parse(decode_source(Path(file).read_bytes()))
    return codes_in(compile(tree, file, "exec", dont_inherit=True)), values_in(tree)


def codes_in(code):
    """Return qualified name → the codes of that name, for the functions of a module with that code."""
    found, remaining = {}, [code]
    while remaining:
        inner = [const for const in remaining.pop().co_consts if isinstance(const, CodeType)]
        remaining += inner
        for each in inner:
            found.setdefault(each.co_qualname, []).append(without_lines(each))
    return found


def values_in(tree):
    """Return name → repr, for each value that a module sets once, and for the tuple of each function's defaults.

    Only for what is written out, and can't be changed in place: numbers and texts, but no lists.
    """
    stores = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = repr_of(ast.Tuple(node.args.defaults))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            found[name] = repr_of(node.value) if stores.count(name) == 1 else ""
    return {name: value for name, value in found.items() if value}


def repr_of(node):
    """Return the repr of what a piece of code stands for, or "" if that is not written out or can be changed."""
    try:
        value = ast.literal_eval(node)
        hash(value)
    except (TypeError, ValueError):
        return ""
    return repr(value)


def without_lines(code):
    """Return a code without the numbers of its lines, so that it is equal to the same one at another place."""
    inner = [without_lines(const) if isinstance(const, CodeType) else const for const in code.co_consts]
    return code.replace(co_firstlineno=1, co_linetable=b"", co_consts=tuple(inner))
