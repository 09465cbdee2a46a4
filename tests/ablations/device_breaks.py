"""Rules broken in a device: its SUA gate, its memory, its transport, its place on the HAN."""

from typing import Any

from tests.ablations.breaks import Break, Patch

from hanbench.emulator.displays.display import DisplayUnit
from hanbench.emulator.displays.esi_client import EsiClient
from hanbench.emulator.displays.notices import Notices
from hanbench.emulator.displays.ota_client import OtaClient
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.hub.gas_mirror import GasMirror
from hanbench.emulator.node.indirect_queue import IndirectQueue
from hanbench.emulator.node.joining.key_establishment import KeyEstablishment
from hanbench.emulator.node.joining.pan_change import PanChange
from hanbench.emulator.node.mesh.mesh import Mesh
from hanbench.emulator.node.parent.parenting import Parenting
from hanbench.emulator.node.trust_centre.device_log import DeviceLog
from hanbench.emulator.node.trust_centre.trust_centre import TrustCentre
from hanbench.emulator.sua import gate
from hanbench.emulator.sua.gate import SuaGate
from hanbench.emulator.sua.memory import SuaMemory
from hanbench.emulator.zcl.keep_alive_watch import KeepAliveWatch
from hanbench.protocol import wan
from hanbench.protocol.answer import Outcome
from hanbench.protocol.identifiers import Eui64


def believes_any_code(patch: Patch) -> None:
    """The MAC of a code is not looked at."""
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Outcome | None:
        said = verify(self, request, instruction, code)
        return None if said is Outcome.BAD_CODE else said

    patch.setattr(SuaGate, "_verify", lax)


def wants_no_code(patch: Patch) -> None:
    conclude = SuaGate._conclude

    def lax(self: SuaGate, request: Any, effect: Any) -> Any:
        is_missing = effect.outcome is Outcome.UNAUTHORISED
        done = self._serve(request.instruction, request) if is_missing else effect
        return conclude(self, request, done)

    patch.setattr(SuaGate, "_conclude", lax)


def believes_any_sender(patch: Patch) -> None:
    """The transport MAC is not looked at, by the hub or by the meter."""
    patch.setattr(wan, "verify", lambda octets, _key: wan.decode(octets))


def has_no_window(patch: Patch) -> None:
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Outcome | None:
        said = verify(self, request, instruction, code)
        return None if said is Outcome.OUT_OF_WINDOW else said

    patch.setattr(SuaGate, "_verify", lax)


def accepts_a_spent_code(patch: Patch) -> None:
    """Neither the cache of results nor the counter keeps a code from running again."""
    verify = SuaGate._verify

    def lax(self: SuaGate, request: Any, instruction: Any, code: Any) -> Outcome | None:
        said = verify(self, request, instruction, code)
        return None if said is Outcome.REPLAYED else said

    patch.setattr(SuaGate, "_verify", lax)
    patch.setattr(SuaGate, "_remember", lambda *_: None)


def never_counts_a_wrong_code(patch: Patch) -> None:
    patch.setattr(SuaMemory, "count_failure", lambda *_: None)


def a_replay_clears_the_count(patch: Patch) -> None:
    """The order of the steps turned round: the count is reset before the counter is looked at."""
    verify = SuaGate._verify

    def early(self: SuaGate, request: Any, instruction: Any, code: Any) -> Outcome | None:
        said = verify(self, request, instruction, code)
        if said is Outcome.REPLAYED:
            self._memory.clear_failures()
        return said

    patch.setattr(SuaGate, "_verify", early)


def keeps_the_old_key_in_use(patch: Patch) -> None:
    """The key before the last commit goes on commanding."""
    kept: dict[int, Any] = {}
    commit, slot_for, verify = SuaMemory.commit, gate.slot_for, SuaGate._verify

    def committed(self: SuaMemory, keys: Any, *more: Any) -> None:
        before = self.keys
        commit(self, keys, *more)
        if before is not None and before.current.version != keys.current.version:
            kept[before.current.version] = before.current

    def slot(instruction: Any, code: Any, keys: Any) -> Any:
        return kept.get(code.key_version) or slot_for(instruction, code, keys)

    patch.setattr(SuaMemory, "commit", committed)
    patch.setattr(gate, "slot_for", slot)
    patch.setattr(SuaGate, "_persist", _persist_if_held)
    patch.setattr(SuaGate, "_verify", verify)


def _persist_if_held(self: SuaGate, request: Any, code: Any) -> None:
    keys = self._memory.keys
    if keys is not None and keys.held(code.key_version) is not None:
        self._memory.spend(code.key_version, code.counter, self._cause(request), request.now)


def hub_puts_strangers_out(patch: Patch) -> None:
    """Whoever the DCC's inventory does not know is evicted when the account moves."""
    put = CommsHub.put_in_charge

    def strict(self: CommsHub, head_end: Eui64) -> None:
        put(self, head_end)
        for member in self.joined.members:
            if member.kind.value in ("third-party", "repeater"):
                self.joined.unjoin(member.eui64)

    patch.setattr(CommsHub, "put_in_charge", strict)


