"""Plumbing for the course's notebooks.

    workers    what runs inside a worker process (standard library only)
    log        what the workers of a run write down while it goes on (standard library only)
    machine    what this computer offers: usable cores, start methods, GIL
    contexts   start worker processes so that all of them end, whatever happens
    runs       run a worker over items in different ways and keep what happened
    breakdown  where the time of a run went
    live       run something in a process of its own, to be watched and ended at any moment
    measure    time things in repeated, interleaved rounds; measure speedup
    pages      pages to fetch, from a server on this machine
    workloads  the kinds of work that a panel can run, and the settings of a run
    plots      draw measurements: speedup, bars, arrivals
    timelines  draw runs: who ran which task when
    history    the runs of a panel, to be compared
    controls   the controls of a panel
    panels     the pool panel: choose, watch, predict, measure, compare
    scripts    run a script in a process group of its own, with a time limit
               (line_by_line makes it print as in a terminal)
    checks     exercise checks with hints
    contents   the course's notebooks and how long each takes

This file imports nothing: every spawned worker imports it and would pay for it.
"""
