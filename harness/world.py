"""One case as a running world: devices, media, parties, the engine, the faults and the trace.

The world is the only place where all of them meet. It drives the agenda one event at a time, so
nothing in a run depends on anything but the case and its seed.
"""

from collections.abc import Callable

from hanbench.emulator.events import Event, PartyCalled, WanPassed
from hanbench.emulator.fates import Cause, Leg
from hanbench.emulator.han import Han
from hanbench.emulator.home import Home
from hanbench.emulator.instant import MILLISECOND_US, Instant
from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.runner import Runner
from hanbench.emulator.wan import Wan
from hanbench.harness.canonical_json import canonical
from hanbench.harness.consequences import after_call
from hanbench.harness.engine.port import Believe, CallParty, ClaimOutcome, Json, Send
from hanbench.harness.engines import MakeEngine
from hanbench.harness.envelope_names import code_of, read_envelope, role_of
from hanbench.harness.errors import EngineError
from hanbench.harness.events import (
    Believed,
    EngineCrashed,
    EngineSent,
    EngineTold,
    FaultFired,
    Journalled,
    OutcomeClaimed,
)
from hanbench.harness.faults.mishaps import Mishaps
from hanbench.harness.faults.plan import Fault, FaultPlan, JournalVerdict
from hanbench.harness.faults.points import PointNames
from hanbench.harness.homes.home import Fates, HomeBuilder, hub_parameters
from hanbench.harness.homes.radio_range import out_of_range
from hanbench.harness.homes.rhythm import wan_jitter
from hanbench.harness.judging.codes_sent import CodesSent
from hanbench.harness.judging.oracle import Evidence
from hanbench.harness.judging.process_watch import ProcessWatch
from hanbench.harness.judging.top_up_watch import TopUpWatch
from hanbench.harness.judging.truth import TruthReader
from hanbench.harness.judging.under_way import UnderWay
from hanbench.harness.judging.ways_to_top_up import WaysToTopUp
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.parties.organisations import ENGINE, S1SP_EUI64, SMSO_EUI64
from hanbench.harness.running.case import Case
from hanbench.harness.session import NO_MESSAGE_ID, EngineSession, PartyReply, Surroundings
from hanbench.harness.shared import Shared
from hanbench.protocol import wan
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.sua import SuaScheme
from hanbench.protocol.wan import Envelope, EnvelopeKind

PARTY_LATENCY_US = 120 * MILLISECOND_US
"""From one organisation's system to another's and back [M]."""
STRANGER = "stranger"
"""Who is addressed in an envelope that is for no device of the Installation."""


