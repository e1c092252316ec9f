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
    plots      draw measurements: speedup, bars, arrivals
    timelines  draw runs: who ran which task when
    workloads  the kinds of work that a panel can run, and the settings of a run
    controls   the controls of a panel
    history    the runs of a panel, to be compared
    panels     the pool panel: choose, watch, predict, measure, compare
    scripts    run a script in a process group of its own, with a time limit
               (inside_scripts makes it print as in a terminal, and notes what it does)
    attempts   a learner's script and what it did, for checks to ask about
    checks     check the exercises, with hints
    exercises  the exercises, a module each: task, solution, wrong answers, check
    quizzes    quizzes to answer in a notebook
    questions  their questions, a module a notebook
    progress   which exercises and quizzes are done
    contents   the course's notebooks and how long each takes

This file imports nothing: every spawned worker imports it and would pay for it.
"""
