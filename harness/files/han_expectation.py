"""What a scenario expects of a device on its HAN: joined or not, by which key, served or not.

The same keys serve a look at an instant (the step `look`) and the end of a run (`expect.han`); what
is left out is not looked at. Everything is read from the node itself, never from what was meant.
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.harness.files.file_fields import Duration, Entry, Name

LinkKeyOrigin = Literal["none", "provisioned", "install-code", "cbke-1", "cbke-2"]
"""How the key that a device shares with the trust centre came about: with the home, from its
install code, or by key establishment with suite 1 or 2."""


class HanExpectation(Entry):
    """What one device should show; what is left out is not looked at."""

    joined: bool | None = None
    """Whether it takes itself for a member of the network."""
    member: bool | None = None
    """Whether the hub's own join table has it."""
    in_device_log: bool | None = None
    """Whether the device log of the hub names it (domain.md 6.5)."""
    parent: Name | None = None
    reached_over: Name | None = None
    """To whom the electricity meter sends what is for it: the next hop of its route."""
    told: tuple[str, ...] = ()
    """What the story tells of it on the HAN so far, among others: `route-repaired`, `rejoined`."""
    not_told: tuple[str, ...] = ()
    """What the story does not tell of it."""
    link_key: LinkKeyOrigin | None = None
    network_key_sequence: Annotated[int, Field(ge=0, le=255)] | None = None
    served_within_us: Duration | None = Field(default=None, alias="served_within")
    """How long ago a display was told something at most."""
    shows: tuple[str, ...] = ()
    """Words that stand on its face."""
    does_not_show: tuple[str, ...] = ()
    dropped: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """How many frames it dropped at least, by the reason."""
