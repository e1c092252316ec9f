"""A simulated Pool does what a real one does: against schedules computed by hand, and within bounds that must hold."""

import multiprocessing
import os
import random
from itertools import pairwise

import pytest
import troublemakers

from helpers import plots, simulate, timelines
from helpers.drawing.picture import Picture
from helpers.machine import start_methods
from helpers.measure import Speedups
from helpers.running.breakdown import time_spent
from helpers.running.inside import Span
from helpers.running.log import Load
from helpers.runs import Run, WorkerEnded, run
from helpers.simulate import BEGAN, ORDERS, Costs, Trial, amdahl, gustafson, measure_costs, simulate_sizes, try_out

FREE = Costs()


def recorded(*seconds, waiting=0.0):
    """A serial run whose tasks took so many seconds, of which each waited for a share."""
    spans, now = [], 0.0
    for number, length in enumerate(seconds):
        spans.append(Span(1, 1, 0.0, now, now + length, (1 - waiting) * length, number))
        now += length
    return Run("serial", spans, 0.0, now)


def play(seconds, costs=FREE, workers=2, waiting=0.0, **settings):
    return simulate.simulate(recorded(*seconds, waiting=waiting), costs, workers, **settings)


def schedule(made):
    """For each task of a simulated run: its worker, and when it began and ended, in seconds since the run began."""
    return [(span.process, round(span.start - BEGAN, 9), round(span.end - BEGAN, 9)) for span in made.spans]


def played():
    """What a picture of a simulated speedup needs: a recorded run, simulated runs, and what was measured."""
    measured = Speedups([1, 2], 2, serial=[8.0, 8.0, 8.0], makespan={1: [8.0, 10.0, 16.0], 2: [4.0, 5.0, 8.0]})
    serial = recorded(*[1.0] * 8)
    return serial, simulate_sizes(serial, FREE, [1, 2, 4, 16]), measured


def tried():
    """A trial whose simulation was a tenth too low with one worker, and a fifth too high with two."""
    return Trial({1: [9.0, 9.0, 8.0], 2: [6.0, 6.0, 7.0]}, {1: [10.0, 9.0, 11.0], 2: [4.0, 5.0, 6.0]})


# --- Schedules by hand ---


def test_workers_take_the_next_task_as_soon_as_they_are_free():
    made = play([3, 1, 1, 2])
    assert schedule(made) == [(1, 0, 3), (2, 0, 1), (2, 1, 2), (2, 2, 4)]
    assert made.makespan == pytest.approx(4) and made.results == [0, 1, 2, 3]


def test_the_tasks_of_a_chunk_stay_together():
    made = play([3, 1, 1, 2, 1], chunksize=2)
    assert schedule(made) == [(1, 0, 3), (1, 3, 4), (2, 0, 1), (2, 1, 3), (2, 3, 4)]


@pytest.mark.parametrize(
    ("order", "makespan", "workers"),
    [("as given", 5, [1, 2, 1, 2]), ("longest first", 4, [2, 2, 2, 1]), ("shortest first", 5, [1, 2, 1, 2])],
)
def test_the_order_of_the_tasks_counts(order, makespan, workers):
    made = play([1, 1, 2, 4], order=order)
    assert made.makespan == pytest.approx(makespan)
    assert made.worker_of_task == workers and made.results == [0, 1, 2, 3]


def test_a_task_that_waits_long_is_long():
    spans = [Span(1, 1, 0.0, 0.0, 2.0, 2.0, "computes"), Span(1, 1, 0.0, 2.0, 5.0, 1.0, "waits")]
    made = simulate.simulate(Run("serial", spans, 0.0, 5.0), FREE, 1, order="longest first")
    assert schedule(made) == [(1, 3, 5), (1, 0, 3)]


def test_the_parent_starts_the_workers_one_after_another_and_then_sends():
    made = play([10, 10, 10], Costs(setup=1, launch=2, boot=5), workers=3, cores=4)
    assert [life.asked - BEGAN for life in made.lives] == pytest.approx([1, 3, 5])
    assert [life.ready - BEGAN for life in made.lives] == pytest.approx([8, 10, 12])
    assert schedule(made) == [(1, 8, 18), (2, 10, 20), (3, 12, 22)]


