"""What a display is told besides readings: texts, prices, the names of tariff and supplier.

Source: ZigBee Smart Energy Standard (07-5356), sections D.4, D.5, D.9 and D.10, as collected in
han.md section 6. A text stays until it is cancelled, confirmed or replaced; its duration is not
counted down by the display [M].
"""

from collections.abc import Mapping

from hanbench.emulator.device import Packet
from hanbench.emulator.displays.tariff_schedule import Schedule
from hanbench.emulator.fuel import Fuel
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import device_management, messaging, price
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.messaging import (
    CancelAllMessages,
    CancelMessage,
    DisplayMessage,
)
from hanbench.protocol.zigbee.clusters.price import PublishPrice

TENTHS_OF_PENNY_DIGITS = 3


class Notices:
    """The last text, the last price of each fuel and the one before, and what is valid for all."""

    def __init__(self, prices: Mapping[Fuel, int] | None = None) -> None:
        self.message: DisplayMessage | None = None
        self.prices: dict[Fuel, int] = dict(prices or {})
        """In tenths of a penny."""
        self.prices_before: dict[Fuel, int] = {}
        """What the price was before it changed."""
        self.tariffs: dict[Fuel, str] = {}
        """The label of the rate that the price is of."""
        self.supplier = ""
        self.schedule = Schedule()

    def take(self, packet: Packet, fuel: Fuel | None, *, is_hub: bool) -> None:
        """Take a text from the hub, or a price from whoever stands for a meter."""
        if packet.cluster == ClusterId.MESSAGING and is_hub:
            self._take_message(packet)
        elif packet.cluster == ClusterId.PRICE and fuel is not None:
            self._take_price(packet, fuel)
        elif packet.cluster == ClusterId.CALENDAR and is_hub:
            self.schedule.take(packet)
        elif packet.cluster == ClusterId.DEVICE_MANAGEMENT and is_hub:
            self._take_supplier(packet)

    def face(self, fuel: Fuel) -> tuple[str, ...]:
        """Return the price of a fuel in a line, if it is known."""
        price, before = self.prices.get(fuel), self.prices_before.get(fuel)
        if price is None:
            return ()
        tariff = f" {self.tariffs[fuel]}" if self.tariffs.get(fuel) else ""
        was = "" if before is None else f", before {_tenths(before)}"
        return (f"{fuel.value} price {_tenths(price)}{tariff}{was}",)

    def names(self, utc_s: int) -> tuple[str, ...]:
        """Return the supplier, and the tariff with the tier of the hour, as far as known."""
        told = [f"supplier: {self.supplier}"] if self.supplier else []
        tier = self.schedule.tier(utc_s)
        if self.schedule.name:
            told.append(f"tariff: {self.schedule.name}" + (f", tier {tier}" if tier else ""))
        return tuple(told)

    def _take_message(self, packet: Packet) -> None:
        try:
            command = messaging.COMMANDS.decode(zcl.decode(packet.payload))
        except DecodeError:
            return
        match command:
            case DisplayMessage():
                self.message = command
            case CancelMessage(message_id=number):
                if self.message is not None and self.message.message_id == number:
                    self.message = None
            case CancelAllMessages():
                self.message = None
            case _:
                pass

    def _take_price(self, packet: Packet, fuel: Fuel) -> None:
        try:
            command = price.COMMANDS.decode(zcl.decode(packet.payload))
        except DecodeError:
            return
        if isinstance(command, PublishPrice):
            digits = command.trailing_digits - TENTHS_OF_PENNY_DIGITS
            scaled = command.price * 10**-digits if digits < 0 else command.price // 10**digits
            if scaled != self.prices.get(fuel, scaled):
                self.prices_before[fuel] = self.prices[fuel]
            self.prices[fuel] = scaled
            self.tariffs[fuel] = command.rate_label.decode("ascii", "replace")

    def _take_supplier(self, packet: Packet) -> None:
        try:
            command = device_management.COMMANDS.decode(zcl.decode(packet.payload))
        except DecodeError:
            return
        if isinstance(command, device_management.PublishChangeOfSupplier):
            self.supplier = command.provider_name.decode("ascii", "replace")


def _tenths(price: int) -> str:
    return f"{price // 10}.{price % 10}p"
