"""Change one thing in `helpers` at a time, and see that the tests notice. `make mutants` runs this.

A mutant is a defect that the tests have to find. Each one below says what is wrong and which tests find it. It is put
into a copy of the course, and those tests run there. `make mutants ARGS="spans labels"` tries the mutants with one of
these words in their names.

A mutant is killed if one of its tests fails, also for taking too long. If its tests can't begin, or never end, it is
not: then the mutant itself may be wrong. With all mutants, the table goes into `tests/benchmarks/mutants.md`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from helpers.machine import usable_cores
from helpers.running.families import OWN_GROUP, adopt_orphans, end_descendants, end_group
from helpers.words import counted, markdown_table

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tests" / "benchmarks" / "mutants.md"
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".ipynb_checkpoints")
TEST_LIMIT = 60  # seconds for a test of a mutant: nearly all take less than five
MUTANT_LIMIT = 240  # seconds for all tests of a mutant
UNCHANGED_LIMIT = 1200  # seconds for all tests without a mutant


@dataclass(frozen=True)
class Mutant:
    """A defect that the tests have to find.

    name     what is wrong
    file     the file in `helpers`
    text     what stands there, exactly once
    instead  what the mutant has in its place
    killers  the tests that find it, such as "test_words.py::test_name" or "test_words.py::test_name[parameter]"
    """

    name: str
    file: str
    text: str
    instead: str
    killers: list[str]

    def changed(self, source):
        """Return a source with the defect. Raises ValueError unless the text stands in it exactly once."""
        if (times := source.count(self.text)) != 1:
            raise ValueError(f"{self.name}: its text stands {times} times in {self.file}, not once.")
        return source.replace(self.text, self.instead)


MUTANTS = [
    # --- Runs: what happened when, and where ---
    Mutant(
        "spans: timed notes the end before the call, so that each task has no length",
        "running/inside.py",
        "up, start, end, min(computing, end - start), result)",
        "up, start, start, 0.0, result)",
        ["test_runs.py::test_a_task_that_is_timed_is_as_long_as_it_took"],
    ),
    Mutant(
        "spans: a task of a run ends when it begins",
        "running/inside.py",
        "log.end[index] = end  #",
        "log.end[index] = start  #",
        ["test_runs.py::test_a_task_that_computes_has_processor_time_and_one_that_waits_has_none[serial]"],
    ),
    Mutant(
        "spans: swapped among live workers",
        "running/log.py",
        "Span(self.process[worker - 1], self.thread[worker - 1],",
        "Span(self.process[-worker], self.thread[-worker],",
        ["test_runs.py::test_processes_are_neither_this_one_nor_more_than_asked_for_and_spans_name_them[pool.map]"],
    ),
    Mutant(
        "spans: given to the workers in reverse order",
        "runs.py",
        "for life in self.lives]\n\n    @property\n    def worker_of_task",
        "for life in self.lives[::-1]]\n\n    @property\n    def worker_of_task",
        ["test_runs.py::test_worker_of_task_tells_in_whose_spans_a_task_is"],
    ),
    Mutant(
        "spans: a task that waits is taken for one that computes",
        "running/inside.py",
        "log.computing[index] = min(computing, end - start)",
        "log.computing[index] = end - start",
        ["test_runs.py::test_a_task_that_computes_has_processor_time_and_one_that_waits_has_none[serial]"],
    ),
    Mutant(
        "results: in the order in which they came home",
        "runs.py",
        "return [context.results[index] for index in range(len(items))]",
        "return list(context.results.values())",
        ["test_runs.py::test_results_that_come_home_in_another_order_stand_in_that_of_the_items"],
    ),
    Mutant(
        "makespan: ends with the last task, not with its result",
        "running/supervise.py",
        "self.log.ended = self.log.home[index]",
        "self.log.ended = max(self.log.end)",
        ["test_runs.py::test_each_result_is_home_after_its_task_and_the_last_ends_the_run[pool.map]"],
    ),
    Mutant(
        "start-up: the sum of all workers, not their average",
        "runs.py",
        "return sum(ups) / max(1, len(ups))",
        "return sum(ups)",
        ["test_runs.py::test_start_up_is_the_average_until_a_worker_is_up[both are up]"],
    ),
    Mutant(
        "start method: ignored",
        "running/supervise.py",
        "multiprocessing.get_context(start_method)",
        "multiprocessing.get_context()",
        ["test_runs.py::test_processes_are_started_with_the_method_that_was_asked_for[spawn]"],
    ),
    Mutant(
        "time limit: ignored by threads",
        "running/ways.py",
        "        call_map(pool, tasks, 1, context)",
        "        for each in pool.map(run_task, tasks, 1):\n            context.keep(*each)",
        ["test_runs.py::test_what_never_ends_is_given_up[threads]"],
    ),
    Mutant(
        "time limit: ignored by a serial run",
        "running/ways.py",
        "    with context.alarm():\n        for task in tasks:\n            context.keep(*run_task(task))\n"
        "            context.check_time()",
        "    for task in tasks:\n        context.keep(*run_task(task))",
        ["test_runs.py::test_off_the_main_thread_a_run_is_given_up_after_its_current_task[serial]"],
    ),
    Mutant(
        "time limit: the alarm of a serial run goes off later",
        "running/supervise.py",
        "            signal.setitimer(signal.ITIMER_REAL, 0)\n",
        "            pass\n",
        ["test_runs.py::test_the_alarm_of_a_serial_run_is_taken_back"],
    ),
    Mutant(
        "processes: left running after a run that failed",
        "running/supervise.py",
        "        finally:\n            self.kill()",
        "        finally:\n            pass",
        ["test_runs.py::test_a_run_that_is_given_up_ends_its_processes_itself"],
    ),
    Mutant(
        "errors: name the task before the one that failed",
        "running/inside.py",
        'error.add_note(f"{IN_TASK} {index + 1}.")',
        'error.add_note(f"{IN_TASK} {index}.")',
        ["test_runs.py::test_what_a_task_raises_reaches_the_caller_with_its_task[pool.map]"],
    ),
    Mutant(
        "errors: a dead worker is said to have ended in the task before",
        "running/supervise.py",
        'return f"in task {running[-1] + 1}, before the task was done"',
        'return f"in task {running[-1]}, before the task was done"',
        ["test_runs.py::test_where_a_worker_ended_in_words"],
    ),
    Mutant(
        "input: a pool of no workers is taken",
        "inputs/__init__.py",
        "    if value < 1:",
        "    if value < 0:",
        ["test_runs.py::test_bad_input_is_explained"],
    ),
    # --- Where the time went ---
    Mutant(
        "parts: the last result's way home counts as no task left",
        "running/breakdown.py",
        "idle = 0.0 if more else max(0.0, last - done)",
        "idle = 0.0 if more else max(0.0, until - done)",
        ["test_breakdown.py::test_gaps_between_tasks_and_the_way_home_are_between_tasks"],
    ),
    Mutant(
        "parts: rounded each by itself, so that they don't add up",
        "running/breakdown.py",
        "return dict(zip(parts, np.round(np.diff(sums), digits)))",
        "return {part: round(seconds, digits - 1) for part, seconds in parts.items()}",
        ["test_breakdown.py::test_rounded_parts_add_up_to_the_rounded_whole"],
    ),
    Mutant(
        "load: an idle machine is said to be busy",
        "running/load.py",
        "load.idle < BUSY * load.cores",
        "load.idle > BUSY * load.cores",
        ["test_breakdown.py::test_a_machine_is_busy_if_others_took_cores_and_none_was_left"],
    ),
    # --- Measured figures ---
    Mutant(
        "speedup: of a run, inverted",
        "running/comparison.py",
        "ratio = self.serial.makespan / self.run.makespan",
        "ratio = self.run.makespan / self.serial.makespan",
        ["test_breakdown.py::test_speedup_and_efficiency_are_by_the_workers_that_were_started"],
    ),
    Mutant(
        "speedup: of a measurement, inverted",
        "measure.py",
        "return [serial / (makespan - start_up) for",
        "return [(makespan - start_up) / serial for",
        ["test_measure.py::test_speedup_is_serial_time_over_parallel_time_round_by_round"],
    ),
    Mutant(
        "speedup: the best round, not the median",
        "measure.py",
        "return median(self.rounds(size))",
        "return max(self.rounds(size))",
        ["test_measure.py::test_speedup_is_serial_time_over_parallel_time_round_by_round"],
    ),
    Mutant(
        "efficiency: by the cores, not by the workers",
        "measure.py",
        "return self.speedup(size) / size",
        "return self.speedup(size) / self.cores",
        ["test_measure.py::test_speedup_is_serial_time_over_parallel_time_round_by_round"],
    ),
    Mutant(
        "sweep: counts start-up twice",
        "measure.py",
        ".append(runs[-1].makespan)",
        ".append(runs[-1].makespan + runs[-1].start_up)",
        ["test_measure.py::test_the_figures_are_those_of_the_runs_that_were_made"],
    ),
    Mutant(
        "sweep: leaves start-up out where it was asked for",
        "measure.py",
        "        if self.with_start_up:",
        "        if False:",
        ["test_measure.py::test_start_up_counts_where_it_is_asked_for"],
    ),
    Mutant(
        "sweep: a panel's leaves start-up out",
        "panels/panel.py",
        "settings.start_method, True, sender,",
        "settings.start_method, False, sender,",
        ["test_panels.py::test_a_prediction_is_shown_beside_the_measurement_and_the_panel_says_where_they_part"],
    ),
    Mutant(
        "machine's limit: inverted",
        "measure.py",
        "limits.append(size * alone / time_independent(worker, sample, size, start_method))",
        "limits.append(time_independent(worker, sample, size, start_method) / (size * alone))",
        ["test_measure.py::test_the_limit_is_how_much_more_gets_done_by_processes_that_never_talk"],
    ),
    Mutant(
        "machine's limit: falls with more workers",
        "measure.py",
        "return max(median(limits) for fewer,",
        "return min(median(limits) for fewer,",
        ["test_measure.py::test_more_workers_never_lower_the_limit"],
    ),
    Mutant(
        "default sizes: without the usable cores",
        "measure.py",
        "| {cores, 2 * cores})",
        "| {2 * cores})",
        ["test_measure.py::test_the_cores_are_among_the_pool_sizes_even_if_they_are_no_power_of_two"],
    ),
    Mutant(
        "usable cores: all of the computer's",
        "machine.py",
        "return joblib.cpu_count()",
        "return os.cpu_count()",
        ["test_machine.py::test_usable_cores_respect_affinity"],
    ),
    # --- Units and words ---
    Mutant(
        "units: milliseconds are drawn as microseconds",
        "plots.py",
        '"ms": 1e3,',
        '"ms": 1e6,',
        ["test_plots.py::test_bars_convert_seconds_and_bytes_to_their_unit"],
    ),
    Mutant(
        "units: a KiB has a thousand bytes",
        "words.py",
        '"KiB": 2**10}',
        '"KiB": 10**3}',
        ["test_words.py::test_a_size_is_said_in_the_largest_unit_that_fits"],
    ),
    Mutant(
        "units: the card's GiB are GB",
        "machine.py",
        "usable_memory() / 2**30",
        "usable_memory() / 10**9",
        ["test_machine.py::test_the_cards_memory_is_in_gib"],
    ),
    Mutant(
        "units: advice tells milliseconds as seconds",
        "advice/telling.py",
        '((1, "s"), (1e-3, "ms"), (1e-6, "µs"))',
        '((1, "s"), (1e-3, "s"), (1e-6, "µs"))',
        ["test_advice.py::test_the_range_is_as_wide_as_the_model_was_off"],
    ),
    Mutant(
        "words: one workers, two worker",
        "words.py",
        "thing if number == 1 else",
        "thing if number != 1 else",
        ["test_words.py::test_one_thing_is_singular_and_any_other_number_plural"],
    ),
    # --- Pictures ---
    Mutant(
        "bars: show the highest figure, not the median",
        "plots.py",
        "middle, spread = middle_and_spread(group.values())",
        "middle, spread = [*map(max, group.values())], middle_and_spread(group.values())[1]",
        ["test_plots.py::test_a_bar_is_the_median_and_its_line_the_spread"],
    ),
    Mutant(
        "axis: of bars, not from 0",
        "plots.py",
        "axes.set_xlim(0, length)",
        "axes.set_xlim(0.9 * min(middle), length)",
        ["test_plots.py::test_what_is_compared_by_its_length_begins_at_zero"],
    ),
    Mutant(
        "axis: of a speedup, not from 0",
        "plots.py",
        "axes.set_ylim(0, 1.1 * max(measured.cores,",
        "axes.set_ylim(0.9, 1.1 * max(measured.cores,",
        ["test_plots.py::test_what_is_compared_by_its_length_begins_at_zero"],
    ),
    Mutant(
        "axis: of a timeline, not from 0",
        "timelines.py",
        "charts[-1].set_xlim(0, longest * 1.01)",
        "charts[-1].set_xlim(0.1 * longest, longest * 1.01)",
        ["test_timelines.py::test_a_task_is_drawn_at_its_time_in_the_row_of_its_worker"],
    ),
    Mutant(
        "rows: tasks are drawn in another worker's",
        "drawing/chart.py",
        "numbers = np.arange(1, len(crew) + 1)",
        "numbers = np.arange(len(crew), 0, -1)",
        ["test_timelines.py::test_a_task_is_drawn_at_its_time_in_the_row_of_its_worker"],
    ),
    Mutant(
        "bars: full for a task that waited",
        "drawing/chart.py",
        "computing[long] / lengths[long]",
        "lengths[long] / lengths[long]",
        ["test_timelines.py::test_a_bar_is_as_full_as_its_worker_computed"],
    ),
    Mutant(
        "rows: a panel draws tasks in another worker's",
        "panels/scene.py",
        "        bars.append(own)",
        "        bars.insert(0, own)",
        ["test_panels.py::test_a_scene_has_the_bars_of_one_worker_after_those_of_the_other"],
    ),
    Mutant(
        "tiles: each one transposed",
        "timelines.py",
        "tint(result, worker, limit) for",
        "tint([*zip(*result)], worker, limit) for",
        ["test_timelines.py::test_a_tile_is_drawn_as_it_was_computed_and_at_its_place"],
    ),
    Mutant(
        "tiles: their numbers stand at transposed places",
        "timelines.py",
        "row, column = divmod(task, across)",
        "column, row = divmod(task, across)",
        ["test_timelines.py::test_a_tile_is_drawn_as_it_was_computed_and_at_its_place"],
    ),
    Mutant(
        "tiles: each one transposed on a canvas",
        "canvas.py",
        "Image.fromarray(colored(tile))",
        "Image.fromarray(colored([*zip(*tile)]))",
        ["test_canvas.py::test_a_tile_is_painted_as_it_was_computed"],
    ),
    Mutant(
        "tiles: at transposed places on a canvas",
        "canvas.py",
        "row, column = divmod(place, self._across)",
        "column, row = divmod(place, self._across)",
        ["test_canvas.py::test_each_tile_is_painted_at_its_place"],
    ),
    Mutant(
        "tiles: computed transposed",
        "workers.py",
        "complex(tile.left + x * step, tile.top - y * step)",
        "complex(tile.left + y * step, tile.top - x * step)",
        ["test_workers.py::test_the_points_of_a_tile_lie_row_by_row_from_its_top_left"],
    ),
    Mutant(
        "alt text: of a picture, empty",
        "drawing/picture.py",
        'alt="{html.escape(self.caption)}"',
        'alt=""',
        ["test_pictures.py::test_its_image_is_the_svg_and_its_alt_the_caption"],
    ),
    Mutant(
        "alt text: a picture in a panel has no name",
        "drawing/svg.py",
        '"aria-label": label,',
        '"aria-label": "",',
        ["test_pictures.py::test_it_is_an_element_with_a_name_that_changes_nothing_else_of_its_page"],
    ),
    Mutant(
        "alt text: of a canvas's copy, empty",
        "canvas.py",
        '<img alt="{html.escape(self.caption)}"',
        '<img alt=""',
        ["test_canvas.py::test_only_finished_pictures_are_kept_with_their_text"],
    ),
    # --- Labels ---
    Mutant(
        "labels: of start methods, swapped in a panel",
        "panels/controls.py",
        "{name: name for name in start_methods()}",
        "dict(zip(start_methods(), [*start_methods()[1:], *start_methods()]))",
        ["test_panels.py::test_a_choice_is_called_what_it_is"],
    ),
    Mutant(
        "labels: the card calls another start method the default",
        "machine.py",
        "default, *others = start_methods()",
        "*others, default = start_methods()",
        ["test_machine.py::test_the_card_tells_the_start_methods"],
    ),
    Mutant(
        "labels: a Pool is called an executor",
        "running/ways.py",
        'label="Pool",',
        'label="ProcessPoolExecutor",',
        ["test_measure.py::test_every_round_measures_serial_parallel_start_up_and_limit[pool-spawn]"],
    ),
    Mutant(
        "labels: the machine's limit is drawn as measured",
        "plots.py",
        'axes.plot(sizes, limit, "s--",',
        'axes.plot(sizes, middle, "s--",',
        ["test_plots.py::test_the_lines_of_a_speedup_are_what_was_measured"],
    ),
    # --- Panels ---
    Mutant(
        "cancel: says so, and goes on",
        "panels/panel.py",
        "            panel._end = Canceled",
        '            panel.status = "Canceled. All processes of the run have ended."',
        ["test_panels.py::test_a_canceled_run_stays_as_far_as_it_came"],
    ),
    Mutant(
        "cancel: leaves the workers of a run that hears no interrupt",
        "running/hosted.py",
        "            end_below(self._process.pid)\n",
        "",
        ["test_hosted.py::test_end_ends_even_what_does_not_care_for_an_interrupt_and_all_below_it"],
    ),
    Mutant(
        "cancel: kills resource trackers, so that semaphores stay",
        "running/families.py",
        "for process in find() - stopped if not is_tracker(process)}",
        "for process in find() - stopped}",
        ["test_hosted.py::test_end_ends_even_what_does_not_care_for_an_interrupt_and_all_below_it"],
    ),
    Mutant(
        "lock: of all panels, never taken",
        "panels/panel.py",
        "if not Panel._one_at_a_time.acquire(blocking=False):",
        "if not (Panel._one_at_a_time.locked() or Panel._one_at_a_time.acquire()):",
        ["test_panels.py::test_of_two_panels_only_one_runs_at_a_time_and_both_can_cancel_it"],
    ),
    Mutant(
        "panels: compare with the slowest serial run",
        "panels/panel.py",
        "self._serial[settings] = min(runs,",
        "self._serial[settings] = max(runs,",
        ["test_panels.py::test_a_later_serial_run_counts_if_it_is_quicker"],
    ),
    Mutant(
        "panels: tell runs apart by what they have in common",
        "panels/history.py",
        "for settings in used}) > 1]",
        "for settings in used}) == 1]",
        ["test_history.py::test_runs_are_told_apart_by_what_differs"],
    ),
    Mutant(
        "panels: show a program with another number of workers",
        "panels/workloads.py",
        '"workers": self.workers, "chunksize": self.chunksize}',
        '"workers": self.chunksize, "chunksize": self.workers}',
        ["test_workloads.py::test_the_code_of_a_pool_in_full"],
    ),
    # --- Exercises, quizzes, progress ---
    Mutant(
        "check: always praises",
        "checks.py",
        '    if hint:\n        return Verdict(False, "Not yet."',
        '    if False:\n        return Verdict(False, "Not yet."',
        ["test_exercises.py::test_as_given_it_is_not_yet_right[exercise_03a]"],
    ),
    Mutant(
        "check: never tries spawn",
        "checks.py",
        "if not hint and attempt.forks:",
        "if False:",
        ["test_exercises.py::test_a_wrong_answer_gets_its_hint_a_bigger_one_each_time[exercise_08b-2]"],
    ),
    Mutant(
        "check: takes any overlap of two calls for none",
        "scripts/attempt.py",
        "return any(later.began < earlier.ended for",
        "return any(later.began > earlier.ended for",
        ["test_attempts.py::test_it_knows_whether_processes_ran_together"],
    ),
    Mutant(
        "check: takes calls in the parent for those in children",
        "scripts/attempt.py",
        "if call.process != self._main]\n\n    def calls_in_parent",
        "if call.process == self._main]\n\n    def calls_in_parent",
        ["test_attempts.py::test_it_knows_each_pool_and_each_task[fork]"],
    ),
    Mutant(
        "hints: two of an exercise, swapped",
        "exercises/exercise_02a.py",
        """\
    if "<Future at" in attempt.output:
        return Hint(
            "These are promises of results, not results. How do you ask a Future for what it holds?",
            "submit returns a Future. When all pages are submitted, ask each Future for its result.",
            "sizes = [future.result() for future in futures]",
        )
    if "generator object" in attempt.output:
