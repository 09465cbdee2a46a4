"""The DSP: takes service requests, refuses those that must not be, and tells what came of them.

Source: see `dsp_operations` and `service_requests`. For SMETS1 the S1SP stands in for the device:
it keeps whom a meter is handed over to, and the inventory keeps the status.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.parties import dsp_operations as of
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.inventory_operations import SmiStatus
from hanbench.emulator.parties.operation import Json, PartyError, bind, call_bound
from hanbench.emulator.parties.premises import Home, MeterId, Premises, PremisesDevice
from hanbench.emulator.parties.refusals import Refusals
from hanbench.emulator.parties.service_requests import (
    METERS,
    NON_DEVICE,
    REQUESTS,
    SIGNED,
    SUPPLIER_ROLES,
    TRANSFORM,
    Role,
    ServiceRequest,
)
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.migration import signature
from hanbench.protocol.migration.signature import PublicKeys

DSP_EUI64 = Eui64(0x90B3D51F30000002)
USER_EUI64 = Eui64(0x90B3D51F30010000)
"""The DCC's published test addresses of the DSP and of a supplier."""
RESULT_AFTER_US = 30 * SECOND_US
_PRE_COMMAND = b"HAN-PRE-M1\0"
_OTHER_CODES = {"8.7.1": "E080702", "8.7.2": "E080721"}
Overlooked = Literal["role", "supplier", "variant", "status", "reach"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DspSetup:
    """What the DSP works with, and how it may fail."""

    premises: Premises
    inventory: Inventory
    users: Mapping[str, tuple[Role, ...]]
    """Service users and their roles."""
    trusted: PublicKeys = field(default_factory=dict)
    """Whose signatures on a Pre-Command are believed."""
    is_reachable: Callable[[str, Instant], bool] = lambda _installation, _now: True
    """Whether the hub of an Installation can be reached."""
    overlooks: tuple[Overlooked, ...] = ()
    """Which checks it leaves out."""
    lost_responses: Mapping[str, int] = field(default_factory=dict)
    """By Installation, how many of the first results never reach the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A request that was acknowledged."""

    installation: str
    responds_at: Instant
    is_lost: bool
    pre_command: str | None
    status: SmiStatus | None


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a request is about."""

    row: ServiceRequest
    home: Home
    device: PremisesDevice
    status: SmiStatus | None


class Dsp:
    """The DCC's Data Service Provider."""

    name = "DSP"
    catalogue = of.CATALOGUE

    def __init__(self, setup: DspSetup) -> None:
        self._setup = setup
        self._users = dict(setup.users)
        self._taken: dict[str, _Taken] = {}
        self._pre_commands: dict[str, tuple[str, MeterId]] = {}
        """By the octets: the reference, and which device it is for."""
        self._counters: dict[str, int] = {}
        """By the octets of a Pre-Command, the counter of the request that it was made of."""
        self._executed: dict[MeterId, int] = {}
        """The Execution Counter of each device (S1SR, clause 11.1(a))."""
        self._handed_over: dict[MeterId, str] = {}
        self._lost = Refusals(setup.lost_responses)
        self._bound = (bind(of.REQUEST, self._request), bind(of.RESPONSE, self._response))

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def add_user(self, supplier: str) -> None:
        """Take on a supplier that the scenario brings in later."""
        self._users.setdefault(supplier, SUPPLIER_ROLES)

    def taken_over(self, installation: str, device: str, supplier: str) -> None:
        """Serve the supplier that has taken a device over by a change of supplier."""
        self.add_user(supplier)
        self._handed_over[installation, device] = supplier

    def notified_supplier(self, installation: str, device: str) -> str:
        """Return the supplier that a device was handed over to by 6.21, or ""."""
        return self._handed_over.get((installation, device), "")

    def _request(self, asked: of.DuisRequest, now: Instant) -> of.Acknowledged | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        for code, detail in self._objections(asked, home, now):
            return PartyError(code, detail)
        return self._take(asked, home, now)

    def _objections(
        self, asked: of.DuisRequest, home: Home, now: Instant
    ) -> Iterator[tuple[str, str]]:
        """Yield what stands against a request, in the order of the checks."""
        row = REQUESTS[asked.reference]
        yield from self._of_sender(asked, row, home)
        if asked.variant not in row.variants and not self._overlooks("variant"):
            yield "E12", f"{row.reference} has the variants {', '.join(map(str, row.variants))}"
        device = self._setup.premises.device(asked.installation, asked.device)
        if isinstance(device, PartyError):
            yield "E19", device.detail
            return
        subject = _Subject(row, home, device, self._status(home, device))
        if device.type not in row.device_types:
            yield "E11", f"{device.name} is a {device.type}"
        yield from self._of_notification(asked, subject)
        yield from self._of_counter(asked)
        if not self._overlooks("status"):
            yield from self._of_status(asked, subject)
        if asked.variant in SIGNED and self._problem_with_signature(asked):
            yield of.BAD_PRE_COMMAND.code, self._problem_with_signature(asked)
        is_sent = asked.variant not in (NON_DEVICE, TRANSFORM) and not self._overlooks("reach")
        if is_sent and not self._setup.is_reachable(home.name, now):
            yield "E20", f"the hub of {home.name} does not answer"

    def _of_sender(
        self, asked: of.DuisRequest, row: ServiceRequest, home: Home
    ) -> Iterator[tuple[str, str]]:
        if asked.role not in self._users.get(asked.sender, ()):
            yield "E1", f"{asked.sender} is no user in the role {asked.role}"
        if asked.role not in row.roles and not self._overlooks("role"):
            yield "E2", f"{row.reference} is for {', '.join(row.roles)}, not for {asked.role}"
        # Who has only just bought a device is not its supplier yet: 12.2 may be anybody's.
        is_named = row.reference == "12.2" or asked.role not in SUPPLIER_ROLES
        responsible = responsible_supplier(home, asked.role, asked.device)
        if not is_named and asked.sender != responsible and not self._overlooks("supplier"):
            yield "E4", f"the supplier of {home.name} in this role is {responsible or 'nobody'}"

    def _of_notification(
        self, asked: of.DuisRequest, subject: _Subject
    ) -> Iterator[tuple[str, str]]:
        if subject.row.reference != "12.2":
            return
        if asked.type == "CHF" and asked.associated_gpf == asked.device:
            yield "E120201", "the hub cannot be its own GPF"
        if subject.status is not None:
            yield "E120203", f"{asked.device} is {subject.status}"
        if asked.type != subject.device.type:
            yield "E120204", f"{asked.device} is notified as {asked.type or 'nothing'}"

    def _of_status(self, asked: of.DuisRequest, subject: _Subject) -> Iterator[tuple[str, str]]:
        row, home, device = subject.row, subject.home, subject.device
        if row.reference == "8.11" and subject.status is None:
            yield "E081101", f"{device.name} is not in the inventory"
        if row.needs and subject.status not in row.needs:
            yield "E5", f"{device.name} is {subject.status or 'not in the inventory'}"
        hub = self._setup.premises.hub(home.name)
        if row.needs and isinstance(hub, PremisesDevice):
            status = self._status(home, hub)
            if status != "Commissioned":
                yield "E5", f"the hub is {status or 'not in the inventory'}"
        meter = (home.name, device.name)
        if row.reference == "6.21" and self._handed_over.get(meter) == asked.sender:
            yield "E062101", f"{device.name} is {asked.sender}'s already"
        if row.is_critical and self._handed_over.get(meter) != asked.sender:
            yield "E4", f"{device.name} was not handed over to {asked.sender} (6.21)"
        other = _OTHER_CODES.get(row.reference)
        named = asked.other_device or ""
        if other and not self._setup.inventory.is_commissioned(home.name, named):
            yield other, f"{named or 'the other device'} is not Commissioned"

    def _of_counter(self, asked: of.DuisRequest) -> Iterator[tuple[str, str]]:
        """What was signed once is executed once, and never after what was made later."""
        counter = self._counters.get(asked.pre_command or "", 0)
        if 0 < counter <= self._executed.get((asked.installation, asked.device), 0):
            yield of.EXECUTED_BEFORE.code, f"counter {counter} is not above the last one executed"

    def _overlooks(self, check: Overlooked) -> bool:
        return check in self._setup.overlooks

    def _status(self, home: Home, device: PremisesDevice) -> SmiStatus | None:
        return self._setup.inventory.status_of(home.name, device.name)

    def _problem_with_signature(self, asked: of.DuisRequest) -> str:
        """A Pre-Command is for one request about one device, and its sender's alone to sign."""
        if asked.pre_command is None or asked.signature is None:
            return "no Pre-Command and signature with it"
        made_for = self._pre_commands.get(asked.pre_command)
        if made_for != (asked.reference, (asked.installation, asked.device)):
            return "not the Pre-Command that was made for this"
        try:
            made = signature.decode(bytes.fromhex(asked.signature))
            octets = bytes.fromhex(asked.pre_command)
            signature.verify(octets, made, self._setup.trusted, file="pre-command")
        except (DecodeError, SecurityError) as error:
            return str(error)
        return ""

    def _take(self, asked: of.DuisRequest, home: Home, now: Instant) -> of.Acknowledged:
        row = REQUESTS[asked.reference]
        number = len(self._taken) + 1
        request_id = f"{format_eui64(USER_EUI64)}:{format_eui64(self._target(asked))}:{number}"
        pre_command = None
        if asked.variant == TRANSFORM:
            text = f"{request_id} {row.reference} {home.name}/{asked.device}"
            pre_command = (_PRE_COMMAND + text.encode()).hex()
            self._pre_commands[pre_command] = (asked.reference, (home.name, asked.device))
            self._counters[pre_command] = number
        else:
            self._act(asked, row, now)
        self._taken[request_id] = _Taken(
            installation=home.name,
            responds_at=after(now, RESULT_AFTER_US),
            is_lost=self._lost.is_due(home.name),
            pre_command=pre_command,
            status=self._setup.inventory.status_of(home.name, asked.device),
        )
        return of.Acknowledged(
            acknowledgement="I99",
            request_id=request_id,
            responds_at_us=after(now, RESULT_AFTER_US),
        )

    def _act(self, asked: of.DuisRequest, row: ServiceRequest, now: Instant) -> None:
        status = self._setup.inventory.status_of(asked.installation, asked.device)
        if asked.pre_command in self._counters:
            counter = self._counters[asked.pre_command]
            self._executed[asked.installation, asked.device] = counter
        if asked.reference == "6.21":
            self._handed_over[asked.installation, asked.device] = asked.sender
        gives = row.gives
        if asked.reference == "8.11":
            # To log a device again changes nothing (use case CCS01).
            gives = (
                ("Pending" if asked.action == "remove" else "Whitelisted")
                if (status in (None, "Pending", "Whitelisted"))
                else None
            )
        if gives is not None and gives != status:
            self._setup.inventory.move(asked.installation, asked.device, gives, now)

    def _target(self, asked: of.DuisRequest) -> Eui64:
        if asked.reference == "12.2":
            return DSP_EUI64
        target = (
            self._setup.premises.hub(asked.installation)
            if asked.reference == "8.11"
            else self._setup.premises.device(asked.installation, asked.device)
        )
        return DSP_EUI64 if isinstance(target, PartyError) else target.eui64

    def _response(self, asked: of.ResponseRequest, now: Instant) -> of.ServiceResponse | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        taken = self._taken.get(asked.request_id)
        if taken is None or taken.installation != asked.installation:
            return PartyError(of.NO_SUCH_REQUEST.code, asked.request_id)
        if taken.is_lost or now < taken.responds_at:
            return of.ServiceResponse(code="I99")
        return of.ServiceResponse(code="I0", pre_command=taken.pre_command, status=taken.status)


def responsible_supplier(home: Home, role: Role, device: str) -> str:
    """Return whose the role of a supplier is in a home: IS electricity, GS gas.

    The supplier of a meter asks in the role of its own fuel; for any other device both may.
    """
    found = next((it for it in home.devices if it.name == device), None)
    fuel = {"IS": "ESME", "GS": "GSME"}.get(role, "")
    if found is not None and found.type in METERS and found.type != fuel:
        return ""
    meter = next((it for it in home.devices if it.type == fuel), None)
    return "" if meter is None else meter.supplier or home.supplier
