"""How the N55 alerts with a UTRN reach the supplier: at once, late, twice, never, or mixed up.

Source: TMAD v5.1 conclusions, 4.2 (the loss of an N55 that respondents feared); the schema's
S1SPAlert holds the UTRN (domain.md 3.4, 11: 28). What else may happen to one is modelled [M]: a
late one carries its code all the same, one that comes twice carries it twice, and one that names
the wrong meter carries a code that its meter refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hanbench.emulator.instant import Instant, after
from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    InstantUs,
    OfDevice,
    Operation,
    PartyError,
    Schema,
    Utrn,
)
from hanbench.emulator.parties.premises import MeterId, Premises
from hanbench.emulator.parties.refusals import Refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class N55Conduct:
    """What becomes of the N55 alerts about a meter; nothing but delivery by default."""

    lost: Mapping[MeterId, int] = field(default_factory=dict)
    """By meter, how many of the first are lost."""
    late_us: Mapping[MeterId, int] = field(default_factory=dict)
    """By meter, how long after the acknowledgement each arrives."""
    twice: tuple[MeterId, ...] = ()
    """The meters whose alerts all arrive twice."""
    mixed_up: Mapping[MeterId, str] = field(default_factory=dict)
    """By meter, the name of the meter whose code stands in the first N55 about it."""


class ReceivedN55(Schema):
    """One N55 that has reached the supplier."""

    utrn: Utrn
    received_at_us: InstantUs


class ReceivedN55s(Schema):
    """The alerts about one meter, in the order in which they came."""

    alerts: tuple[ReceivedN55, ...]


N55_ALERTS = Operation(
    name="n55_alerts",
    purpose="Look up which N55 alerts about a meter have reached the supplier by now.",
    arguments=OfDevice,
    result=ReceivedN55s,
    errors=UNKNOWN_NAMES,
    stated="Respondents feared the loss of an N55, which keeps a customer from vending (TMAD v5.1 "
    "conclusions, 4.2); the alert of the S1SP holds the UTRN (DUIS 5.4).",
    modelled="The supplier's file of alerts is kept with the S1SP, and an alert may come late, "
    "twice, or with the code of another meter.",
    example=(
        {"installation": "home-1", "device": "gsme"},
        {"alerts": [{"utrn": "00000285770438722302", "received_at_us": 7200000000}]},
    ),
)


class N55Delivery:
    """The alerts on their way to the suppliers, and those that have come."""

    def __init__(self, premises: Premises, conduct: N55Conduct) -> None:
        self._premises = premises
        self._conduct = conduct
        self._lost = Refusals({"/".join(meter): n for meter, n in conduct.lost.items()})
        self._mixed_up = Refusals(dict.fromkeys(("/".join(it) for it in conduct.mixed_up), 1))
        self._sent: dict[MeterId, list[ReceivedN55]] = {}

    def code_is_for(self, meter: MeterId) -> str:
        """Return the meter whose code is made for the next N55 about `meter`: its own."""
        is_mixed_up = self._mixed_up.is_due("/".join(meter))
        return self._conduct.mixed_up[meter] if is_mixed_up else meter[1]

    def send(self, meter: MeterId, digits: str, now: Instant) -> bool:
        """Send the N55 about a meter; return whether it is there at once."""
        if self._lost.is_due("/".join(meter)):
            return False
        arrives_at = after(now, self._conduct.late_us.get(meter, 0))
        copies = 2 if meter in self._conduct.twice else 1
        alert = ReceivedN55(utrn=digits, received_at_us=arrives_at)
        self._sent.setdefault(meter, []).extend([alert] * copies)
        return arrives_at <= now

    def received(self, asked: OfDevice, now: Instant) -> ReceivedN55s | PartyError:
        """Answer `n55_alerts`."""
        meter = self._premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        sent = self._sent.get((asked.installation, meter.name), [])
        return ReceivedN55s(alerts=tuple(it for it in sent if it.received_at_us <= now))
