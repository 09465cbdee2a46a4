"""What the Installations of one world share: time, the trace, the parties, and their keys."""

from collections.abc import Sequence

from hanbench.emulator.agenda import Agenda
from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.configuration import Settings
from hanbench.emulator.wan import Wan
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.judging.party_watch import PartyWatch
from hanbench.harness.parties.dormant_work import settings_in
from hanbench.harness.parties.organisation_building import build_organisations
from hanbench.harness.parts import load_parts
from hanbench.harness.running.case import Case
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.trace import Trace
from hanbench.protocol.sua import SuaScheme


class Shared:
    """Made once for a case and its companions."""

    def __init__(self, case: Case, scheme: SuaScheme) -> None:
        self.agenda = Agenda()
        self.trace = Trace()
        self.keyring = Keyring(f"{case.installation.name}/{case.seed}", case.home.keys)
        self.heard: dict[tuple[str, str], Instant] = {}
        """When the head-ends last heard each device (Installation, name)."""
        self.wans: dict[str, Wan] = {}
        """By Installation, the link to its hub, from when its home is built."""
        self.steps: Sequence[TakenStep] = ()
        """The steps of the case, taken or to come."""
        self.is_alone = not case.companions
        self.parts = load_parts(case.parts)
        self.organisations = build_organisations(
            case,
            self.keyring,
            scheme,
            self._last_contact,
            self._is_reachable,
            settings_of=self._settings,
            make_smso=self.parts.smso,
        )
        self.party_watch = PartyWatch((case, *case.companions), self.organisations)

    def trace_of_home(self) -> Trace:
        """Return the trace that one home writes to: its own events, and all in one order."""
        return self.trace if self.is_alone else Trace(self.trace)

    def _last_contact(self, installation: str, device: str) -> Instant | None:
        return self.heard.get((installation, device))

    def _settings(self, installation: str, device: str) -> Settings:
        meter = self.party_watch.seen.meters.get(installation, {}).get(device)
        return {} if meter is None else settings_in(meter.metering)

    def _is_reachable(self, installation: str, now: Instant) -> bool:
        wan = self.wans.get(installation)
        return wan is None or not wan.is_cut(now)