def keeps_the_key_of_the_box(patch: Patch) -> None:
    """A joiner never establishes a link key of its own."""
    patch.setattr(KeyEstablishment, "begin", lambda *_: [])


def log_forgets_nobody(patch: Patch) -> None:
    patch.setattr(DeviceLog, "remove", lambda *_: True)


def puts_nobody_out(patch: Patch) -> None:
    patch.setattr(TrustCentre, "remove", lambda *_: [])


def replaces_no_key(patch: Patch) -> None:
    patch.setattr(TrustCentre, "update_network_key", lambda *_: [])


def never_misses_the_trust_centre(patch: Patch) -> None:
    patch.setattr(KeepAliveWatch, "_unanswered", lambda self, now: self._plan(now) or [])


def stays_where_it_is(patch: Patch) -> None:
    """Nobody goes where the coordinator says that the network goes."""
    patch.setattr(PanChange, "_change", lambda self, _now: self.stop())


def takes_nobody_back(patch: Patch) -> None:
    patch.setattr(Parenting, "rejoin", lambda *_a, **_k: [])


def holds_frames_for_ever(patch: Patch) -> None:
    patch.setattr(IndirectQueue, "_expire", lambda *_: None)


def hands_nothing_out(patch: Patch) -> None:
    """What waits in the mirror is never offered to the meter."""
    patch.setattr(GasMirror, "offer", lambda *_: None)


def finds_no_route(patch: Patch) -> None:
    """A route that broke is not sought again, and nobody answers who asks for one."""
    patch.setattr(Mesh, "failed", lambda *_: [])
    patch.setattr(Mesh, "_without_route", lambda *_: [])


def shows_no_text(patch: Patch) -> None:
    patch.setattr(Notices, "_take_message", lambda *_: None)


def calls_everything_accepted(patch: Patch) -> None:
    patch.setattr(Ppmid, "_words", lambda *_: "Accepted")


def publishes_nothing(patch: Patch) -> None:
    patch.setattr(DisplayUnit, "_take", lambda *_: None)


def hears_of_no_new_price(patch: Patch) -> None:
    patch.setattr(Notices, "_take_price", lambda *_: None)


def asks_the_hub_nothing(patch: Patch) -> None:
    patch.setattr(EsiClient, "begin", lambda *_: None)
    patch.setattr(EsiClient, "ask", lambda *_a, **_k: None)


def fetches_no_firmware(patch: Patch) -> None:
    patch.setattr(OtaClient, "_is_offered", lambda *_: False)


BREAKS = [
    Break("han/esi", asks_the_hub_nothing, "han/display-fetches-from-hub"),
    Break("han/firmware", fetches_no_firmware, "han/display-fetches-from-hub"),
    Break("han/cost", hears_of_no_new_price, "han/ihd-shows-cost"),
    Break("han/joining", keeps_the_key_of_the_box, "han/join-by-install-code"),
    Break("han/device-log", log_forgets_nobody, "han/leave"),
    Break("han/leaving", puts_nobody_out, "han/leave"),
    Break("han/network-key-update", replaces_no_key, "han/network-key-update"),
    Break("han/rejoining", takes_nobody_back, "han/network-key-update[while-a-display-is-dark]"),
    Break("han/keep-alive", never_misses_the_trust_centre, "han/trust-centre-gone"),
    Break("han/pan-id", stays_where_it_is, "han/pan-conflict"),
    Break("han/sleeping", holds_frames_for_ever, "han/sleep-frame-too-old"),
    Break("han/mirror", hands_nothing_out, "han/sleep-behind-a-repeater"),
    Break("han/routing", finds_no_route, "han/repeater-dies"),
    Break("han/messages", shows_no_text, "han/message-displayed"),
    Break("han/top-up-words", calls_everything_accepted, "han/ppmid-top-up-words"),
    Break("han/served", publishes_nothing, "han/display-shows-what-it-reads"),
    Break("property/P1", believes_any_code, "secure/locked-out-during-rotation"),
    Break("property/P1", believes_any_code, "secure/replayed-code-keeps-failure-count"),
    Break("domain/10.2-dual-control", wants_no_code, "rules/one-party-alone"),
    Break("domain/10.2-dual-control", believes_any_sender, "rules/one-party-alone"),
    Break("domain/10.2-order", has_no_window, "secure/codes-are-bound-to-everything"),
    Break("property/P2", accepts_a_spent_code, "secure/spent-code-offered-again"),
    Break("property/P4", accepts_a_spent_code, "secure/spent-code-offered-again"),
    Break("property/P11", never_counts_a_wrong_code, "secure/replayed-code-keeps-failure-count"),
    Break("property/P11", a_replay_clears_the_count, "secure/replayed-code-keeps-failure-count"),
    Break("property/P6", keeps_the_old_key_in_use, "secure/smso-goes-on-commanding"),
    Break(
        "domain/10.8-han-membership",
        hub_puts_strangers_out,
        "secure/third-party-served-throughout[response-lost]",
    ),
]
