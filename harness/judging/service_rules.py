"""Service requests and SMI updates: what DSP and inventory may take, and who was wrong to ask."""

from collections.abc import Iterator, Mapping

from hanbench.emulator.parties.inventory import SmiChange
from hanbench.emulator.parties.inventory_operations import SmiStatus
from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import PremisesDevice
from hanbench.emulator.parties.service_requests import (
    NON_DEVICE,
    REQUESTS,
    SUPPLIER_ROLES,
    TRANSFORM,
    ServiceRequest,
)
from hanbench.harness.judging.party_call import Asked, Fault, Rule
from hanbench.harness.parties.organisations import ENGINE

NO_FAULT = ("BAD_REQUEST", "NO_SUCH_INSTALLATION", "UNAVAILABLE", "E20")
"""Refusals that say nothing about the request: nobody broke a rule of it."""
FUEL = {"IS": "ESME", "GS": "GSME"}
_CLAUSES = {
    "E1": "srv/roles",
    "E2": "srv/roles",
    "E4": "srv/roles",
    "E12": "srv/variants",
    "BAD_PRE_COMMAND": "srv/variants",
    "EXECUTED_BEFORE": "s1sr/11.1(a)",
    "E11": "srv/device-type",
    "E19": "srv/device-type",
    "E120204": "srv/device-type",
}
"""By response code, the rule that the sender broke; all others are about the order."""


def _requested(asked: Asked) -> Iterator[Fault]:
    row = REQUESTS.get(asked.arguments.get("reference", ""))
    if row is None or asked.refusal in NO_FAULT:
        return
    wrong = tuple(_wrong(asked, row))
    sender = asked.arguments.get("sender", "")
    if asked.result is not None:
        if asked.result["responds_at_us"] <= asked.now:
            says = f"the DSP acknowledges {row.reference} and has its result at once"
            yield "srv/acknowledged", "DSP", asked.device, says
        yield from _executed_twice(asked)
        for clause, what in wrong:
            says = f"the DSP takes {row.reference} from {sender}: {what}"
            yield clause, "DSP", asked.device, says
        if row.reference == "6.21":
            asked.seen.notified[asked.home, asked.device] = sender
    elif asked.caller != ENGINE:
        clause = _CLAUSES.get(asked.refusal, "srv/order")
        says = f"{sender} hands in {row.reference} for {asked.device}: {asked.refusal}"
        yield clause, "SUPPLIER", asked.device, says


def _executed_twice(asked: Asked) -> Iterator[Fault]:
    octets = str(asked.arguments.get("pre_command") or "")
    if octets and asked.seen.executed.setdefault(octets, False):
        says = f"the DSP executes one Signed Pre-Command for {asked.device} twice"
        yield "s1sr/11.1(a)", "DSP", asked.device, says
    asked.seen.executed[octets] = True


def _wrong(asked: Asked, row: ServiceRequest) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a request, reckoned from the table and the inventory alone."""
    yield from _wrong_sender(asked, row)
    device = asked.parties.premises.device(asked.home, asked.device)
    if isinstance(device, PartyError):
        yield "srv/device-type", "the device is unknown"
        return
    if device.type not in row.device_types:
        yield "srv/device-type", f"{device.name} is a {device.type}"
    yield from _wrong_order(asked, row)
    if asked.arguments["variant"] not in (NON_DEVICE, TRANSFORM) and not (
        asked.parties.is_reachable(asked.home, asked.now)
    ):
        yield "srv/reachable", "the WAN does not reach the hub"


def _wrong_sender(asked: Asked, row: ServiceRequest) -> Iterator[tuple[str, str]]:
    given = asked.arguments
    role, sender = given["role"], given["sender"]
    if role not in row.roles:
        yield "srv/roles", f"it is not for the role {role}"
    if role in SUPPLIER_ROLES and row.reference != "12.2" and sender != _responsible(asked, role):
        yield "srv/roles", f"{sender} is not the supplier in the role {role}"
    if given["variant"] not in row.variants:
        yield "srv/variants", f"variant {given['variant']} is none of its"


def _wrong_order(asked: Asked, row: ServiceRequest) -> Iterator[tuple[str, str]]:
    before = _status_before(asked)
    if before not in row.needs if row.needs else before is not None:
        yield "srv/order", f"{asked.device} was {before or 'not in the inventory'}"
    if row.needs and not _is_hub_commissioned(asked):
        yield "srv/order", "the hub is not Commissioned"
    sender = asked.arguments["sender"]
    if row.is_critical and asked.seen.notified.get((asked.home, asked.device)) != sender:
        yield "srv/order", f"{asked.device} was not handed over to {sender}"


def _responsible(asked: Asked, role: str) -> str:
    home = asked.parties.premises.home(asked.home)
    if isinstance(home, PartyError):
        return ""
    own = [it.supplier or home.supplier for it in home.devices if it.type == FUEL[role]]
    return own[0] if own else ""


def _status_before(asked: Asked) -> SmiStatus | None:
    """The status that the device had when this call was made."""
    history = asked.parties.inventory.history(asked.home, asked.device)
    if asked.result is not None and history and history[-1].at == asked.now:
        return history[-1].previous
    return asked.parties.inventory.status_of(asked.home, asked.device)


def _is_hub_commissioned(asked: Asked) -> bool:
    hub = asked.parties.premises.hub(asked.home)
    return isinstance(hub, PremisesDevice) and asked.parties.inventory.is_commissioned(
        asked.home, hub.name
    )


def _updated(asked: Asked) -> Iterator[Fault]:
    """An update that a later one has overtaken changes nothing."""
    history = asked.parties.inventory.history(asked.home, asked.device)
    if asked.result is None or asked.result["is_overtaken"] or len(history) < 2:
        return
    if history[-1].effective_at < _latest(history[:-1]):
        says = f"an update of {asked.device} to {history[-1].status} was overtaken, and is entered"
        yield "domain/smi-path", "INVENTORY", asked.device, says


def _latest(history: tuple[SmiChange, ...]) -> int:
    return max(change.effective_at for change in history)


SERVICE_RULES: Mapping[tuple[str, str], Rule] = {
    ("DSP", "request"): _requested,
    ("INVENTORY", "set_status"): _updated,
}
