"""What became of a ZDO request.

Source: ZigBee Specification (05-3474), section 2.4.5, as collected in han.md section 5.
"""

import enum


class ZdoStatus(enum.IntEnum):
    """What became of a request."""

    SUCCESS = 0x00
    INVALID_REQUEST_TYPE = 0x80
    DEVICE_NOT_FOUND = 0x81
    INVALID_ENDPOINT = 0x82
    NOT_ACTIVE = 0x83
    NOT_SUPPORTED = 0x84
    TIMEOUT = 0x85
    NO_MATCH = 0x86
    NO_ENTRY = 0x88
    NO_DESCRIPTOR = 0x89
    INSUFFICIENT_SPACE = 0x8A
    NOT_PERMITTED = 0x8B
    TABLE_FULL = 0x8C
    NOT_AUTHORISED = 0x8D
