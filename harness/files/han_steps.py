"""The steps of a scenario that happen on the HAN: joining and leaving, power, reach, a new key.

What the hub is told over the WAN is in the words of the DCC's service request 8.11, Update HAN
Device Log (domain.md 7): a device is logged with its install code, and that opens a window.
"""

from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from hanbench.emulator.instant import SECOND_US
from hanbench.harness.files.file_fields import Duration, Name
from hanbench.harness.files.han_expectation import HanExpectation
from hanbench.harness.steps.timing import TimedStep

WINDOW_US_MAX = 3600 * SECOND_US
"""JoinTimePeriod of 8.11 is 1 to 3600 s."""
WINDOW_US_DEFAULT = 180 * SECOND_US


def _window(window_us: int) -> int:
    if not SECOND_US <= window_us <= WINDOW_US_MAX:
        raise ValueError("a window is 1 to 3600 s")
    return window_us


Window = Annotated[Duration, AfterValidator(_window)]
InstallCodeHex = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2})+$")]


Key = Annotated[
    str, Field(pattern=r"^([0-9]{1,60}|\$[a-z][a-z0-9-]*|<|ENTER|A|B|EMERGENCY|CONFIRM)$")
]
"""A key of a PPMID; digits may stand together, and `$name` are those of a code vended before."""


class PermitJoining(TimedStep):
    """The hub opens its network for joiners, log or no log."""

    do: Literal["permit-joining"]
    window_us: Window = Field(default=WINDOW_US_DEFAULT, alias="window")


class LogDevice(TimedStep):
    """A device is put on the hub's device log (8.11 Add), which opens the window for it."""

    do: Literal["log-device"]
    device: Name
    window_us: Window = Field(default=WINDOW_US_DEFAULT, alias="window")
    install_code: InstallCodeHex | None = None
    """Hex with its CRC; None: the device's own."""
    expect: str = ""
    """`refused: FIELD` where the install code is none."""


class UnlogDevice(TimedStep):
    """A device is taken off the hub's device log (8.11 Remove)."""

    do: Literal["unlog-device"]
    device: Name


class Join(TimedStep):
    """A device that has not joined is switched on and looks for its network."""

    do: Literal["join"]
    device: Name


class Leave(TimedStep):
    """A device leaves the network by itself."""

    do: Literal["leave"]
    device: Name


class Rejoin(TimedStep):
    """A device that was joined comes back, under the network key or through the trust centre."""

    do: Literal["rejoin"]
    device: Name
    how: Literal["secured", "trust-centre"] = "secured"


class FactoryReset(TimedStep):
    """A device is set back to how it left its factory; nobody is told."""

    do: Literal["factory-reset"]
    device: Name


class AddressClash(TimedStep):
    """A device comes to the short address of another, as if each was given it out of reach."""

    do: Literal["address-clash"]
    device: Name
    other: Name
    """Whose address it comes to."""


class ForeignNetwork(TimedStep):
    """A device hears the beacon of a network next door, which has the PAN id of ours."""

    do: Literal["foreign-network"]
    device: Name


class UpdateNetworkKey(TimedStep):
    """The trust centre hands out a new network key and switches to it."""

    do: Literal["update-network-key"]


class PowerOff(TimedStep):
    """A device loses its power, and stays dark until it is switched on."""

    do: Literal["power-off"]
    device: Name


class PowerOn(TimedStep):
    """A device that was dark has power again."""

    do: Literal["power-on"]
    device: Name


class Reach(TimedStep):
    """A device is moved: whom it no longer hears by radio, or hears again."""

    do: Literal["reach"]
    device: Name
    loses: tuple[Name, ...] = ()
    gains: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _changes_something(self) -> "Reach":
        if not self.loses and not self.gains:
            raise ValueError("`reach` needs `loses` or `gains`")
        return self


class ShowMessage(TimedStep):
    """The hub shows a text on every display of the home (SE D.5)."""

    do: Literal["show-message"]
    text: Annotated[str, Field(min_length=1, max_length=40)]


class CancelMessage(TimedStep):
    """The hub takes its text away again."""

    do: Literal["cancel-message"]


class Press(TimedStep):
    """Somebody presses keys of a PPMID, one after the other."""

    do: Literal["press"]
    device: Name
    fuel: Literal["electricity", "gas"] = "electricity"
    """Which meter they are meant for."""
    keys: Annotated[tuple[Key, ...], Field(min_length=1)]


class Look(TimedStep, HanExpectation):
    """A look at a device of the HAN; what is left out is not looked at."""

    do: Literal["look"]
    device: Name


HanStep = (
    PermitJoining
    | LogDevice
    | UnlogDevice
    | Join
    | Leave
    | Rejoin
    | FactoryReset
    | AddressClash
    | ForeignNetwork
    | UpdateNetworkKey
    | PowerOff
    | PowerOn
    | Reach
    | ShowMessage
    | CancelMessage
    | Press
    | Look
)
HAN_STEPS: Final = frozenset(
    word for step in get_args(HanStep) for word in get_args(step.model_fields["do"].annotation)
)
"""The words for `do` that are about the HAN: their devices need not be meters."""
NEED_FRAMES: Final = frozenset(
    {"join", "leave", "rejoin", "factory-reset", "address-clash", "foreign-network"}
)
"""Those that a node without a ZigBee stack cannot take."""
