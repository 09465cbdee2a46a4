"""The fields of the commands of Price, Messaging, Tunnelling, Events and Basic in tshark 4.0."""

from tests.foreign.tshark_fields import Say, Table, each, plain, text, within
from tests.foreign.tshark_fields_zcl import NO_OCTETS

from hanbench.protocol.zigbee.clusters import (
    basic,
    events,
    messaging,
    price,
    tunnelling,
)

PRICE, MSG, TUN = "zbee_zcl_se.price.", "zbee_zcl_se.msg.", "zbee_zcl_se.tun."
EVENTS = "zbee_zcl_se.events."
TAIL: dict[str, Say] = {
    f"{PRICE}price.ratio": lambda it: it.price_ratio,
    f"{PRICE}generation_price": lambda it: it.generation_price,
    f"{PRICE}generation_price.ratio": lambda it: it.generation_price_ratio,
    f"{PRICE}alternate_cost_delivered": lambda it: it.alternate_cost,
    f"{PRICE}alternate_cost.unit": lambda it: it.alternate_cost_unit,
    # tshark prints the octet, and the digit in its upper half.
    f"{PRICE}alternate_cost.trailing_digit": (
        lambda it: [it.alternate_cost_digit, it.alternate_cost_digit >> 4]
    ),
    f"{PRICE}number_of_block_thresholds": lambda it: it.block_thresholds,
    f"{PRICE}control": lambda it: it.control,
}
PRICES: dict[type, Table] = {
    price.GetCurrentPrice: Table(plain(PRICE, command_options="options")),
    price.GetScheduledPrices: Table(
        plain(PRICE, start_time="start_utc", number_of_events="count_max")
    ),
    price.PriceAcknowledgement: Table(
        plain(
            PRICE,
            provider_id="provider_id",
            issuer_event_id="issuer_event_id",
            price_ack_time="acknowledged_utc",
            control="control",
        )
    ),
    price.PublishPrice: Table(
        {
            **plain(
                PRICE,
                provider_id="provider_id",
                issuer_event_id="issuer_event_id",
                current_time="current_utc",
                unit_of_measure="unit_of_measure",
                currency="currency",
                trailing_digit_and_price_tier="digit_and_tier",
                number_of_price_tiers_and_register_tier="tiers_and_register",
                start_time="start_utc",
                duration_in_minutes="duration_minutes",
                price="price",
            ),
            f"{PRICE}rate_label": text("rate_label"),
            f"{PRICE}trailing_digit": lambda it: it.digit_and_tier >> 4,
            f"{PRICE}tier": lambda it: it.digit_and_tier & 15,
            f"{PRICE}number_of_price_tiers": lambda it: it.tiers_and_register >> 4,
            f"{PRICE}register_tier": lambda it: it.tiers_and_register & 15,
            **within("tail", TAIL),
        }
    ),
}


def _displayed(message: messaging.DisplayMessage) -> str | None:
    # tshark takes a text for ASCII.
    return message.text.encode().decode("ascii", "replace") or None


