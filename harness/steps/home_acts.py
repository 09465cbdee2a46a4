"""Takes the steps that concern one Installation, and says how each of them came out.

What came of a step is looked up in the trace of that home, since most steps take a while to show.
"""

from functools import partial

from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.events import InstructionJudged, UtrnEntered
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.events import StepTaken
from hanbench.harness.files.han_steps import HanStep, LogDevice, Press
from hanbench.harness.files.scenario_meter import Instruct, MeterStep
from hanbench.harness.files.scenario_process import HandIn, ProcessStep
from hanbench.harness.files.scenario_steps import (
    ActAlone,
    Check,
    Replay,
    RequestRollback,
    Resubmit,
    SetTariff,
    TopUp,
    Vend,
    WrongCodes,
)
from hanbench.harness.homes.faces import Faces
from hanbench.harness.parties.adversaries import attack
from hanbench.harness.parties.forgery import by_dco_alone, by_s1sp_alone, forged_commands
from hanbench.harness.steps import meter_steps, process_steps
from hanbench.harness.steps.adversary_steps import Attack
from hanbench.harness.steps.han_actions import act
from hanbench.harness.steps.meter_steps import instruct
from hanbench.harness.steps.service_steps import hand_in
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import AddCreditUtrn
from hanbench.protocol.instruction import SetTariff as SetTariffInstruction

REFUSED = "refused"
CODE = "$"
"""Begins the name of a code that was vended before, among keys to press."""
LOOKS = ("locked", "failures", "last_counter")
"""What the step `check` looks at, as far as it says so."""
TOP_UP_REQUEST_ID = 0x7F00_0000
"""Above the request ids of any engine, so that a customer's code is never taken for its own."""


