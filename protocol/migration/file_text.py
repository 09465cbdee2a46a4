"""From the octets of a file to its text: the rules that hold for every migration file.

Source: modelled [M]. UTF-8 without byte-order mark, so that the octets that are signed are the
octets that everybody reads.
"""

import codecs

from hanbench.protocol.errors import FileError, FileProblem

FILE_OCTETS_MAX = 16_000_000
_MARKS = (
    codecs.BOM_UTF8,
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)


def text_of(data: bytes, *, file: str) -> str:
    """Return the text of a file.

    Raises:
        FileError: it is too large, begins with a byte-order mark, or is not UTF-8.
    """
    if len(data) > FILE_OCTETS_MAX:
        reason = f"{len(data)} octets; at most {FILE_OCTETS_MAX} are read"
        raise FileError(FileProblem(file, 1, "size", reason))
    if data.startswith(_MARKS):
        reason = "the file begins with a byte-order mark; plain UTF-8 has none"
        raise FileError(FileProblem(file, 1, "byte-order-mark", reason))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"octet {data[error.start]:02x} is not UTF-8 text"
        raise FileError(FileProblem(file, line, "encoding", reason)) from error
