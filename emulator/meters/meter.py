"""What an ESME and a GSME have in common: the tunnel, the envelope, the gate, and losing power.

Source: modelled [M] (domain.md 10.2, 10.8) over public clusters (han.md section 6). An envelope
comes in segments through the Tunnelling cluster. Step 0 is here: its transport MAC must be the one
of the head-end that it names, or it is dropped in silence with 8F3E in the security log. Then the
SUA gate judges, and the answer goes back the same way, MACed for the head-end that asked.

    dark ──boot time──> on ──PowerCut, restart──> dark

What is volatile: segments received so far, the gate's result cache, a pressed A, an answer that is
being held back. Readings, credit, used UTRNs, logs and keys are kept.
"""

from dataclasses import replace

from hanbench.emulator.device import Packet
from hanbench.emulator.durations import format_duration
from hanbench.emulator.events import EnvelopeDropped, Restarted
from hanbench.emulator.fates import Cause, Delivery, Leg, Moment, Phase
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import MINUTE_US, START, Instant, after
from hanbench.emulator.meters.clusters import MeterClusters
from hanbench.emulator.meters.commands import MeterCommands
from hanbench.emulator.meters.instructions import MeterClock, MeterInstructions
from hanbench.emulator.meters.logs import MeterLogs
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.meters.setup import (
    MeterSetup,
    meter_parameters,
    metering_setup,
    sua_parameters,
)
from hanbench.emulator.meters.utrn_entry import CodeEntry
from hanbench.emulator.nvm import Nvm
from hanbench.emulator.sua.gate import SuaGate
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.emulator.wan import as_delivered, corrupted
from hanbench.emulator.zcl import start_reports
from hanbench.emulator.zcl.attribute_server import answered
from hanbench.emulator.zcl.reporting import Reporting
from hanbench.emulator.zcl.tunnel_server import TunnelServer
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol import tunnel_segments, wan
from hanbench.protocol.answer import UtrnAnswer, UtrnResult
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.tunnel_segments import Reassembly
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.tunnelling import TransferToClient, TransferToServer
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame

TUNNEL_KIND = "tunnel"
REPORT_KIND = "report"
RESPONSE_KIND = "response"
_LONG_OUTAGE_US = 3 * MINUTE_US
"""From which on an outage is a long one (8F36, domain.md 3.3)."""
_POWER_LOST = {Fuel.ELECTRICITY: "8F35", Fuel.GAS: "8F1D"}


