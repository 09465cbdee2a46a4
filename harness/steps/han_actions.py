"""Takes the steps of a scenario that happen on the HAN, and tells what a look found."""

from hanbench.emulator.device import Output
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.joining.joiner import Purpose
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.harness.errors import HarnessError
from hanbench.harness.files.han_steps import (
    AddressClash,
    CancelMessage,
    FactoryReset,
    ForeignNetwork,
    HanStep,
    Join,
    Leave,
    LogDevice,
    Look,
    PermitJoining,
    PowerOff,
    PowerOn,
    Press,
    Reach,
    Rejoin,
    ShowMessage,
    UnlogDevice,
    UpdateNetworkKey,
)
from hanbench.harness.judging.han_truth import differences, han_truth
from hanbench.harness.steps.next_door import overhear
from hanbench.harness.world import World
from hanbench.protocol.hub_command import BadInstallCode

_PURPOSES = {
    "secured": Purpose.SECURED_REJOIN,
    "trust-centre": Purpose.TRUST_CENTRE_REJOIN,
}


def act(world: World, step: HanStep, now: Instant) -> str:
    """Take a step; return what came of it, empty where it is as it should be."""
    match step:
        case Look():
            found = differences(step, han_truth(world, step.device, now))
            return ", ".join(f"{what} {value}, not {wanted}" for what, wanted, value in found)
        case Reach() | AddressClash() | ForeignNetwork():
            _displace(world, step, now)
        case PowerOff() | PowerOn():
            switch = world.runner.power_off if isinstance(step, PowerOff) else world.runner.power_on
            switch(world.installation, step.device)
        case Join() | Leave() | Rejoin() | FactoryReset():
            node = _node(world, step.device)
            world.runner.let(world.installation, step.device, lambda: _by_node(node, step, now))
        case Press():
            return _press(world, step, now)
        case ShowMessage() | CancelMessage():
            _message(world, step, now)
        case PermitJoining() | UpdateNetworkKey() | LogDevice() | UnlogDevice():
            return _by_hub(world, step, now)
    return ""


def _press(world: World, step: Press, now: Instant) -> str:
    ppmid = world.home.displays.get(step.device)
    if not isinstance(ppmid, Ppmid):
        raise HarnessError(f"{step.device} is no PPMID: it has no keys to press")
    fuel = Fuel(step.fuel)
    for pressed in step.keys:
        for key in tuple(pressed) if pressed.isdigit() else (pressed,):
            _emit(world, step.device, press(ppmid, key, now, fuel))
    return ""


def press(ppmid: Ppmid, key: str, now: Instant, fuel: Fuel = Fuel.ELECTRICITY) -> list[Output]:
    """Press one key of a PPMID."""
    match key:
        case "A":
            return ppmid.press_a(now)
        case "B":
            return ppmid.press_b(now)
        case "EMERGENCY":
            return ppmid.select_emergency_credit(now, fuel)
        case "CONFIRM":
            return ppmid.confirm_message(now)
        case _:
            return ppmid.press(key, now, fuel)


def _message(world: World, step: ShowMessage | CancelMessage, now: Instant) -> None:
    hub = world.home.hub
    publisher = hub.han.publisher
    if isinstance(step, ShowMessage):
        _emit(world, hub.name, hub.tell(publisher.message(step.text, now), now))
    else:
        _emit(world, hub.name, hub.tell(publisher.cancel_message(), now))


def _by_node(
    node: NodeObject, step: Join | Leave | Rejoin | FactoryReset, now: Instant
) -> list[Output]:
    match step:
        case FactoryReset():
            node.reset(now)
            return []
        case Join():
            return [*node.joiner.begin(now)]
        case Leave():
            return [*node.leave(now)]
        case Rejoin(how=how):
            return [*node.joiner.rejoin(_PURPOSES[how], now)]


def _displace(world: World, step: Reach | AddressClash | ForeignNetwork, now: Instant) -> None:
    if isinstance(step, Reach):
        _move(world, step)
        return
    if isinstance(step, ForeignNetwork):
        overhear(world, step.device, now)
        return
    node, other = _node(world, step.device), world.home.nodes.stacks[step.other]
    if isinstance(other, ZigbeeStack):
        short = other.membership.short
        world.runner.let(
            world.installation, step.device, lambda: [*node.addresses.clash(short, now)]
        )


def _by_hub(
    world: World,
    step: PermitJoining | UpdateNetworkKey | LogDevice | UnlogDevice,
    now: Instant,
) -> str:
    hub, result = world.home.hub, ""
    outputs: list[Output] = []
    devices = world.case.installation.devices
    match step:
        case PermitJoining(window_us=window_us):
            outputs = hub.membership.permit_joining(window_us // SECOND_US, now)
        case UpdateNetworkKey():
            outputs = hub.membership.update_network_key(now)
        case LogDevice(device=device, window_us=window_us, install_code=stated):
            code = (
                world.home.nodes.install_code(device) if stated is None else bytes.fromhex(stated)
            )
            answer, outputs = hub.membership.add(
                devices[device].eui64, code, window_us // SECOND_US, now, is_test=True
            )
            if isinstance(answer, BadInstallCode):
                result = f"refused: {answer.field}"
        case UnlogDevice(device=device):
            eui64 = devices[device].eui64
            world.runner.let(
                world.installation, hub.name, lambda: hub.membership.drop(eui64, now)[1]
            )
    _emit(world, hub.name, outputs)
    return result


def _emit(world: World, name: str, outputs: list[Output]) -> None:
    world.runner.emit(world.installation, name, outputs)


def _node(world: World, device: str) -> NodeObject:
    node = world.home.nodes.nodes.get(device)
    if node is None:
        raise HarnessError(
            f"{device} has no ZigBee node: with `traffic: off` nothing joins or leaves"
        )
    return node


def _move(world: World, step: Reach) -> None:
    devices = world.case.installation.devices
    here = devices[step.device].eui64
    for name in step.loses:
        world.han.move(here, devices[name].eui64, hears=False)
    for name in step.gains:
        world.han.move(here, devices[name].eui64, hears=True)