""",
        """\
    if "generator object" in attempt.output:
        return Hint(
            "These are promises of results, not results. How do you ask a Future for what it holds?",
            "submit returns a Future. When all pages are submitted, ask each Future for its result.",
            "sizes = [future.result() for future in futures]",
        )
    if "<Future at" in attempt.output:
""",
        ["test_exercises.py::test_a_wrong_answer_gets_its_hint_a_bigger_one_each_time[exercise_02a-2]"],
    ),
    Mutant(
        "hints: the code comes before the words",
        "checks.py",
        'self.hint.way, textwrap.indent(self.hint.line, "    ")]',
        'textwrap.indent(self.hint.line, "    "), self.hint.way]',
        ["test_exercises.py::test_a_wrong_answer_gets_its_hint_a_bigger_one_each_time[exercise_03a-0]"],
    ),
    Mutant(
        "hints: always the first one",
        "checks.py",
        "    tries[mistake] += 1\n",
        "",
        ["test_exercises.py::test_a_hint_grows_each_time_the_same_mistake_is_made"],
    ),
    Mutant(
        "quiz: judges the choice before the one that was made",
        "quizzes.py",
        'return choices[choice]["right"]',
        'return choices[choice - 1]["right"]',
        ["test_quizzes.py::test_each_answer_is_kept_once_whether_right_or_wrong"],
    ),
    Mutant(
        "quiz: done with the first right answer",
        "quizzes.py",
        "return all(\n            any(",
        "return any(\n            any(",
        ["test_quizzes.py::test_it_is_noted_once_all_are_answered_right_even_after_wrong_answers"],
    ),
    Mutant(
        "progress: what was tried counts as done",
        "progress.py",
        '(name_in(fact, "done") for fact in facts())',
        '(name_in(fact, "done") or name_in(fact, "tried") for fact in facts())',
        ["test_progress.py::test_what_was_only_tried_is_not_done"],
    ),
    Mutant(
        "progress: forgets nothing",
        "progress.py",
        "    Path(FILE).unlink(missing_ok=True)",
        "    Path(FILE).exists()",
        ["test_progress.py::test_it_is_forgotten_when_the_browser_says_so"],
    ),
    # --- Step by step ---
    Mutant(
        "lock: of two workers, never taken",
        "workers.py",
        "    with lock:\n        own = value.value",
        "    if lock:\n        own = value.value",
        ["test_steps.py::test_every_order_ends_as_a_simulation_says[lock]"],
    ),
    Mutant(
        "steps: a lost update counts as right",
        "steps/orders.py",
        "return RIGHT if values in self._right else LOST",
        "return RIGHT",
        ["test_steps.py::test_what_goes_wrong_is_counted"],
    ),
    Mutant(
        "steps: a process that waits is said to hold the lock",
        "running/stepping.py",
        '            tell(self._scheduler, "waits", self._name)\n',
        '            tell(self._scheduler, "got", self._name)\n',
        ["test_steps.py::test_who_must_wait_says_for_whom_and_goes_on_when_the_lock_is_free"],
    ),
    # --- Simulation ---
    Mutant(
        "simulation: starting a worker costs nothing",
        "simulate.py",
        "yield COMPUTE, self.costs.launch",
        "yield COMPUTE, 0.0",
        ["test_simulate.py::test_the_parent_starts_the_workers_one_after_another_and_then_sends"],
    ),
    Mutant(
        "simulation: to wake up costs nothing",
        "simulate.py",
        "yield COMPUTE, min(self.costs.wake,",
        "yield COMPUTE, min(0.0,",
        ["test_simulate.py::test_the_parent_wakes_up_for_each_result_that_it_has_to_wait_for"],
    ),
    Mutant(
        "simulation: has a core for everyone",
        "simulate.py",
        "busy = min(len(self._computing), self.cores)",
        "busy = len(self._computing)",
        ["test_simulate.py::test_more_workers_than_cores_share_them"],
    ),
    Mutant(
        "simulation: who waits takes a core",
        "simulate.py",
        "yield WAIT, task.waiting",
        "yield COMPUTE, task.waiting",
        ["test_simulate.py::test_who_waits_needs_no_core"],
    ),
    Mutant(
        "simulation: the longest task comes last",
        "simulate.py",
        '"longest first": lambda task: -(task',
        '"longest first": lambda task: (task',
        ["test_simulate.py::test_the_order_of_the_tasks_counts"],
    ),
    Mutant(
        "simulation: a prediction too low is told as too high",
        "simulate.py",
        "return median(said / was for said, was in",
        "return median(was / said for said, was in",
        ["test_simulate.py::test_the_error_of_a_trial_is_the_median_of_its_rounds"],
    ),
    Mutant(
        "laws: Amdahl's serial share is the parallel one",
        "simulate.py",
        "return 1 / (serial_share + (1 - serial_share) / whole_number",
        "return 1 / (1 - serial_share + serial_share / whole_number",
        ["test_simulate.py::test_the_laws"],
    ),
    # --- Advice ---
    Mutant(
        "advice: divides work for any gain, however small",
        "advice/choosing.py",
        "if other.seconds * WORTH < best.seconds:",
        "if other.seconds < best.seconds:",
        ["test_advice.py::test_without_a_gain_worth_the_trouble_it_is_the_loop"],
    ),
    Mutant(
        "advice: more processes than fit into the memory",
        "advice/choosing.py",
        "min(most, facts.tasks, facts.fit or most)",
        "min(most, facts.tasks)",
        ["test_advice.py::test_no_more_workers_than_fit_into_the_memory"],
    ),
    Mutant(
        "advice: is too sure of itself",
        "advice/choosing.py",
        "return self.speedup / (1 + self.error), self.speedup * (1 + self.error)",
        "return self.speedup, self.speedup",
        ["test_advice.py::test_the_range_is_as_wide_as_the_model_was_off"],
    ),
    Mutant(
        "advice: begins with the limit that matters least",
        "advice/choosing.py",
        "key=lambda item: -item[1]))",
        "key=lambda item: item[1]))",
        ["test_advice.py::test_it_says_what_limits_the_speedup[start-up]"],
    ),
    Mutant(
        "advice: blames the item before the one that can't be sent",
        "advice/looking.py",
        'obstacle_in(f"item {position + 1}", item)',
        'obstacle_in(f"item {position}", item)',
        ["test_advice.py::test_the_first_item_that_can_not_be_sent_is_named"],
    ),
    # --- Traces and the X-ray ---
    Mutant(
        "trace: sender and receiver of a message, swapped",
        "scripts/tracing.py",
        "messages.append(Message(sender, receiver,",
        "messages.append(Message(receiver, sender,",
        ["test_traces.py::test_messages_through_queues[Queue-fork]"],
    ),
    Mutant(
        "trace: nobody is said to hold a lock that another waits for",
        "scripts/tracing.py",
        "if since < ended and may(thread):",
        "if since > ended and may(thread):",
        ["test_traces.py::test_two_locks_in_opposite_order[fork]"],
    ),
    Mutant(
        "trace: the script's own process started everyone",
        "scripts/tracing.py",
        "row.by = order.index(row.by) if row.by is not None else None",
        "row.by = 0 if row.by is not None else None",
        ["test_traces.py::test_children_of_children[fork]"],
    ),
    Mutant(
        "trace: two processes that wait for each other are said to go on",
        "scripts/places.py",
        "    if len(circle) == 2:\n        return (",
        '    if len(circle) == 2:\n        return "" and (',
        ["test_traces.py::test_two_locks_in_opposite_order[fork]"],
    ),
    Mutant(
        "X-ray: tells a failure as a success",
        "scripts/story.py",
        "return row.exit_code not in (None, 0) and",
        "return row.exit_code in (None, 0) and",
        ["test_xrays.py::test_each_row_has_its_name_its_pid_and_its_end"],
    ),
    Mutant(
        "X-ray: a message goes to its sender",
        "scripts/story.py",
        'f" to {trace.rows[receiver].name}"',
        'f" to {trace.rows[sender].name}"',
        ["test_xrays.py::test_a_message_says_who_sent_how_much_to_whom"],
    ),
    Mutant(
        "X-ray: an arrow ends at its sender",
        "drawing/xrays.py",
        "end = (received, line_of[message.receiver] + LOW)",
        "end = (received, line_of[message.sender] + LOW)",
        ["test_xrays.py::test_what_a_wait_is_for_stands_where_no_arrow_ends"],
    ),
    Mutant(
        "X-ray: calls are drawn in the line below",
        "drawing/xrays.py",
        "bottoms = np.full(len(starts), line + LOW + TALL / 2)",
        "bottoms = np.full(len(starts), line + 1 + LOW + TALL / 2)",
        ["test_xrays.py::test_a_call_is_drawn_in_the_line_of_its_process"],
    ),
    Mutant(
        "X-ray: every bar is full",
        "drawing/xrays.py",
        "(np.minimum(fills, 1.0), color)",
        "(extents, color)",
        ["test_xrays.py::test_a_bar_is_as_full_as_its_process_computed"],
    ),
    # --- The index ---
    Mutant(
        "index: the search finds nothing",
        "browser/index.js",
        "score > 0 && score >=",
        "score < 0 && score >=",
        ["test_index_in_browser.py::test_it_finds_what_people_type"],
    ),
    Mutant(
        "index: has the first question of each group only",
        "index.py",
        "in asked.of_group(group)",
        "in asked.of_group(group)[:1]",
        ["test_index.py::test_the_browser_has_all_that_it_needs"],
    ),
    Mutant(
        "index: its links lead nowhere",
        "asked/__init__.py",
        "heading.replace(' ', '-')",
        "heading.replace(' ', '_')",
        ["test_index.py::test_the_browser_has_all_that_it_needs"],
    ),
    # --- Handing in and grading ---
    Mutant(
        "handing in: the last time that something was done counts",
        "handing_in.py",
        "for fact in reversed(facts) if",
        "for fact in facts if",
        ["test_handing_in.py::test_the_file_says_what_was_done_first_and_when"],
    ),
    Mutant(
        "grading: forged progress is believed",
        "grading/grades.py",
        'Grade(who, name, what, MISSING, "",',
        'Grade(who, name, what, RIGHT, "",',
        ["test_grading.py::test_what_is_claimed_to_be_done_and_not_there_is_missing"],
    ),
    Mutant(
        "grading: every answer is right",
        "grading/grades.py",
        '        if found["right"]:',
        "        if found:",
        ["test_grading.py::test_an_interrupt_ends_all_programs_and_stores_what_is_known"],
    ),
    Mutant(
        "grading: a quiz answered right in the end was right at once",
        "grading/hand_ins.py",
        "choice.text == chosen[0] for",
        "choice.text in chosen for",
        ["test_handing_in.py::test_what_was_answered_is_packed_and_read_again"],
    ),
    Mutant(
        "grading: an archive may lead out of itself",
        "grading/hand_ins.py",
        'if path.is_absolute() or ".." in path.parts or ":" in member.filename:',
        "if path.is_absolute():",
        ["test_grading.py::test_an_archive_that_is_not_what_it_seems_is_not_read[zoe]"],
    ),
    Mutant(
        "grading: an archive may be a bomb",
        "grading/hand_ins.py",
        "    if len(data) > MOST_IN_FILE:",
        "    if False:",
        ["test_grading.py::test_an_archive_that_is_not_what_it_seems_is_not_read[bomb]"],
    ),
    # --- Clusters and pages ---
    Mutant(
        "clusters: a clock that is ahead is shifted further ahead",
        "clusters.py",
        "start=span.start - ahead",
        "start=span.start + ahead",
        ["test_clusters.py::test_a_span_of_another_clock_is_shifted"],
    ),
    Mutant(
        "clusters: the one that is named is not used",
        "clusters.py",
        "if address := os.environ.get(ADDRESS):",
        "if address := os.environ.get(f'{ADDRESS}ES'):",
        ["test_clusters.py::test_a_cluster_that_is_not_there_is_told_and_replaced"],
    ),
    Mutant(
        "pages: come at once, however slow they should be",
        "pages.py",
        "sleep(latency)",
        "sleep(0)",
        ["test_pages.py::test_each_page_takes_its_time"],
    ),
]


# --- Try them ---


def main():
    parser = ArgumentParser(description="Change one thing in helpers at a time, and see that the tests notice.")
    parser.add_argument(
        "words", nargs="*", help="try the mutants with one of these words in their names (default: all)"
    )
    parser.add_argument(
        "--jobs", type=int, default=usable_cores(), help="how many to try at a time (default: %(default)s)"
    )
    options = parser.parse_args()
    chosen = named(options.words)
    adopt_orphans()
    try:
        with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
            original = shutil.copytree(ROOT, Path(folder, "original", "course"), ignore=NOT_COPIED)
            if problems := without_a_mutant(chosen, options.jobs, original):
                sys.exit("\n".join(["Without a mutant, these tests should pass:", *problems]))
            rows = tried(chosen, options.jobs, original)
    finally:
        end_descendants()
    text = report(rows)
    print(text)
    if chosen == MUTANTS:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(f"{text}\n", encoding="utf-8")
    sys.exit(any(not is_killed(verdict) for *_, verdict in rows))


def named(words):
    """Return the mutants with one of these words in their names, or all if there are no words."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    return chosen or sys.exit(f"No mutant has any of these words in its name: {', '.join(words)}.")


