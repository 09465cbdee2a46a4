"""The checks of the Commissioning Party as a table in data: what is checked, when, by which clause.

Source: `fixtures/checks/commissioning-party.yaml`, which says what is stated and what is modelled.
The functions behind the rows are in `common_file_checks`; a row without one, or one without a row,
does not load.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["submission", "file", "installation"]
"""When a check is run: before a file is kept, over the whole file, over one Installation."""


class CheckEntry(BaseModel):
    """One check."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    code: Annotated[str, Field(pattern="^CP-[A-Z-]+$")]
    """The error code of a failure [M]."""
    step: str
    """The step of the Table-5.9-like list [M]."""
    stage: Stage
    statement: str
    clause: str
    """The address of the clause, as scenarios name it."""
    source: str
    kind: Literal["stated", "modelled"]


class AbsentCheck(BaseModel):
    """What is left out on purpose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    why: str


class CheckTable(BaseModel):
    """All checks in the order of their steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checks: Literal[1]
    entries: tuple[CheckEntry, ...]
    absent: tuple[AbsentCheck, ...]

    def of_stage(self, *stages: Stage) -> tuple[CheckEntry, ...]:
        """Return the checks of these stages."""
        return tuple(entry for entry in self.entries if entry.stage in stages)

    def code(self, name: str) -> str:
        """Return the error code of a check."""
        return next(entry.code for entry in self.entries if entry.name == name)


def parse_check_table(
    given: Mapping[str, object], known: Mapping[Stage, frozenset[str]]
) -> CheckTable:
    """Read the table; `known` are the checks of each stage that there is code for.

    Raises:
        ValueError: it is no such table, or its rows and the code do not agree.
    """
    table = CheckTable.model_validate(dict(given))
    for stage, names in known.items():
        rows = [entry.name for entry in table.of_stage(stage)]
        if len(set(rows)) < len(rows) or set(rows) != names:
            raise ValueError(f"the checks of stage {stage} are {sorted(names)}, not {rows}")
    codes = [entry.code for entry in table.entries]
    if len(set(codes)) < len(codes):
        raise ValueError("two checks have the same error code")
    return table
