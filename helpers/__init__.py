"""Plumbing for the course's notebooks.

Notebooks import from the doors:

    workers    what runs inside a worker process (standard library only)
    machine    what this computer offers: usable cores, start methods, GIL, memory
    pages      pages to fetch, from a server on this machine
    words      figures and tables in words
    runs       run a worker over items in different ways and keep what happened
    measure    time things in repeated, interleaved rounds; measure speedup
    plots      draw measurements: speedup, bars, arrivals
    timelines  draw runs: who ran which task when
    canvas     show pictures while they are computed
    scripts    run a script in a process group of its own, with a time limit; X-ray it: see what its processes did
    panels     the pool panel: choose, watch, predict, measure, compare
    checks     check the exercises, with hints
    quizzes    quizzes to answer in a notebook
    progress   which exercises and quizzes are done
    contents   the course's notebooks and how long each takes

Behind them lie rooms. An import points to the left, or to a room of its own:
workers, machine ← running ← drawing ← panels

    running    behind runs and measure: the ways to run, their recording, their end, their account of time
    drawing    behind plots, timelines and the X-ray: pictures with their text, charts, their SVG
    scripts    capture (run), trace (what it did), story (in words), xray (drawn), attempt (for checks), inside_scripts
    panels     workloads, own work, controls, scenes (what a picture shows), history, the panel itself
    exercises  the exercises, a module each: task, solution, wrong answers, check
    questions  the questions of the quizzes, a module a notebook
    browser    behind panels, quizzes and progress: widgets, with their JavaScript and CSS

This file imports nothing: every spawned worker imports it and would pay for it.
"""