class MeterCore:
    """The inside of one meter; `Esme` and `Gsme` add when its radio is on."""

    def __init__(self, name: str, eui64: Eui64, setup: MeterSetup, fuel: Fuel) -> None:
        self.name = name
        self.eui64 = eui64
        self.setup = setup
        self.sender = ZclSender(eui64, setup.policy)
        self.dark_until: Instant | None = None
        self.has_no_power = False
        """Whether it is without power for as long as nobody gives it back."""
        self._parameters = meter_parameters(setup.model)
        self._dark_because = ""
        self._dark_since: Instant | None = None
        self.logs = MeterLogs(name, setup.installation, setup.record, self._parameters.log_entries)
        self.metering = Metering(metering_setup(name, setup, fuel), self.logs, setup.record)
        self.clock = MeterClock(setup.epoch_unix_s)
        nvm = Nvm(name, setup.installation, setup.commit)
        self.entry = CodeEntry(
            eui64=eui64,
            vend_key=setup.keys.key(eui64, KeyUsage.VEND),
            metering=self.metering,
            nvm=nvm,
            record=setup.record,
        )
        self.clusters = MeterClusters(
            metering=self.metering,
            model=setup.model,
            utc_s=self.clock.utc_s,
            commands=MeterCommands(
                metering=self.metering,
                utc_s=self.clock.utc_s,
                enter_code=self.entry.enter,
                rate_label=setup.rate_label,
            ),
            reporting=Reporting(setup.bindings),
        )
        self.gate = self._make_gate(nvm)
        self.tunnels = TunnelServer(setup.hub)
        self._reassembly = Reassembly()
        self._held_back: list[tuple[Instant, list[Packet]]] = []
        self._envelopes_sent = 0
        self._price_told: Instant = START
        if fuel is Fuel.ELECTRICITY:
            interval_us = setup.report_interval_us
            start_reports.provision(self.clusters.reporting, interval_us, setup.first_at)

    def clock_jumped(self, by_us: int) -> None:
        """Take its clock to have gone ahead by `by_us`: what it shows, and the end of a lock."""
        self.clock.jumped(by_us)
        self.gate.clock_jumped(by_us)

    @property
    def is_on(self) -> bool:
        """Whether it has power and has booted."""
        return self.dark_until is None and not self.has_no_power

    @property
    def is_holding_back(self) -> bool:
        """Whether an answer waits to be sent."""
        return bool(self._held_back)

    @property
    def truth(self) -> KeyTruth:
        """What its SUA memory holds: for the oracle, never for an engine."""
        return self.gate.truth

    @property
    def deadline(self) -> Instant | None:
        """When `due` is next worth calling."""
        if self.has_no_power:
            return None
        if self.dark_until is not None:
            return self.dark_until
        due = [self.metering.deadline, self.clusters.reporting.deadline, self.tunnels.deadline]
        due += [at for at, _ in self._held_back]
        if self._price_told < self.metering.tariff_set_at:
            due.append(self.metering.tariff_set_at)
        return min((at for at in due if at is not None), default=None)

    def take(self, packet: Packet, now: Instant) -> list[Packet]:
        """Take one packet, and return the answers.

        Raises:
            PowerCut: a commit took the power with it; the device restarts.
        """
        if self.sender.lacks_link_key(packet):
            self.logs.note("8F3E", now, "a frame without the link key")
            refusal = self.sender.refusal(packet)
            return [] if refusal is None else [refusal]
        if packet.cluster == ClusterId.TUNNELLING:
            return self._take_tunnelled(packet, now)
        return self._served(packet, now)

    def _served(self, packet: Packet, now: Instant) -> list[Packet]:
        return self._replied(packet, self.clusters.answer(packet.cluster, packet.payload, now))

    def _replied(self, packet: Packet, response: ZclFrame | None) -> list[Packet]:
        if response is None:
            return []
        endpoints = (packet.target_endpoint, packet.source_endpoint)
        return [
            self.sender.frame(
                packet.source,
                packet.cluster,
                response,
                kind=RESPONSE_KIND,
                endpoints=endpoints,
            )
        ]

    def due(self, now: Instant) -> list[Packet]:
        """Boot, settle the account, send what was held back: whatever is due by now."""
        if self.dark_until is not None:
            if now < self.dark_until:
                return []
            self._boot(now)
        settles_at = self.metering.deadline
        if settles_at is not None and settles_at <= now:
            self.metering.settle(now)
        ready = [*self._new_prices(now), *self._asked_for(now), *self._closed(now)]
        if self._held_back:
            ready += [packet for at, packets in self._held_back if at <= now for packet in packets]
            self._held_back = [(at, packets) for at, packets in self._held_back if at > now]
        return ready

    def _asked_for(self, now: Instant) -> list[Packet]:
        """The reports that have been configured, to who is bound, as far as they are due."""
        reporting = self.clusters.reporting
        if reporting.deadline is None or reporting.deadline > now:
            return []
        return [
            self.sender.general(
                due.binding.target,
                due.binding.cluster,
                due.report,
                direction=Direction.SERVER_TO_CLIENT,
                kind=REPORT_KIND,
                endpoints=(due.binding.endpoint, due.binding.target_endpoint),
            )
            for due in reporting.due(lambda cluster: self.clusters.reported(cluster, now), now)
        ]

    def _closed(self, now: Instant) -> list[Packet]:
        """Tell the clients of tunnels that nobody has used."""
        return [
            self.sender.command(client, ClusterId.TUNNELLING, closed, kind=TUNNEL_KIND)
            for client, closed in self.tunnels.expire(now)
        ]

    def _new_prices(self, now: Instant) -> list[Packet]:
        """Publish a price to whoever is bound to it, as soon as it is another one."""
        changed_at = self.metering.tariff_set_at
        if self._price_told >= changed_at:
            return []
        self._price_told = changed_at
        return [
            self.sender.command(
                binding.target,
                ClusterId.PRICE,
                self.clusters.commands.price(now),
                kind="price",
                endpoints=(binding.endpoint, binding.target_endpoint),
            )
            for binding in self.clusters.reporting.bound_to(ClusterId.PRICE)
        ]

    def go_dark(self, now: Instant) -> None:
        """Lose power until `lose_power` says that it is back; what has no power measures nothing.

        A gas meter has no mains to lose: its battery has ended, or was taken out.
        """
        self.metering.stop(now)
        self.has_no_power = True

    def lose_power(self, now: Instant, because: str, *, since: Instant | None = None) -> None:
        """Go dark for the boot time, or having been dark since; what is volatile is gone."""
        self._dark_since = since
        self.has_no_power = False
        if self.metering.setup.fuel is Fuel.ELECTRICITY:
            self.metering.stop(now)
        elif not self.metering.is_stopped:
            # The index of a gas meter goes on while its radio part restarts.
            self.metering.settle(now)
        self.metering.forget_buttons()
        self._reassembly = Reassembly()
        self.tunnels.restart()
        self._held_back = []
        self.setup.stack.restart(now)
        self.dark_until = after(now, self._parameters.boot_time_us)
        self._dark_because = because
        self.setup.record(Restarted(now, self.setup.installation, self.name, because))

    def enter_code(self, digits: str, origin: str, now: Instant) -> UtrnAnswer:
        """Enter a UTRN; a meter without power takes none, and counts none as wrong."""
        if not self.is_on:
            return UtrnAnswer(UtrnResult.INCOMPLETE, 0, self.metering.balance_pence)
        return self.entry.enter(digits, origin, now)

    def press_a(self, now: Instant) -> None:
        """Press the A button; without power it is dead."""
        if self.is_on:
            self.metering.press_a(now)

    def press_b(self, now: Instant) -> None:
        """Press the B button: it closes an armed supply, if A was pressed within 30 s before."""
        if self.is_on:
            self.metering.press_b(now)

    def _boot(self, now: Instant) -> None:
        self.dark_until = None
        self.metering.start(now)
        self.logs.note(_POWER_LOST[self.metering.setup.fuel], now, self._dark_because)
        if self._dark_since is not None:
            self._tell_outage(now - self._dark_since, now)
        self.gate.restart(now, self._dark_because)
        self.clusters.reporting.restart(now)

    def _tell_outage(self, lasted_us: int, now: Instant) -> None:
        lasted = format_duration(lasted_us)
        self.logs.note("8F57", now, f"for {lasted}")
        if lasted_us >= _LONG_OUTAGE_US:
            self.logs.note("8F36", now, f"after {lasted}")

    def _take_tunnelled(self, packet: Packet, now: Instant) -> list[Packet]:
        try:
            frame = zcl.decode(packet.payload)
            if frame.frame_type is not FrameType.CLUSTER:
                return self._served(packet, now)
            if frame.direction is not Direction.CLIENT_TO_SERVER:
                return []
            command = tunnelling.COMMANDS.decode(frame)
            answer = self.tunnels.take(command, packet.source, now)
            if answer is not None or not isinstance(command, TransferToServer):
                return self._replied(packet, answered(tunnelling.COMMANDS, frame, answer))
            segment = tunnel_segments.decode(command.data)
        except DecodeError as error:
            self.logs.note("8F1E", now, error.field)
            return []
        self._reassembly, envelope = self._reassembly.take(segment)
        if envelope is None:
            return []
        fit = self._take_envelope(envelope, now)
        if fit is None:
            return []
        return self._fated(fit, command.tunnel_id, now)

    def _take_envelope(self, octets: bytes, now: Instant) -> Envelope | None:
        """Step 0, then the gate; None where silence is the answer."""
        try:
            originator = wan.decode(octets).originator
            asked = wan.verify(octets, self._transport_key(originator))
        except DecodeError as error:
            self.logs.note("8F1E", now, error.field)
            return None
        except SecurityError:
            self.logs.note("8F3E", now, "the transport MAC does not verify")
            self.setup.record(EnvelopeDropped(now, self.setup.installation, self.name, octets))
            return None
        if asked.kind is not EnvelopeKind.INSTRUCTION:
            self.logs.note("8F60", now, f"an envelope of kind {asked.kind.words}")
            return None
        judged = self.gate.take(asked.payload, asked.message_id, now, target=asked.target)
        self._envelopes_sent += 1
        return Envelope(
            kind=EnvelopeKind.ANSWER,
            originator=self.eui64,
            target=asked.originator,
            message_id=asked.message_id,
            originator_counter=self._envelopes_sent,
            payload=judged.answer,
        )

    def _fated(self, answer: Envelope, tunnel_id: int, now: Instant) -> list[Packet]:
        """Ask what becomes of an answer before it is sent; hold back the copies that are late."""
        cause = Cause(self.name, answer.message_id, Leg.REPLY)
        moment = Moment(
            installation=self.setup.installation,
            phase=Phase.BEFORE_SEND,
            cause=cause,
            at=now,
            sender=self.name,
            kind=answer.kind.words,
        )
        ready: list[Packet] = []
        for copy in self.setup.carry(moment):
            packets = self._tunnelled(answer, copy, tunnel_id, cause)
            if copy.delay_us:
                self._held_back.append((after(now, copy.delay_us), packets))
            else:
                ready += packets
        return ready

    def _tunnelled(
        self, answer: Envelope, copy: Delivery, tunnel_id: int, cause: Cause
    ) -> list[Packet]:
        if copy.past_mac:
            answer = replace(answer, payload=corrupted(answer.payload))
        octets = wan.encode(answer, self._transport_key(answer.target))
        sent = as_delivered(octets, copy)
        return [
            self.sender.command(
                self.setup.hub,
                ClusterId.TUNNELLING,
                TransferToClient(tunnel_id, part),
                kind=TUNNEL_KIND,
                cause=cause,
            )
            for part in tunnel_segments.segment(sent)
        ]

    def _transport_key(self, head_end: Eui64) -> Key:
        return self.setup.keys.key(self.eui64, KeyUsage.TRANSPORT, head_end)

    def _make_gate(self, nvm: Nvm) -> SuaGate:
        setup = self.setup
        instructions = MeterInstructions(metering=self.metering, clock=self.clock, entry=self.entry)
        gate = setup.make_gate(
            device=self.name,
            installation=setup.installation,
            eui64=self.eui64,
            scheme=setup.scheme,
            parameters=sua_parameters(setup.model),
            nvm=nvm,
            master=setup.keys.key(self.eui64, KeyUsage.MASTER),
            execute=instructions.execute,
            note=self.logs.note,
            record=setup.record,
        )
        gate.provision(setup.sua.key, setup.sua.version, setup.sua.last_counter)
        return gate