def test_the_parent_sends_and_receives_one_chunk_at_a_time():
    # a message costs the parent half a second in either direction
    made = play([1, 1, 1], Costs(parent_chunk=1), workers=3, cores=4)
    assert schedule(made) == [(1, 0.5, 1.5), (2, 1, 2), (3, 1.5, 2.5)]
    assert made.makespan == pytest.approx(3)


def test_the_parent_receives_what_has_arrived_before_it_sends_more():
    made = play([0.1] * 3, Costs(parent_chunk=1), workers=3, cores=4)
    assert schedule(made) == [(1, 0.5, 0.6), (2, 1, 1.1), (3, 2.5, 2.6)]
    assert made.makespan == pytest.approx(3.1)


def test_the_parent_wakes_up_for_each_result_that_it_has_to_wait_for():
    assert play([1, 1], Costs(wake=0.5), workers=1, cores=2).makespan == pytest.approx(2.5)
    assert play([0.2], Costs(wake=0.5), workers=1, cores=2).makespan == pytest.approx(0.4)  # it hardly slept
    # here both results come at once, and the second one when it's awake
    assert play([1, 1], Costs(wake=0.5), workers=2, cores=3).makespan == pytest.approx(1.5)


def test_a_worker_pays_for_a_chunk_and_each_of_its_tasks():
    made = play([1, 1], Costs(worker_chunk=2, worker_task=4), workers=1, chunksize=2, cores=2)
    assert schedule(made) == [(1, 5, 6), (1, 6, 7)]
    assert made.makespan == pytest.approx(12)


def test_bytes_cost_those_who_send_and_receive_them():
    run_of_one, item = recorded(1), b"x" * 1000
    sent = simulate.size_of(item)
    made = simulate.simulate(run_of_one, Costs(parent_byte=2, worker_byte=3), 1, cores=2, items=[item])
    assert made.spans[0].start - BEGAN == pytest.approx(5 * sent)
    assert made.makespan == pytest.approx(1 + 5 * (sent + simulate.size_of(0)))


def test_more_workers_than_cores_share_them():
    made = play([1, 1, 1, 3], workers=4, cores=2)
    assert schedule(made) == [(1, 0, 2), (2, 0, 2), (3, 0, 2), (4, 0, 4)]
    assert [span.computing for span in made.spans] == pytest.approx([1, 1, 1, 3])


def test_who_waits_needs_no_core():
    made = play([2] * 4, workers=4, cores=1, waiting=0.5)
    assert schedule(made) == [(worker, 0, 5) for worker in (1, 2, 3, 4)]
    assert [span.computing for span in made.spans] == pytest.approx([1] * 4)


def test_busy_cores_slow_each_other_down():
    made = play([3, 6], Costs(crowding=1.5), cores=2)
    assert schedule(made) == [(1, 0, 4.5), (2, 0, 7.5)]
    assert [span.computing for span in made.spans] == pytest.approx([4.5, 7.5])
    assert play([3, 6], Costs(crowding=1.5), workers=2, cores=3).makespan == pytest.approx(3 * 1.25 + 3)


def test_the_time_that_recording_took_is_no_part_of_a_task():
    made = play([2, 0.25], Costs(recording=0.5), cores=2)
    assert schedule(made) == [(1, 0, 1.5), (2, 0, 0)] and made.computing == pytest.approx(1.5)
    (waited,) = play([4], Costs(recording=0.5), workers=1, waiting=0.5).spans
    assert (waited.computing, waited.end - waited.start) == (pytest.approx(2), pytest.approx(3.5))
    made = play([4.5, 4.5], Costs(recording=0.5), serial_share=0.25)
    assert schedule(made) == [(1, 2, 5), (2, 2, 5)]


def test_the_serial_part_comes_before_the_workers():
    made = play([4, 4], Costs(launch=1), serial_share=0.25, cores=3)
    assert [life.asked - BEGAN for life in made.lives] == pytest.approx([2, 3])
    assert schedule(made) == [(1, 4, 7), (2, 4, 7)]


# --- Bounds and other facts that hold for any run ---

SEEDS = range(20)


