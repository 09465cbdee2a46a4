"""`model.html`: what the model check of the rotation found; one file without scripts."""

from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.model_agreement.agreement import Agreement
from hanbench.harness.model_agreement.judgement import ModelJudgement
from hanbench.harness.model_agreement.recording import RecordedAgreement
from hanbench.harness.report.templates import write_index, write_page

PAGE = "model.html"


def write_model_page(
    folder: Path,
    judgement: ModelJudgement,
    agreement: Agreement,
    wall_s: float,
    recorded: RecordedAgreement | None = None,
) -> Path:
    """Write the page into a folder, which may be that of a run, and return its path.

    Raises:
        ScenarioError: the folder cannot be written.
    """
    path = folder / PAGE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_page(
            path,
            "model.html.j2",
            it=judgement,
            agreement=agreement,
            recorded=recorded,
            wall_s=wall_s,
        )
        write_index(folder)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error
    return path
