"""The CoS Execution Counter: the credentials of a new supplier are taken once, and in their order.

Source: S1SR v0009 defines the CoS Execution Counter of clause 11.2(a) beside the Execution Counter
of 11.1(a); its text is not public. For SMETS1 the S1SP holds the certificate ids of the Notified
Critical Supplier in place of the meter (inferred, domain.md 2). What counts is modelled [M].
"""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    ErrorMeaning,
    Name,
    OfDevice,
    Operation,
    PartyError,
    Schema,
)
from hanbench.emulator.parties.premises import MeterId, Premises

COUNTER_NOT_ABOVE = ErrorMeaning(
    "COUNTER_NOT_ABOVE", "The counter is not above the CoS Execution Counter of the device."
)


class CosUpdate(OfDevice):
    """The credentials of the supplier that takes a meter over, from the CoS party."""

    supplier: Name
    counter: Annotated[int, Field(ge=1)]


class CosUpdated(Schema):
    """Whom the S1SP goes by now, and the counter."""

    supplier: Name
    counter: int


UPDATE_COS_CREDENTIALS = Operation(
    name="update_cos_credentials",
    purpose="Have the CoS party replace the credentials of a meter's supplier.",
    arguments=CosUpdate,
    result=CosUpdated,
    errors=(*UNKNOWN_NAMES, COUNTER_NOT_ABOVE),
    stated="The S1SR defines a CoS Execution Counter in clause 11.2(a), beside the Execution "
    "Counter of 11.1(a).",
    modelled="One counter a meter, which begins at 0; an update whose counter is not above it "
    "changes nothing. With one that is taken the supplier is the meter's Responsible Supplier. The "
    "Execution Counter is left as it is.",
    example=(
        {"installation": "home-1", "device": "esme", "supplier": "supplier-b", "counter": 1},
        {"supplier": "supplier-b", "counter": 1},
    ),
)


class CosCounters:
    """The CoS Execution Counters of all meters, and who was notified last."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self.on_taken: Callable[[str, str, str], None] | None = None
        """Told of (installation, device, supplier): the DSP serves the new one."""
        self._counters: dict[MeterId, int] = {}

    def update(self, asked: CosUpdate, _now: Instant) -> CosUpdated | PartyError:
        """Take an update that is above the counter."""
        meter = self._premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        key = (asked.installation, asked.device)
        if asked.counter <= self._counters.get(key, 0):
            says = f"{asked.counter} is not above {self._counters[key]}"
            return PartyError(COUNTER_NOT_ABOVE.code, says)
        self._counters[key] = asked.counter
        self._premises.change_supplier(asked.installation, asked.supplier, asked.device)
        if self.on_taken is not None:
            self.on_taken(*key, asked.supplier)
        return CosUpdated(supplier=asked.supplier, counter=asked.counter)
