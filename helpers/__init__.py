"""Plumbing for the course's notebooks.

Notebooks import from these modules, the doors. Below each are the names that it offers: `from helpers.runs import run`.

    workers    what runs inside a worker process (standard library only)
               each worker function, and those that make items, such as mandelbrot_tiles
    machine    what this computer offers: usable cores, start methods, GIL, memory
               usable_cores, physical_cores, start_methods, gil_enabled, memory_of, card
    pages      pages to fetch, from a server on this machine
               page_server
    words      figures and tables as text
               counted, about, markdown_table
    runs       run a worker over items in different ways and keep what happened
               run, recording, timed, put_numbered
    measure    time things in repeated, interleaved rounds; measure speedup
               measure_speedups, time_each
    simulate   play a recorded run on workers that this machine lacks; what a Pool costs; Amdahl's and Gustafson's laws
               simulate, simulate_sizes, measure_costs, try_out, amdahl, gustafson, ORDERS
    clusters   Dask clusters: on this machine, from the command line, or where DASK_SCHEDULER_ADDRESS says
               on_this_machine, connect, command_lines, free_port, gather_spans
    advice     is it worth it for your own function, with threads or processes, and how many: looked into, in words
               advise, cures
    plots      draw measurements: speedup, predictions, bars, arrivals
               speedup, bars, by_size, arrivals, predictions, laws, simulated_speedup
    timelines  draw runs: who ran which task when
               timeline, side_by_side, tiles
    sliders    a picture that follows sliders and menus
               explore
    canvas     show pictures while they are computed
               Canvas
    steps      be the scheduler: processes that take one step when told, and every order of their steps
               Steps, every_order
    scripts    run a script in its own process group, with a time limit; X-ray it to see what its processes did
               run_script, capture_script, xray
    panels     the pool panel: choose, watch, predict, measure, compare
               Panel
    checks     check the exercises, with hints
               the cell command %%exercise, after %load_ext helpers.checks
    quizzes    quizzes to answer in a notebook
               Quiz
    progress   which exercises and quizzes are done
               show
    handing_in pack what a learner answered into one file
               pack, show
    contents   the course's notebooks and how long each takes
               contents
    index      a search box over what people ask
               Index

Behind them are packages, the rooms. A module imports only from layers to the left of its own, or from its own room:
inputs ← workers, machine ← running ← drawing ← panels

    inputs     what the doors' functions were given: errors that say what to write instead
    running    behind runs and measure: the ways to run, and how runs are recorded, ended and broken down
    drawing    behind plots, timelines and the X-ray: pictures with their text, charts, their SVG
    advice     travel (what can be sent), cures (what to write instead), looking (facts), choosing, telling (in words)
    scripts    capture (run), trace (what it did), story (in words), xray (drawn), attempt (for checks), inside_scripts
    panels     workloads, own work, controls, scenes (what a picture shows), history, the panel itself
    steps      the program, the scheduler of its two processes, orders, the scene (what is seen), the widget
    exercises  the exercises, one module each: task, solution, wrong answers, check
    questions  the questions of the quizzes, one module per notebook
    asked      what people ask, with short answers, one module per group
    grading    check what a class handed in: hand_ins (read), confine and protection, judge (one check), grades (all)
    browser    behind panels, quizzes, progress and the index: widgets, with their JavaScript and CSS

This file imports nothing: every spawned worker imports it and would pay for it.
"""
