"""What a display is told besides readings: texts for the consumer, and prices.

Source: ZigBee Smart Energy Standard (07-5356), sections D.4 and D.5, as collected in han.md
section 6. A text stays until it is cancelled, confirmed or replaced; its duration is not counted
down by the display [M].
"""

from hanbench.emulator.device import Packet
from hanbench.emulator.metering import Fuel
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import messaging, price
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.messaging import (
    CancelAllMessages,
    CancelMessage,
    DisplayMessage,
)
from hanbench.protocol.zigbee.clusters.price import PublishPrice

TENTHS_OF_PENNY_DIGITS = 3


class Notices:
    """The last text and the last price of each fuel."""

    def __init__(self) -> None:
        self.message: DisplayMessage | None = None
        self.prices: dict[Fuel, int] = {}
        """In tenths of a penny."""

    def take(self, packet: Packet, fuel: Fuel | None, *, is_hub: bool) -> None:
        """Take a text from the hub, or a price from whoever stands for a meter."""
        if packet.cluster == ClusterId.MESSAGING and is_hub:
            self._take_message(packet)
        elif packet.cluster == ClusterId.PRICE and fuel is not None:
            self._take_price(packet, fuel)

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
            self.prices[fuel] = scaled
