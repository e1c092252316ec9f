"""What people ask about results, errors, and what is printed."""

from helpers.asked import Asked

DOCS = "https://docs.python.org/3/library/multiprocessing.html"

ASKED = (
    Asked(
        "Where are the errors of my workers?",
        "They wait in the handle or the future: call `get()` or `result()`, or loop over what `map` returned.",
        "09-when-things-go-wrong#An error that nobody hears",
        "https://stackoverflow.com/questions/6728236",
        words="exception swallowed silent no error vanish lost apply_async traceback",
    ),
    Asked(
        "How does the parent notice that a child failed?",
        "By `exitcode`: it's 0 if all went well, and 1 after an error. `join()` raises nothing.",
        "03-create-a-process#When the child fails",
        "https://stackoverflow.com/questions/19924104",
        words="exception propagate handle error Process",
    ),
    Asked(
        "One bad item costs me the results of all others. How do I keep them?",
        "Use `submit` for each item, and ask each future for its `exception()`.",
        "09-when-things-go-wrong#An error that nobody hears",
        "https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Future.exception",
        words="skip failed continue after error map",
    ),
    Asked(
        "What does the exit code -9 or -15 mean?",
        "A signal ended the process: -15 is `terminate()`, -9 is `kill()` or lack of memory. A shell says 137 for -9.",
        "03-create-a-process#When the child does not end",
        f"{DOCS}#multiprocessing.Process.exitcode",
        versions="Linux and macOS. Windows knows no signals, but Python says -15 there after `terminate()`.",
        words="exitcode 137 139 -11 SIGKILL SIGTERM signal out of memory OOM killed",
    ),
    Asked(
        "Why are lines of my workers missing from the output file?",
        "Python buffers what it writes to a file, and the end of `with Pool()` ends the workers before they flush it. "
        "Return the lines, or flush.",
        "05-use-a-pool#Sent to a file, lines get lost",
        f"{DOCS}#multiprocessing.pool.Pool.terminate",
        words="print missing lost redirect buffered flush stdout pipe log",
    ),
    Asked(
        "Why are the printed lines in the wrong order?",
        "Processes start up and work at their own pace. Send the number with the result, and sort in the parent.",
        "06-four-processes#Why the order changes",
        f"{DOCS}#synchronization-between-processes",
        words="order random sequence different each run",
    ),
    Asked(
        "How do I keep the lines of each process together?",
        "Print them inside a lock, and flush before you release it.",
        "06-four-processes#What people ask",
        f"{DOCS}#synchronization-between-processes",
        below="Each process prints many lines. How do I keep them together?",
        words="print mixed garbled interleaved torn lock",
    ),
    Asked(
        "How do I log from several processes?",
        "Each worker has a `QueueHandler`, and the parent one `QueueListener` that writes.",
        "09-when-things-go-wrong#One log for all processes",
        "https://stackoverflow.com/questions/641420",
        words="logging logger file missing rotate",
    ),
)