_MESSAGE = Table(
    {
        **plain(
            f"{MSG}message.",
            id="message_id",
            ctrl="control",
            start_time="start_utc",
            duration="duration_minutes",
        ),
        f"{MSG}message.ext.ctrl": lambda it: it.extended_control,
        f"{MSG}message": _displayed,
    }
)
MESSAGES: dict[type, Table] = {
    messaging.DisplayMessage: _MESSAGE,
    messaging.DisplayProtectedMessage: _MESSAGE,
    messaging.CancelMessage: Table(plain(f"{MSG}message.", id="message_id", ctrl="control")),
    messaging.CancelAllMessages: Table(plain(MSG, impl_time="implementation_utc")),
    messaging.GetLastMessage: Table({}),
    messaging.MessageConfirmation: Table(
        {
            **plain(f"{MSG}message.", id="message_id", confirm_time="confirmed_utc"),
            **within(
                "enhanced",
                {
                    f"{MSG}message.confirm.ctrl": lambda it: it.control,
                    f"{MSG}message": text("response"),
                },
            ),
        }
    ),
    messaging.GetMessageCancellation: Table(plain(MSG, earliest_impl_time="earliest_utc")),
}
_TUNNEL = Table(plain(TUN, tunnel_id="tunnel_id"))
_ERROR = Table(plain(TUN, tunnel_id="tunnel_id", transfer_data_status="status"))
TUNNELS: dict[type, Table] = {
    tunnelling.RequestTunnel: Table(
        plain(
            TUN,
            protocol_id="protocol",
            manufacturer_code="manufacturer",
            flow_control_supported="has_flow_control",
            max_in_transfer_size="max_transfer_octets",
        )
    ),
    tunnelling.RequestTunnelResponse: Table(
        plain(
            TUN,
            tunnel_id="tunnel_id",
            transfer_status="status",
            max_in_transfer_size="max_transfer_octets",
        )
    ),
    tunnelling.CloseTunnel: _TUNNEL,
    tunnelling.TunnelClosed: _TUNNEL,
    # What is in a tunnel is no protocol of tshark's: `hanbench.lua` knows it.
    tunnelling.TransferToServer: _TUNNEL,
    tunnelling.TransferToClient: _TUNNEL,
    tunnelling.TransferErrorToServer: _ERROR,
    tunnelling.TransferErrorToClient: _ERROR,
    tunnelling.GetProtocols: Table(plain(TUN, protocol_offset="offset")),
    tunnelling.SupportedProtocols: Table(
        {
            f"{TUN}protocol_list_complete": lambda it: it.is_complete,
            f"{TUN}protocol_count": lambda it: len(it.protocols),
            f"{TUN}manufacturer_code": each("protocols", lambda it: it.manufacturer),
            f"{TUN}protocol_id": each("protocols", lambda it: it.protocol),
        }
    ),
}
LOG = f"{EVENTS}publish_event_log."
EVENT_LOGS: dict[type, Table] = {
    events.GetEventLog: Table(
        plain(
            f"{EVENTS}get_event_log.",
            event_control_log_id="control_and_log",
            event_id="event_id",
            start_time="start_utc",
            end_time="end_utc",
            number_of_events="count_max",
            event_offset="offset",
        )
    ),
    events.ClearEventLog: Table(plain(f"{EVENTS}clear_event_log_request.", log_id="log")),
    events.PublishEvent: Table(
        {
            **plain(
                f"{EVENTS}publish_event.",
                log_id="log",
                event_id="event_id",
                event_time="event_utc",
                event_control="control",
            ),
            f"{EVENTS}publish_event.event_data": lambda it: it.data.hex() or NO_OCTETS,
        }
    ),
    events.PublishEventLog: Table(
        {
            **plain(
                LOG,
                command_index="index",
                total_commands="index_total",
                number_of_events_log_payload_control="count_and_control",
            ),
            # tshark gives the number of events that match the name of their numbers.
            f"{LOG}event_id": lambda it: [it.matching_total, *(e.event_id for e in it.events)],
            f"{LOG}log_id": each("events", lambda it: it.log),
            f"{LOG}event_time": each("events", lambda it: it.event_utc),
            f"{LOG}event_data": each("events", lambda it: it.data.hex() or NO_OCTETS),
        }
    ),
    events.ClearEventLogResponse: Table(
        plain(f"{EVENTS}clear_event_log_response.", cleared_event_logs="cleared_logs")
    ),
}
BASIC: dict[type, Table] = {basic.ResetToFactoryDefaults: Table({})}
TABLES: dict[type, Table] = {**PRICES, **MESSAGES, **TUNNELS, **EVENT_LOGS, **BASIC}
BITS = (f"{MSG}message.ctrl.", f"{MSG}msg_ctrl.", f"{MSG}message.ext.ctrl.")
"""How the fields begin that are bits of a number that is compared as a whole."""