def without_a_mutant(mutants, jobs, course):
    """Run the tests of these mutants in a copy of the course without any. Return a line for each that doesn't pass."""
    killers = sorted({killer for mutant in mutants for killer in mutant.killers})
    tell(f"First, {counted(len(killers), 'test')} without any mutant.")
    ran = run_tests(course, killers, UNCHANGED_LIMIT, "-n", str(jobs if jobs > 1 else 0), "--dist", "worksteal")
    if not ran.cases:
        return [ran.said]
    problems = []
    for killer in killers:
        cases = [case for case in ran.cases if f"{case.test}[".startswith(f"{killer}[")]
        bad = [case.why for case in cases if case.result in (FAILED, NOT_BEGUN)]
        if not any(case.result == PASSED for case in cases):
            bad = [*bad, *(f"skipped: {case.why}" for case in cases), "it did not run"]
        problems += [f"{killer}: {why}" for why in bad[:1]]
    return problems


def tried(mutants, jobs, course):
    """Return a row for each mutant: its name, its file, the test that killed it, and the verdict."""
    rows = []
    with ThreadPoolExecutor(jobs) as threads:
        asked = [threads.submit(try_one, mutant, course) for mutant in mutants]
        try:
            for number, (mutant, answer) in enumerate(zip(mutants, asked), start=1):
                killer, verdict = answer.result()
                tell(f"{number} of {len(mutants)}: {mutant.name}: {verdict}")
                rows.append([mutant.name, f"helpers/{mutant.file}", killer, verdict])
        finally:
            threads.shutdown(cancel_futures=True)  # an interrupt must not wait for what is left
    return rows