def any_run(seed):
    dice = random.Random(seed)
    return [dice.choice([0.01, 1, dice.uniform(0, 5)]) for _ in range(dice.randint(1, 40))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("workers", [1, 3, 16, 64])
def test_a_run_without_costs_lies_between_the_bounds(seed, workers):
    seconds = any_run(seed)
    total, longest = sum(seconds), max(seconds)
    for order in ORDERS:
        made = play(seconds, workers=workers, order=order)
        assert max(longest, total / workers) <= made.makespan + 1e-9
        assert made.makespan <= total / workers + longest * (1 - 1 / workers) + 1e-9  # R. L. Graham, 1966


@pytest.mark.parametrize("seed", SEEDS)
def test_costs_cores_chunks_and_a_serial_part_never_make_a_run_better_than_ideal(seed):
    seconds, dice = any_run(seed), random.Random(seed)
    costs = Costs(*(dice.uniform(0, 0.2) for _ in range(10)), crowding=dice.uniform(1, 2))
    workers, cores, share = dice.randint(1, 9), dice.randint(1, 9), dice.random()
    made = play(seconds, costs, workers, chunksize=dice.randint(1, 9), cores=cores, serial_share=share)
    parallel = max((1 - share) * max(seconds), (1 - share) * sum(seconds) / min(workers, cores))
    assert made.makespan >= share * sum(seconds) + parallel - 1e-9
    whole = made.size * made.makespan
    assert sum(time_spent(made).values()) == pytest.approx(whole)
    assert all(part >= -1e-9 for part in time_spent(made).values())


@pytest.mark.parametrize("seed", SEEDS)
def test_more_workers_without_costs_are_never_slower(seed):
    runs = simulate_sizes(recorded(*any_run(seed)), FREE, range(1, 20))
    assert all(fewer.makespan >= more.makespan - 1e-9 for fewer, more in pairwise(runs.values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_worker_runs_two_tasks_at_once_and_the_cores_are_never_exceeded(seed):
    dice = random.Random(seed)
    made = play(any_run(seed), Costs(launch=0.1, boot=0.2, worker_chunk=0.1), workers=6, cores=dice.randint(1, 8))
    for spans in made.workers:
        assert all(before.end <= after.start + 1e-9 for before, after in pairwise(spans))
    assert all(span.computing <= span.end - span.start + 1e-9 for span in made.spans)


@pytest.mark.parametrize("waiting", [0.0, 0.5])
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_a_simulation_without_costs_follows_amdahl(share, waiting):
    serial = recorded(*[1.0] * 1024, waiting=waiting)
    for size, made in simulate_sizes(serial, FREE, serial_share=share).items():
        assert serial.makespan / made.makespan == pytest.approx(amdahl(share, size))


def test_a_thousand_workers_cost_more_than_they_bring():
    runs = simulate_sizes(recorded(*[0.01] * 200), Costs(launch=0.001, boot=0.01, parent_chunk=1e-5))
    assert runs[1024].makespan > runs[32].makespan and runs[1].makespan > runs[32].makespan


# --- What can be drawn ---


def test_a_simulated_run_can_be_drawn_and_says_what_it_is():
    made = play([1] * 100, Costs(launch=0.01), workers=1024, cores=8, chunksize=3, order="longest first")
    assert made.title == "simulated: Pool, 1024 workers on 8 cores, chunksize 3, longest first"
    assert play([1], serial_share=0.25).title == "simulated: Pool, 2 workers, 25% serial"
    picture = timelines.timeline(recorded(1, 2), made)
    assert isinstance(picture, Picture) and picture.png()
    assert "simulated: Pool, 1024 workers" in picture.caption
    assert picture.figure.axes[1].get_title(loc="left").startswith("simulated")


def test_a_simulated_speedup_has_the_measured_points_on_it():
    picture = plots.simulated_speedup(*played())
    (axes,) = picture.figure.axes
    lines = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines}
    assert lines["simulated"] == ([1, 2, 4, 16], pytest.approx([1, 2, 4, 8]))
    assert lines["ideal: N workers, N times as fast"] == ([1, 2, 4, 16],) * 2
    (points,) = axes.containers
    assert points.get_label().startswith("measured on this machine")
    assert list(points.lines[0].get_ydata()) == pytest.approx([0.8, 1.6])
    assert picture.caption.startswith("Simulated: with 16 workers the work is 8.0 times as fast")
    assert picture.rows == [
        ["1", "8.00 s", "1.00", "100%", "0.80 (0.50 to 1.00)"],
        ["2", "4.00 s", "2.00", "100%", "1.60 (1.00 to 2.00)"],
        ["4", "2.00 s", "4.00", "100%", ""],
        ["16", "1.00 s", "8.00", "50%", ""],
    ]


def test_a_run_that_was_recorded_on_a_busy_machine_says_so():
    serial, runs, _ = played()
    assert "busy" not in plots.simulated_speedup(serial, runs).caption
    serial.load = Load(cores=2, others=1.5, idle=0.0)
    assert "The machine was busy while the run was recorded" in plots.simulated_speedup(serial, runs).caption


def test_the_laws_are_drawn_for_up_to_1024_workers():
    picture = plots.laws(0.25)
    _, by_amdahl, by_gustafson = picture.figure.axes[0].lines
    assert list(by_amdahl.get_ydata())[:2] == [1, 1.6] and list(by_gustafson.get_ydata())[:2] == [1, 1.75]
    assert picture.rows[-1] == ["1024", "3.99", "768.25"]
    assert "1024 workers are 4.0 times as fast by Amdahl's law, and do 768.2 times as much" in picture.caption


def test_predictions_stand_beside_what_was_measured():
    picture = plots.predictions(tried())
    assert picture.caption == "The prediction is off by 15% (median), and at most by 20%, with 2 workers."
    assert picture.rows == [
        ["1", "9.000 s", "10.000 s", "9.000 to 11.000 s", "-10%"],
        ["2", "6.000 s", "5.000 s", "4.000 to 6.000 s", "+20%"],
    ]
    predicted, measured = picture.figure.axes[0].containers
    assert list(predicted.lines[0].get_ydata()) == [9, 6] and list(measured.lines[0].get_ydata()) == [10, 5]


def test_predictions_on_a_busy_machine_say_so():
    busy = tried()
    busy.busy = [True, False, False]
    assert "The machine was busy" in plots.predictions(busy).caption


# --- Costs and trials on this machine ---


@pytest.mark.parametrize("start_method", start_methods())
def test_costs_are_measured_and_a_trial_predicts_and_measures_each_size(start_method):
    costs = measure_costs(start_method, rounds=1, items=[2000] * 4)
    assert costs.launch + costs.boot > costs.parent_chunk > costs.parent_byte
    assert costs.worker_chunk > costs.worker_byte and costs.wake >= 0
    assert 0 < costs.recording < costs.launch + costs.boot
    trial = try_out(troublemakers.double, range(50), costs, [1, 2], rounds=2, start_method=start_method)
    assert [*trial.predicted] == [*trial.measured] == [1, 2]
    for figures in (*trial.predicted.values(), *trial.measured.values()):
        assert len(figures) == 2 and min(figures) > 0
    assert len(trial.busy) == 8
    assert multiprocessing.active_children() == []


def test_a_trial_plays_on_the_cores_of_this_machine(monkeypatch):
    seen, made = [], play([1])

    def noted(recorded, costs, size, chunksize, **settings):
        seen.append((size, chunksize, settings["cores"], list(settings["items"])))
        return made

    monkeypatch.setattr(simulate, "simulate", noted)
    monkeypatch.setattr(simulate, "usable_cores", lambda: 7)
    try_out(troublemakers.double, iter([1, 2, 3]), FREE, [2], rounds=1, chunksize=3)
    assert seen == [(2, 3, 7, [1, 2, 3])] * 2  # with the serial run before the pool, and with the one after it


def test_a_prediction_lies_between_the_serial_runs_before_and_after_the_pool(monkeypatch):
    said, played = iter([1.0, 3.0, 5.0, 7.0]), []

    def noted(serial, *_, **__):
        played.append(serial)
        return recorded(next(said))

    monkeypatch.setattr(simulate, "simulate", noted)
    trial = try_out(troublemakers.double, [1, 2, 3], FREE, [1, 2], rounds=1)
    assert trial.predicted == {1: [2], 2: [6]}
    first, second, again, third = played
    assert second is again and first.ended < second.began < second.ended < third.began


@pytest.mark.parametrize("start_method", start_methods())
def test_a_worker_that_ends_ends_the_trial(start_method):
    with pytest.raises(WorkerEnded, match="ended with exit code 7"):
        simulate.time_pool(os._exit, [7], 1, 1, start_method)
    assert multiprocessing.active_children() == []


def test_what_the_workers_compute_is_not_taken_for_other_programs(monkeypatch):
    used = []
    monkeypatch.setattr(simulate.Watch, "load", lambda self, used_by_workers: used.append(used_by_workers))
    makespan, load = simulate.time_pool(troublemakers.compute, [0.3] * 2, 1, 1, None)
    assert 0.5 < used[0] < makespan + 0.1 and load is None


def test_a_run_just_recorded_can_be_played():
    serial = run(troublemakers.double, range(10), "serial")
    made = simulate.simulate(serial, FREE, 4)
    assert made.results == serial.results
    assert made.makespan <= serial.time_in_tasks + 1e-9


def test_the_error_of_a_trial_is_the_median_of_its_rounds():
    assert Trial({1: [1.1, 11.0, 5.0]}, {1: [1.0, 10.0, 20.0]}).error(1) == pytest.approx(0.1)
    assert tried().error(1) == pytest.approx(-0.1) and tried().error(2) == pytest.approx(0.2)
    assert tried().median_error == pytest.approx(0.15)


# --- Laws ---


@pytest.mark.parametrize(
    ("law", "share", "workers", "speedup"),
    [
        (amdahl, 0.0, 8, 8),
        (amdahl, 1.0, 8, 1),
        (amdahl, 0.25, 3, 2),
        (amdahl, 0.1, 10**9, pytest.approx(10)),
        (gustafson, 0.0, 8, 8),
        (gustafson, 1.0, 8, 1),
        (gustafson, 0.25, 5, 4),
    ],
)
def test_the_laws(law, share, workers, speedup):
    assert law(share, workers) == speedup


# --- What can't work ---


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"recorded": [1, 2]}, TypeError, r"plays what run\(worker, items\) or recording.* returns, not \[1, 2\]"),
        ({"recorded": recorded()}, ValueError, "no tasks to play. Record one with some items"),
        ({"costs": 3}, TypeError, r"costs must be Costs, as measure_costs\(\) returns them, not 3"),
        ({"workers": 0}, ValueError, "workers must be at least 1, not 0"),
        ({"workers": 2.5}, TypeError, "workers must be a whole number"),
        ({"chunksize": 0}, ValueError, "chunksize must be at least 1, not 0"),
        ({"cores": 0}, ValueError, "cores must be at least 1, not 0"),
        ({"order": "random"}, ValueError, "Use one of 'as given', 'longest first', 'shortest first'"),
        ({"serial_share": 1.5}, ValueError, "serial_share must be from 0 to 1, not 1.5"),
        ({"serial_share": "0.5"}, TypeError, "serial_share must be a number such as 0.5, not '0.5'"),
        ({"items": [1]}, ValueError, "The run has 2 tasks, but you gave 1 item"),
    ],
)
def test_what_cannot_be_played_is_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        simulate.simulate(**{"recorded": recorded(1, 2), "costs": FREE, "workers": 2, **wrong})


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"launch": -1}, ValueError, "launch must be at least 0, not -1"),
        ({"boot": float("inf")}, ValueError, "boot must be at least 0, not inf"),
        ({"boot": float("nan")}, ValueError, "boot must be at least 0, not nan"),
        ({"boot": "long"}, TypeError, "boot must be a number such as 0.5, not 'long'"),
        ({"crowding": 0.5}, ValueError, "crowding must be at least 1, not 0.5"),
    ],
)
def test_costs_that_cannot_be_are_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        Costs(**wrong)


