"""Notebooks run from top to bottom, and are kept without what running them shows.

Outputs are not committed: pictures would change with every version of the drawing library, and a stale one
would be believed.
"""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda x: x.stem)
def test_a_notebook_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


# The kernel's own libraries warn of what is none of ours.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda x: x.stem)
def test_a_notebook_runs_and_shows_a_picture_after_each_call(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    if path.stem != "forty-years-of-crisis-bargaining":
        return
    pictures = [cell for cell in notebook.cells if cell.source.startswith("plot(")]
    assert len(pictures) >= 10
    for cell in pictures:
        (output,) = cell.outputs
        assert output.data["image/svg+xml"].startswith("<svg ")
    calls = [cell for cell in notebook.cells if cell.source.startswith(tuple("abcdefghijklmnopqrstuvwxyz"))]
    answers = [cell for cell in calls if " = models." in cell.source]
    assert len(answers) == len(pictures)
    for cell in answers:
        (output,) = cell.outputs
        assert "<table>" in output.data["text/html"]
        assert "no answer" not in output.data["text/plain"]
        assert "not solved" not in output.data["text/plain"]
