"""The notebooks as stored: whole, small, linked, and all in one form."""

import re

import course
from course import every_notebook

LONGEST_CELL = 40  # lines: what fits a screen


@every_notebook
def test_its_outputs_come_from_one_run_of_all_cells(path):
    counts = [cell.execution_count for cell in course.cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_it_stores_no_error_no_warning_and_no_path_of_a_machine(path):
    for cell in course.cells(path, "code"):
        outputs = [output for output in cell.outputs if output.output_type != "display_data"]
        assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
        assert not re.search(r"Warning|/(home|root|tmp|Users|work)/|[A-Z]:\\", str(outputs))


@every_notebook
def test_it_is_under_500_kb(path):
    assert path.stat().st_size < course.LARGEST


@every_notebook
def test_its_cells_fit_a_screen(path):
    assert all(cell.source.count("\n") < LONGEST_CELL for cell in course.cells(path, "code"))


@every_notebook
def test_each_picture_has_its_text(path):
    for cell in course.cells(path, "code"):
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        texts = [output for output in cell.outputs if "text/markdown" in output.get("data", {})]
        panels = [output for output in pictures if "application/vnd.jupyter.widget-view+json" in output.data]
        assert len(texts) >= len(pictures) - len(panels)


@every_notebook
def test_a_cell_that_is_not_compared_asserts_something_or_is_a_panel(path):
    for cell in course.cells(path, "code"):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            assert re.search(r"\bassert\b|Panel\(|measure_speedups\(", cell.source), cell.source


def headings(path):
    """Return the anchors of the notebook's headings, as JupyterLab makes them."""
    text = "\n".join(cell.source for cell in course.cells(path, "markdown"))
    return {heading.strip().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@every_notebook
def test_every_link_leads_to_a_notebook_and_a_heading_that_exist(path):
    for cell in course.cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
            if not target.startswith("https://"):
                file, _, anchor = target.partition("#")
                linked = path.parent / file if file else path
                assert linked.exists(), target
                assert not anchor or anchor in headings(linked), target


@every_notebook
def test_it_has_the_courses_rhythm(path):
    wanted = ["The short answer", "Predict", "Run and watch", "Measure", "Your turn", "What people ask", "Remember"]
    if path.stem.startswith("00"):
        wanted = ["The short answer", "The map", "Remember"]
    found = [
        heading
        for cell in course.cells(path, "markdown")
        for heading in re.findall(r"^## (.+)$", cell.source, re.MULTILINE)
    ]
    assert [heading for heading in found if heading in wanted] == wanted