def test_other_bad_input_is_explained():
    with pytest.raises(ValueError, match="rounds must be at least 1, not 0"):
        measure_costs(rounds=0)
    with pytest.raises(ValueError, match="There are no items"):
        measure_costs(items=[])
    with pytest.raises(ValueError, match="start_method='thread' is not known here"):
        measure_costs("thread")
    with pytest.raises(ValueError, match="There are no items"):
        try_out(troublemakers.double, [], FREE)
    with pytest.raises(ValueError, match="serial_share must be from 0 to 1, not -1"):
        amdahl(-1, 2)
    with pytest.raises(ValueError, match="workers must be at least 1, not 0"):
        gustafson(0.5, 0)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ((1, {1: recorded(1)}), TypeError, "First give the run that was recorded, not an int"),
        ((recorded(1), [recorded(1)]), TypeError, "Give simulated runs, as simulate_sizes returns them, not a list"),
        ((recorded(1), {}), ValueError, "no simulated runs to draw"),
        ((recorded(1), {1: recorded(1)}, 5), TypeError, "measured is what measure_speedups returns, not an int"),
    ],
)
def test_what_is_no_simulated_speedup_is_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        plots.simulated_speedup(*wrong)


def test_what_is_no_trial_is_explained():
    with pytest.raises(TypeError, match="predictions draws what try_out returns, not a dict"):
        plots.predictions({})