class World:
    """A case, ready to run."""

    def __init__(
        self,
        case: Case,
        scheme: SuaScheme,
        make_engine: MakeEngine,
        shared: Shared | None = None,
    ) -> None:
        """Build the home of a case; a companion is given what it shares with the others."""
        self.shared = shared or Shared(case, scheme)
        self.case = case
        self._device_names = {it.eui64: name for name, it in case.installation.devices.items()}
        self.trace = self.shared.trace_of_home()
        self.under_way = UnderWay()
        self.agenda = self.shared.agenda
        self.names = PointNames(case.installation.name)
        self.plan = FaultPlan(case.faults, self.names, self._fault_fired)
        self.keyring = self.shared.keyring
        fates = Fates(self._record, self.plan.carry, self.plan.commit)
        head_ends = (SMSO_EUI64, S1SP_EUI64)
        parts = self.shared.parts
        self.home = HomeBuilder(case, self.keyring, scheme, head_ends, fates, parts).build()
        self.scheme = scheme
        self.organisations = self.shared.organisations
        self.runner = Runner([self._driven()], self._from_hub, self.agenda)
        self.plan.partition = self._partition
        own = {name: self.home.meters[name] for name in case.installation.meter_names}
        codes = CodesSent(self.keyring, scheme, self.trace.events)
        self.truth = TruthReader(case.installation.name, own, codes)
        self.evidence: list[Evidence] = []
        self.claims: list[ClaimOutcome] = []
        self.on_hand_over: Callable[[str, Instant], None] | None = None
        """Called when the SMSO has handed a meter's keys over."""
        self.forgeries = 0
        """How many forged envelopes an adversary has made so far."""
        self.sent: dict[str, bytes] = {}
        """The envelopes that went down, by the name of their try: what a replay step replays."""
        self.patience_us: dict[str, int] = {}
        """How long the engine waits for an answer, by the name of the try."""
        self.process = ProcessWatch(case, self.organisations)
        self.top_ups = self._watch_top_ups()
        self.shared.party_watch.seen.meters[case.installation.name] = self.home.meters
        self.companions: tuple[World, ...] = ()
        """The worlds of the other Installations, in the same time and among the same parties."""
        self.has_begun = False
        self.mishaps = Mishaps()
        self.session = EngineSession(make_engine, self.agenda, self.surroundings)
        for index, fault in self.plan.timed_windows():
            self._schedule_partition(index, fault)

    @property
    def installation(self) -> str:
        """Name of the Installation."""
        return self.case.installation.name

    @property
    def now(self) -> Instant:
        """How far virtual time has come."""
        return self.agenda.now

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way: no envelope, no buffered Instruction, no answer."""
        mirror = self.home.hub.mirror
        if mirror is not None and mirror.waiting:
            return False
        if self.now < self.medium.last_arrival_at or self.session.in_flight:
            return False
        if self.mishaps.is_second_at_work:
            return False
        living = (
            self.home.meters[name] for name in self.home.meters if name not in self.mishaps.dead
        )
        return all(
            one.core.has_no_power or (one.core.is_on and not one.core.is_holding_back)
            for one in living
        )

    def begin(self, *, attempt: int = 1, by: str = "") -> None:
        """Start the engine on the Installation."""
        self.has_begun = True
        files = self.organisations.mcc.authorisations_of(self.installation)
        authorisation = authorisation_of(
            self.case,
            attempt=attempt,
            resubmitted_by=by,
            file=files[0] if len(files) == 1 else "",
            supplier=self.organisations.premises.authoriser(self.installation),
        )
        self.session.start(authorisation, self.now)

    def send_down(self, octets: bytes, *, announce: bool = True) -> str:
        """Put an envelope on the WAN, under a name that faults and steps can use."""
        envelope = read_envelope(octets)
        if envelope is None:
            self.runner.send_down(self.installation, octets, None)
            return ""
        device = self._device_name(envelope)
        role, digest = role_of(envelope)
        name = ""
        if announce:
            prefix = "" if envelope.originator == S1SP_EUI64 else "smso-"
            name = self.names.sent(device, envelope.message_id, f"{prefix}{role}", digest)
            self.sent[name] = octets
        cause = Cause(device, envelope.message_id, Leg.REQUEST)
        self.runner.send_down(self.installation, octets, cause)
        return name

    @staticmethod
    def message_id(octets: bytes) -> int:
        """Return the message id of an envelope; 0 if it is none."""
        envelope = read_envelope(octets)
        return 0 if envelope is None else envelope.message_id

    def _driven(self) -> Home:
        profile = self.case.profiles[self.case.installation.hub_name]
        parameters = hub_parameters(profile)
        self.medium = Wan(
            self.installation,
            parameters.wan_latency_us,
            self.plan.carry,
            self._record_wan,
            names=self._device_names | {S1SP_EUI64: "S1SP", SMSO_EUI64: "SMSO"},
            jitter=wan_jitter(self.case.seed, parameters.wan_jitter_us),
            reseal=self._reseal,
        )
        self.shared.wans[self.installation] = self.medium
        self.han = Han(
            self.installation,
            neighbourhood=self.home.neighbourhood,
            record=self.trace.append,
            carry=self.plan.carry,
            is_encoded=self.case.scenario.traffic != "off",
            out_of_range=out_of_range(self.case.installation),
            shows_idle_polls=self.case.scenario.traffic == "full",
        )
        return Home(self.installation, self.home.all, self.home.hub, self.han, self.medium)

    def _watch_top_ups(self) -> TopUpWatch:
        ways = WaysToTopUp(self.installation, self.organisations, self.home, self.medium, self.han)
        return TopUpWatch(self.case.installation.meter_names, ways)

    def _record(self, event: Event) -> None:
        self.trace.append(event)
        self.top_ups.told(event)

    def _reseal(self, envelope: Envelope) -> bytes:
        key = self.keyring.key(envelope.target, KeyUsage.TRANSPORT, envelope.originator)
        return wan.encode(envelope, key)

    def _record_wan(self, event: Event) -> None:
        self.trace.append(event)
        if isinstance(event, WanPassed):
            self.under_way.passed(event)

    @property
    def surroundings(self) -> Surroundings:
        """What an engine of this world is given to act upon."""
        return Surroundings(
            send=self._send,
            call=self._call,
            journal=self._journal,
            believe=self._believe,
            outcome=self._outcome,
            told=self._told,
            crashed=self._crashed,
        )

    def _send(self, action: Send, now: Instant) -> int:
        if action.hub != self.case.installation.hub_name:
            raise EngineError(f"it sent to {action.hub!r}, which is no hub of the Installation")
        try:
            octets = bytes.fromhex(action.envelope)
        except ValueError as error:
            raise EngineError("it sent an envelope that is not hex") from error
        envelope = read_envelope(octets)
        if envelope is None:
            self.send_down(octets)
            return NO_MESSAGE_ID
        version, counter = code_of(envelope)
        self.trace.append(
            EngineSent(
                now,
                self.installation,
                action.hub,
                self._device_name(envelope),
                envelope.message_id,
                role_of(envelope)[0],
                version,
                counter,
                action.timeout_us,
            )
        )
        name = self.send_down(octets)
        self.patience_us[name] = action.timeout_us
        return envelope.message_id

    def _call(self, action: CallParty, now: Instant) -> PartyReply:
        verdict = self.plan.call(
            action.party, action.operation, str(action.arguments.get("device", "")), now
        )
        self.process.before(action, now)
        if not verdict.is_answered:
            self._record_call(action, {"never": "answered"}, now, is_error=True)
            return PartyReply(None, is_answered=False)
        delay_us = PARTY_LATENCY_US + verdict.late_by_us
        if verdict.error is not None:
            detail = "by a fault of the scenario"
            self._record_call(action, {"error": verdict.error}, now, is_error=True)
            self.process.after(action, PartyError(verdict.error, detail), now)
            return PartyReply(None, verdict.error, detail, delay_us)
        results = [self._perform(action, now) for _ in range(verdict.times)]
        result = results[-1] if verdict.hears_last else results[0]
        if isinstance(result, PartyError):
            return PartyReply(None, result.code, result.detail, delay_us)
        return PartyReply(result, delay_us=delay_us)

    def _perform(self, action: CallParty, now: Instant) -> Json | PartyError:
        """Have a party perform an operation, and see to what comes of it."""
        self.top_ups.catch_up(now)
        result = self.organisations.call(
            action.party, action.operation, action.arguments, now, caller=ENGINE
        )
        self.top_ups.carried_out(action.party, action.operation, now)
        self.process.after(action, result, now)
        if isinstance(result, PartyError):
            refusal = {"error": result.code, "detail": result.detail}
            self._record_call(action, refusal, now, is_error=True)
        else:
            self._record_call(action, result, now, is_error=False)
            after_call(self, action, result, now)
        return result

    def _record_call(
        self, action: CallParty, result: Json, now: Instant, *, is_error: bool
    ) -> None:
        self.trace.append(
            PartyCalled(
                now,
                self.installation,
                "engine",
                action.party,
                action.operation,
                canonical(action.arguments),
                canonical(result),
                is_error,
            )
        )

    def _journal(self, number: int, entry: Json, now: Instant) -> JournalVerdict:
        verdict = self.plan.journal(number, entry, now)
        self.trace.append(
            Journalled(now, self.installation, number, canonical(entry), verdict.value)
        )
        return verdict

    def _believe(self, action: Believe, now: Instant) -> None:
        if action.device not in self.case.installation.meter_names:
            raise EngineError(f"it stated a belief about {action.device!r}, which is no meter here")
        candidates = tuple(f"{one.version}:{one.check_value}" for one in action.candidates)
        self.trace.append(
            Believed(
                now,
                self.installation,
                action.device,
                action.key.value,
                candidates,
                action.evidence,
                self.truth.of(action.device).value,
                self._can_still_move(action.device, now),
            )
        )

    def _can_still_move(self, device: str, now: Instant) -> bool:
        mirror = self.home.hub.mirror
        is_mirrored = mirror is not None and mirror.device == device
        waiting = [held.octets for held in mirror.waiting] if mirror and is_mirrored else []
        return self.under_way.can_move(device, self.home.meters[device].truth, waiting, now)

    def _outcome(self, action: ClaimOutcome, now: Instant) -> None:
        if action.installation != self.installation:
            raise EngineError(f"it claimed an outcome for {action.installation!r}, not given to it")
        self.claims.append(action)
        self.process.claimed(action, now)
        self.trace.append(
            OutcomeClaimed(now, self.installation, action.end_state.value, action.detail)
        )
        if self.plan.on_point is not None:
            self.plan.on_point("outcome", now)

    def _told(self, event: str, now: Instant) -> None:
        self.trace.append(EngineTold(now, self.installation, event))

    def _crashed(self, where: str, now: Instant) -> None:
        self.trace.append(EngineCrashed(now, self.installation, where))

    def _fault_fired(self, point: str, fault: Fault, now: Instant) -> None:
        self.trace.append(FaultFired(now, self.installation, point, str(fault)))

    def _from_hub(self, _installation: str, octets: bytes, now: Instant) -> None:
        """Take what came up the WAN: for the engine, unless it is the SMSO's."""
        envelope = read_envelope(octets)
        if envelope is None:
            # Damaged on the way: the S1SP's `open` refuses it, but the engine is told.
            self._hear(octets, NO_MESSAGE_ID, now)
            return
        who = self._device_names.get(envelope.originator, STRANGER)
        self.shared.heard[self.installation, who] = now
        self.process.heard()
        if envelope.target != S1SP_EUI64:
            self.organisations.smso.hear(self.installation, who, envelope.payload)
            return
        is_answer = envelope.kind in (EnvelopeKind.ANSWER, EnvelopeKind.HUB_ANSWER)
        self._hear(octets, envelope.message_id if is_answer else NO_MESSAGE_ID, now)

    def _hear(self, octets: bytes, message_id: int, now: Instant) -> None:
        for session in (self.session, self.mishaps.second):
            if session is not None:
                session.received(self.case.installation.hub_name, octets, message_id, now)

    def _partition(self, of: str, until: Instant | None) -> None:
        self.runner.partition(self.installation, of, until)
        self.top_ups.look(self.now)

    def _schedule_partition(self, index: int, fault: Fault) -> None:
        assert fault.from_us is not None, "only timed ones are scheduled"
        self.agenda.at(Instant(fault.from_us), lambda now: self.plan.begin_window(index, now))

    def _device_name(self, envelope: Envelope) -> str:
        return self._device_names.get(envelope.target, STRANGER)
