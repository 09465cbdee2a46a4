"""Price cluster (0x0700): the hub or the meter publishes prices, displays ask for them.

Source: ZigBee Smart Energy Standard (07-5356), section D.4, as collected in han.md section 6. The
Price Acknowledgement is from memory of it and was read back by tshark 4.0.17. Little-endian.
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.PRICE

CURRENCY_GBP = 826
"""ISO 4217 number of the pound sterling."""
UNTIL_CHANGED_MINUTES = 0xFFFF
"""A duration: this price holds until another one comes."""


class AttributeId(enum.IntEnum):
    """Attributes of the server that a display needs."""

    TIER_1_PRICE_LABEL = 0x0000
    TIER_2_PRICE_LABEL = 0x0001
    TIER_3_PRICE_LABEL = 0x0002
    TIER_4_PRICE_LABEL = 0x0003
    BLOCK_1_THRESHOLD = 0x0100
    BLOCK_THRESHOLD_COUNT = 0x010F


@dataclass(frozen=True, slots=True)
class GetCurrentPrice:
    """Ask for the price in force; bit 0 says that the sender's receiver is on when idle."""

    options: int


@dataclass(frozen=True, slots=True)
class GetScheduledPrices:
    """Ask for prices from a time on; 0 events are all."""

    start_utc: int
    count_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAcknowledgement:
    """Acknowledge a price that asked for it."""

    provider_id: int
    issuer_event_id: int
    acknowledged_utc: int
    control: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTail:
    """The fields that SE 1.1 put behind the price; all ones is "not used"."""

    price_ratio: int = 0xFF
    generation_price: int = 0xFFFF_FFFF
    generation_price_ratio: int = 0xFF
    alternate_cost: int = 0xFFFF_FFFF
    alternate_cost_unit: int = 0xFF
    alternate_cost_digit: int = 0xFF
    block_thresholds: int = 0
    control: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPrice:
    """State the price of a tier, now or from a time on.

    `digit_and_tier` is the trailing digit (bits 4 to 7) and the price tier (0 to 3);
    `tiers_and_register` the number of tiers (4 to 7) and the register tier (0 to 3).
    """

    provider_id: int
    rate_label: bytes
    issuer_event_id: int
    current_utc: int
    unit_of_measure: int
    currency: int = CURRENCY_GBP
    digit_and_tier: int
    tiers_and_register: int
    start_utc: int
    duration_minutes: int = UNTIL_CHANGED_MINUTES
    price: int
    tail: PriceTail | None = None
    """None as in SE 1.0."""

    @property
    def price_tier(self) -> int:
        """The tier that this price is for."""
        return self.digit_and_tier & 0x0F

    @property
    def trailing_digits(self) -> int:
        """How many digits of `price` stand behind the point."""
        return self.digit_and_tier >> 4


Command = GetCurrentPrice | GetScheduledPrices | PriceAcknowledgement | PublishPrice

_TAIL = fields.record(
    PriceTail,
    c.Struct(
        "price_ratio" / fields.U8,
        "generation_price" / fields.U32,
        "generation_price_ratio" / fields.U8,
        "alternate_cost" / fields.U32,
        "alternate_cost_unit" / fields.U8,
        "alternate_cost_digit" / fields.U8,
        "block_thresholds" / fields.U8,
        "control" / fields.U8,
    ),
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (CLIENT, 0x00): (GetCurrentPrice, c.Struct("options" / fields.U8)),
        (CLIENT, 0x01): (
            GetScheduledPrices,
            c.Struct("start_utc" / fields.UTC, "count_max" / fields.U8),
        ),
        (CLIENT, 0x02): (
            PriceAcknowledgement,
            c.Struct(
                "provider_id" / fields.U32,
                "issuer_event_id" / fields.U32,
                "acknowledged_utc" / fields.UTC,
                "control" / fields.U8,
            ),
        ),
        (SERVER, 0x00): (
            PublishPrice,
            c.Struct(
                "provider_id" / fields.U32,
                "rate_label" / fields.OCTETS,
                "issuer_event_id" / fields.U32,
                "current_utc" / fields.UTC,
                "unit_of_measure" / fields.U8,
                "currency" / fields.U16,
                "digit_and_tier" / fields.U8,
                "tiers_and_register" / fields.U8,
                "start_utc" / fields.UTC,
                "duration_minutes" / fields.U16,
                "price" / fields.U32,
                fields.optional("tail", _TAIL),
            ),
        ),
    },
)