class HomeActs:
    """What people and adversaries do to one home."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.faces = Faces(world)
        self._vended: dict[str, str] = {}
        """The codes that somebody bought to type them later, by their names."""

        self.awaited = 0
        """How many service requests were handed in whose result has not come."""

    def take(self, entry: TakenStep, now: Instant) -> None:
        """Take a step at once."""
        entry.at = now
        self.faces.look(now)
        match entry.step:
            case TopUp() as step:
                entry.result = self._top_up(step, now)
            case RequestRollback():
                self._world.session.stop("rollback-requested", now)
            case WrongCodes() | ActAlone() as step:
                entry.message_id = self._attack(step, now)
            case Attack() as step:
                entry.attacked_with = attack(self._world, step, now)
            case Resubmit() as step:
                entry.result = self._resubmit(step, now)
            case Replay() as step:
                entry.message_id = self._replay(step)
            case Check() as step:
                entry.result = self._check(step, now)
            case _ as step:
                entry.result = self._act(entry, step, now)
        self._world.trace.append(
            StepTaken(now, self._world.installation, entry.words, entry.result)
        )

    def _ended(self, entry: TakenStep, result: str) -> None:
        self.awaited -= 1
        entry.result = result

    def _act(
        self,
        entry: TakenStep,
        step: HanStep | ProcessStep | MeterStep | Vend | SetTariff | Instruct,
        now: Instant,
    ) -> str:
        if isinstance(step, Vend):
            return self._vend(step, now)
        if isinstance(step, Press):
            missing = [key for key in step.keys if key[:1] == CODE and key[1:] not in self._vended]
            if missing:
                return f"no code {', '.join(missing)} has been vended"
            step = step.model_copy(update={"keys": tuple(map(self._typed, step.keys))})
        if isinstance(step, SetTariff | Instruct):
            entry.message_id = self._instructed(step, now)
            return ""
        if isinstance(step, MeterStep):
            return meter_steps.act(self._world, step, self._vended, now)
        if isinstance(step, HandIn):
            self.awaited += 1
            hand_in(self._world, step, now, partial(self._ended, entry))
            return entry.result
        if isinstance(step, ProcessStep):
            return process_steps.act(self._world, step, now)
        return act(self._world, step, now)

    def _vend(self, step: Vend, now: Instant) -> str:
        sold = meter_steps.sold(self._world, step.device, step.pence, step.route, now)
        if sold is None:
            return REFUSED
        self._vended[step.code] = sold
        return "sold"

    def _typed(self, key: str) -> str:
        return self._vended.get(key[1:], key) if key[:1] == CODE else key

    def _instructed(self, step: SetTariff | Instruct, now: Instant) -> int:
        if isinstance(step, Instruct):
            return instruct(self._world, step, now)
        return self._set_tariff(step, now)

    def _set_tariff(self, step: SetTariff, now: Instant) -> int:
        """Send the Instruction as the SMSO does, whether it may or not; the meter judges it."""
        instruction = SetTariffInstruction(
            request_id=TOP_UP_REQUEST_ID + now % 0x100_0000,
            standing_charge_tenth_pence=step.standing_tenth_pence,
            unit_rate_tenth_pence=step.unit_tenth_pence,
        )
        smso, home = self._world.organisations.smso, self._world.installation
        octets = smso.rogue_command(home, step.device, instructions.encode(instruction))
        self._world.send_down(octets, announce=False)
        return self._world.message_id(octets)

    def _top_up(self, step: TopUp, now: Instant) -> str:
        sold = meter_steps.sold(self._world, step.device, step.pence, step.route, now)
        return REFUSED if sold is None else self._enter(step, sold, now)

    def _enter(self, step: TopUp, digits: str, now: Instant) -> str:
        meter = self._world.home.meters[step.device]
        if step.entry == "keypad":
            return meter.enter_code(digits, "keypad", now).result.words
        if step.entry == "ppmid":
            ppmid = self._ppmid()
            fuel = Fuel.GAS if step.device in self._gas_meters() else Fuel.ELECTRICITY
            outputs = ppmid.enter_code(digits, now, fuel)
            self._world.runner.emit(self._world.installation, ppmid.name, outputs)
            return ""
        instruction = AddCreditUtrn(request_id=TOP_UP_REQUEST_ID + now % 0x100_0000, digits=digits)
        framed = self._world.organisations.call(
            "S1SP",
            "frame",
            {
                "installation": self._world.installation,
                "device": step.device,
                "instruction": instructions.encode(instruction).hex(),
            },
            now,
        )
        if isinstance(framed, PartyError):
            return REFUSED
        self._world.send_down(bytes.fromhex(str(framed["envelope"])))
        return ""

    def _ppmid(self) -> Ppmid:
        return next(d for d in self._world.home.displays.values() if isinstance(d, Ppmid))

    def _gas_meters(self) -> tuple[str, ...]:
        devices = self._world.case.installation.devices
        return tuple(name for name, entry in devices.items() if entry.type == "GSME")

    def _resubmit(self, step: Resubmit, now: Instant) -> str:
        """Bring the account back, then begin again: who may is the parties' to say."""
        asked = [("SMSO", "return_account")]
        if step.by == "supplier":
            asked.append(("SUPPLIER", "resubmit"))
        for party, operation in asked:
            arguments = {"installation": self._world.installation}
            answer = self._world.organisations.call(party, operation, arguments, now)
            if isinstance(answer, PartyError):
                return f"{REFUSED}: {answer.code}"
        # What was never started was no attempt (domain.md 11, 30).
        standing = self._world.organisations.accounts.of(self._world.installation)
        self._world.begin(attempt=standing.starts + 1, by=step.by)
        return "started"

    def _replay(self, step: Replay) -> int:
        attempt = "" if "/try#" in step.of else "/try#1"
        name = f"{self._world.installation}/{step.device}/{step.of}{attempt}"
        octets = self._world.sent.get(name)
        if octets is None:
            return 0
        self._world.send_down(octets, announce=False)
        return self._world.message_id(octets)

    def _attack(self, step: WrongCodes | ActAlone, now: Instant) -> int:
        """Send what somebody has forged, and return the message id of the last."""
        if isinstance(step, WrongCodes):
            forged = forged_commands(self._world, step.device, step.count)
        elif step.party == "S1SP":
            forged = [by_s1sp_alone(self._world, step.device)]
        else:
            made = by_dco_alone(self._world, step.device, now)
            forged = [] if made is None else [made]
        for octets in forged:
            self._world.send_down(octets, announce=False)
        return self._world.message_id(forged[-1]) if forged else 0

    def _check(self, step: Check, now: Instant) -> str:
        truth = self._world.home.meters[step.device].truth
        found = {
            "locked": truth.locked_until > now,
            "failures": truth.failures,
            "last_counter": truth.last_counter,
        }
        asked = [name for name in found if getattr(step, name) is not None]
        return ", ".join(f"{name} {found[name]}" for name in asked)

    def compare(self, entry: TakenStep) -> tuple[str, str]:
        """Return what was expected of a step, and what came of it as far as is known by now."""
        match entry.step:
            case TopUp() as step:
                return step.expect, entry.result or self._utrn_result(entry, step)
            case Replay() | SetTariff() | Instruct() as step:
                return step.expect, self._replay_result(entry, step)
            case Attack() | ActAlone() as step:
                return step.expect, self._attack_result(entry)
            case Check() as step:
                asked = [name for name in LOOKS if getattr(step, name) is not None]
                return ", ".join(f"{name} {getattr(step, name)}" for name in asked), entry.result
            case Resubmit():
                return "started", entry.result
            case RequestRollback() | WrongCodes():
                return "", ""
            case LogDevice() | Vend() as step:
                return str(step.expect), entry.result
            case _ as step:
                wanted = _wanted(step)
                return (entry.result if wanted is None else wanted), entry.result

    def _utrn_result(self, entry: TakenStep, step: TopUp) -> str:
        for event in self._world.trace.events:
            if not isinstance(event, UtrnEntered) or event.device != step.device:
                continue
            if event.origin == "keypad":
                continue  # what is typed at the meter is answered at once
            if entry.at is not None and event.at >= entry.at:
                return event.result
        return "never entered"

    def _judged(self, entry: TakenStep, device: str) -> list[InstructionJudged]:
        """Return what a meter made of the envelope of a step."""
        return [
            event
            for event in self._world.trace.events
            if isinstance(event, InstructionJudged)
            and (event.device, event.message_id) == (device, entry.message_id)
            and entry.at is not None
            and event.at >= entry.at
        ]

    def _attack_result(self, entry: TakenStep) -> str:
        """Say what came of an attack: one that a meter never saw was not refused by it."""
        if isinstance(entry.step, ActAlone):
            is_executed = any(one.executed for one in self._judged(entry, entry.step.device))
            return "executed" if is_executed else "refused"
        if not entry.attacked_with:
            return "nothing-to-send"
        judged = [
            event
            for event in self._world.trace.events
            if isinstance(event, InstructionJudged) and event.message_id in entry.attacked_with
        ]
        if any(event.executed for event in judged):
            return "executed"
        arrived = {event.message_id for event in judged}
        return "refused" if len(arrived) == len(entry.attacked_with) else "not all arrived"

    def _replay_result(self, entry: TakenStep, step: Replay | SetTariff | Instruct) -> str:
        judged = self._judged(entry, step.device)
        if not judged:
            # Sent to a meter that is dark or gone, it is not executed, as an Instruction expects.
            is_expected = isinstance(step, Instruct) and step.expect == "not-executed"
            return "not-executed" if is_expected else "never arrived"
        if any(event.executed for event in judged):
            return "executed"
        return judged[0].outcome if step.expect == judged[0].outcome else "not-executed"


def _wanted(step: HanStep | ProcessStep | MeterStep) -> str | None:
    if isinstance(step, MeterStep):
        return meter_steps.expected(step)
    return process_steps.expected(step) if isinstance(step, ProcessStep) else ""
