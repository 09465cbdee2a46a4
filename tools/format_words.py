"""What the specification of the formats says beside its tables."""

from pathlib import Path

_TEXTS = Path(__file__).parent / "page_texts"
FORMATS_HEAD = (_TEXTS / "formats.md").read_text(encoding="utf-8")
SUMS = (_TEXTS / "sums.md").read_text(encoding="utf-8")
MEANINGS = {
    "version": "version of the key",
    "kind": "what the payload is",
    "originator": "EUI-64 of who framed it",
    "target": "EUI-64 of the device that it is for",
    "message_id": "an answer repeats that of what it answers",
    "originator_counter": "identifies; it does not order",
    "payload": "by the kind, or by what was asked",
    "mac": "see [sums](#sums)",
    "instruction": "canonical octets of an Instruction",
    "is_authorised": "1 if a code follows, 0 if none does",
    "authorisation": "the SUA code with what it was issued for",
    "request_id": "the sender's own number",
    "wrapped_key": "the new SUA key under the master key (RFC 3394)",
    "check_value": "names the new key without telling it",
    "nonce": "what the proof is over",
    "register": "which register",
    "log": "which log",
    "first": "0 is the newest entry",
    "count": "how many",
    "utc_s": "seconds since 1970-01-01 UTC",
    "standing_charge_tenth_pence": "a day, in tenths of a penny",
    "unit_rate_tenth_pence": "a kWh, in tenths of a penny",
    "mode": "a payment mode",
    "digits": "20, 40 or 60 decimal digits, as text",
    "outcome": "what the device made of it",
    "key_version": "which SUA key",
    "last_counter": "the last counter spent under that version",
    "value": "in the unit that the register's name ends with",
    "current_version": "0: no key",
    "staged_version": "0: none staged",
    "failures": "wrong codes in a row",
    "locked_remaining_s": "0: not locked out",
    "lines": "entries, newest first",
    "result": "see below",
    "total": "octets of the whole envelope, or entries of the log",
    "offset": "where this part begins in the envelope",
    "chunk": "the part",
    "device": "EUI-64",
    "install_code": "with its CRC",
    "text": "UTF-8",
    "balance_pence": "afterwards",
    "is_new": "1 if it was not there",
    "field": "which part is wrong",
    "message_ids": "in the order in which they will be offered",
}
"""What fields mean that have one meaning wherever they stand."""
SOURCES = {
    "originator": "EUI-64: IEEE 802; place modelled",
    "target": "EUI-64: IEEE 802; place modelled",
    "wrapped_key": "RFC 3394; place modelled",
    "install_code": "SE 07-5356, 5.4.8.1; place modelled",
    "window_s": "JoinTimePeriod of DUIS 8.11; place modelled",
}
"""Where something public says what a field is; all else is modelled."""