def try_one(mutant, course):
    """Run the tests of a mutant in a copy of the course with it. Return the test that killed it, and the verdict."""
    with tempfile.TemporaryDirectory(dir=course.parent.parent, ignore_cleanup_errors=True) as folder:
        place = shutil.copytree(course, Path(folder, "course"))
        file = place / "helpers" / mutant.file
        try:
            file.write_text(mutant.changed(file.read_text(encoding="utf-8")), encoding="utf-8")
        except ValueError as error:
            return "", f"not tried: {error}"
        limit = f"--timeout={TEST_LIMIT}"
        return verdict_on(run_tests(place, mutant.killers, MUTANT_LIMIT, "-n", "0", "--exitfirst", limit))


KILLED, TOOK_TOO_LONG, SURVIVED = "killed", "killed: the test took too long", "SURVIVED"


def verdict_on(ran):
    """Return the test that killed the mutant, or "", and the verdict, given what `Ran` with it."""
    if killer := next((case for case in ran.cases if case.result == FAILED), None):
        return killer.test, TOOK_TOO_LONG if killer.took_too_long else KILLED
    return "", SURVIVED if ran.exit_code == 0 else f"not tried: {ran.said}"


def is_killed(verdict):
    return verdict in (KILLED, TOOK_TOO_LONG)


