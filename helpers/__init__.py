"""Plumbing for the course's notebooks.

    workers   what runs inside a worker process (standard library only)
    machine   what this computer offers: usable cores, start methods, GIL
    contexts  start worker processes so that all of them end, whatever happens
    runs      run a worker over items in different ways and keep what happened
    measure   time things in repeated, interleaved rounds; measure speedup
    pages     pages to fetch, from a server on this machine
    plots     draw a run: timeline, tiles, speedup, bars
    panels    widgets on top of runs and plots
    scripts   run a script in a process group of its own, with a time limit
              (inside_scripts makes it print as in a terminal, and notes what it does)
    attempts  a learner's script and what it did, for checks to ask about
    checks    check the exercises, with hints
    exercises the exercises, a module each: task, solution, wrong answers, check
    quizzes   quizzes to answer in a notebook
    questions their questions, a module a notebook
    progress  which exercises and quizzes are done
    contents  the course's notebooks and how long each takes

This file imports nothing: every spawned worker imports it and would pay for it.
"""
