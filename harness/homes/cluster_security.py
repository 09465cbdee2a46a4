"""The table of cluster security, read from the fixtures, and what an Installation chooses in it.

Source: `fixtures/cluster-security.yaml`, which cites the source of each row. Devices are given the
table; they read no file.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hanbench.harness.files.yaml_source import Problem, parse_yaml
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.security_policy import Protection, SecurityPolicy

FILE = "cluster-security.yaml"
LAST_CLUSTER = 0xFFFF


def _known(name: str) -> str:
    if name not in ClusterId.__members__:
        raise ValueError(
            f"{name!r} is no cluster; expected one of {', '.join(ClusterId.__members__)}"
        )
    return name


ClusterName = Annotated[str, AfterValidator(_known)]
ProtectionField = Annotated[Protection, BeforeValidator(Protection)]


class SecurityRow(BaseModel):
    """How the frames of one cluster are protected, and how we know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cluster: ClusterName
    id: Annotated[int, Field(ge=0, le=LAST_CLUSTER)]
    protection: ProtectionField
    source: Annotated[str, Field(min_length=1)]
    kind: Literal["stated", "modelled"]
    dispute: str = ""
    """What the sources do not agree on; empty: nothing."""

    @model_validator(mode="after")
    def _is_the_cluster(self) -> "SecurityRow":
        if ClusterId[self.cluster] != self.id:
            raise ValueError(
                f"{self.cluster} is {ClusterId[self.cluster]:#06x}, not {self.id:#06x}"
            )
        return self


class ClusterSecurity(BaseModel):
    """The whole table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cluster_security: Literal[1] = Field(description="the version of the file format, 1")
    entries: tuple[SecurityRow, ...]

    @model_validator(mode="after")
    def _has_each_cluster_once(self) -> "ClusterSecurity":
        named = [row.cluster for row in self.entries]
        if sorted(named) != sorted(ClusterId.__members__):
            raise ValueError("the table has each cluster once")
        row = self.row("KEY_ESTABLISHMENT")
        if row.protection is not Protection.NETWORK_KEY:
            raise ValueError("there is no link key before KEY_ESTABLISHMENT has made one")
        return self

    def row(self, cluster: str) -> SecurityRow:
        """Return the row of a cluster."""
        return next(row for row in self.entries if row.cluster == cluster)

    def policy(self, chosen: Mapping[str, Protection] | None = None) -> SecurityPolicy:
        """Return the table as devices look at it; `chosen` settles disputed rows."""
        choice = chosen or {}
        return SecurityPolicy(
            {row.id: choice.get(row.cluster, row.protection) for row in self.entries}
        )


@cache
def load_cluster_security() -> ClusterSecurity:
    """Return the table that travels with the bench."""
    text = files("hanbench.fixtures").joinpath(FILE).read_text(encoding="utf-8")
    return ClusterSecurity.model_validate(parse_yaml(text, name=FILE).data)


def choice_problems(data: object) -> Iterator[Problem]:
    """Name each choice of an installation file that is not the file's to make."""
    choices = data.get("cluster_security") if isinstance(data, dict) else None
    if not isinstance(choices, dict):
        return
    table = load_cluster_security()
    disputed = ", ".join(row.cluster for row in table.entries if row.dispute)
    for name in choices:
        if name in ClusterId.__members__ and not table.row(name).dispute:
            says = f"the sources agree on {name}; a file may choose for {disputed}"
            yield Problem(("cluster_security", name), says)