# --- The tests in a copy ---


PASSED, FAILED, SKIPPED, NOT_BEGUN = "passed", "failed", "skipped", "not begun"


@dataclass(frozen=True)
class Case:
    """How a test ended.

    test    its name, such as "test_words.py::test_name[1]"
    result  PASSED, FAILED (in its own code, or in what has to hold after it), SKIPPED or NOT_BEGUN (it failed before)
    why     why it did not pass, in a line
    """

    test: str
    result: str
    why: str = ""

    @property
    def took_too_long(self):
        return "Timeout" in self.why and "pytest-timeout" in self.why


@dataclass(frozen=True)
class Ran:
    """What pytest did: its exit code (None if it had to be ended), a `Case` for each test, and its last words."""

    exit_code: int | None
    cases: list[Case]
    said: str


def run_tests(course, tests, time_limit, *options):
    """Run tests in a copy of the course, and end whatever they leave running. Return what `Ran`.

    What they write goes beside the copy.
    """
    found, printed, temporary = (course.parent / name for name in ("found.xml", "printed.txt", "temporary"))
    with printed.open("wb") as output:
        pytest = subprocess.Popen(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--thorough", *options),
                *(f"--basetemp={temporary}", f"--junitxml={found}", *(f"tests/{test}" for test in tests)),
            ],
            cwd=course,
            env={**os.environ, "PYTHONPATH": str(course)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **OWN_GROUP,
        )
        try:
            exit_code = pytest.wait(time_limit)
        except subprocess.TimeoutExpired:
            exit_code = None
        finally:
            end_group(pytest)
    said = printed.read_text(encoding="utf-8", errors="replace").splitlines()
    last = "its tests never ended" if exit_code is None else next(filter(None, map(str.strip, reversed(said))), "")
    return Ran(exit_code, cases_in(found) if found.exists() else [], last)


def cases_in(path):
    """Return the `Case`s in the XML file that pytest wrote."""
    cases = []
    for case in ElementTree.parse(path).iter("testcase"):
        test = f"{case.get('classname').removeprefix('tests.')}.py::{case.get('name')}"
        found = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        said = "" if found is None else found.get("message", "")
        result = PASSED if found is None else {"failure": FAILED, "error": NOT_BEGUN, "skipped": SKIPPED}[found.tag]
        if said.startswith("failed on teardown"):
            result = FAILED
        cases.append(Case(test, result, said.partition("\n")[0]))
    return cases


# --- What came of it ---


def report(rows):
    """Return the table of all mutants that were tried, and how many were killed, as Markdown."""
    killed = sum(is_killed(verdict) for *_, verdict in rows)
    return f"{INTRO}\n\n{killed} of {counted(len(rows), 'mutant')} killed.\n\n{markdown_table(HEADER, rows)}"


INTRO = (
    "Defects that were put into a copy of `helpers`, one at a time, and the test that found each. By `make mutants`."
)
HEADER = ["mutant", "file", "killed by", "verdict"]


def tell(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
