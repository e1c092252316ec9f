"""Measure what recording, watching and drawing cost, compared with their limits and with other tools.

python tests/benchmark.py [PART ...]     measures the parts that are named, or all; `make bench` calls it

Each figure is the median of interleaved rounds after a warm-up, with its lowest and highest. A table says whether each
limit is met. A limit that isn't met is no error: the machine may have been busy. Each part's table, and its picture,
are stored in tests/benchmarks/results; other parts' stay as they are.
"""

if __name__ == "__main__":
    from benchmarks.command import main  # here: a spawned worker process imports this file, and needs none of it

    main(__doc__)
