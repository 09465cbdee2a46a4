"""What can be wrong with bytes.

ProtocolError
├── DecodeError    these bytes are not a valid message: the sender's fault
│   └── FileError  a migration file breaks rules: each with file, line and rule
├── EncodeError    this message has no valid bytes: the caller's mistake
└── SecurityError  the message is well formed, but its MAC, signature, counter or key does not hold
    └── MissingKeyError  no key is held for that device and use
"""

from dataclasses import dataclass

from typing_extensions import override

PROBLEMS_SHOWN = 50
"""A file of the wrong kind breaks a rule in each line; nobody reads more of them."""


class ProtocolError(Exception):
    """The base of every error that `hanbench.protocol` raises on purpose."""


class DecodeError(ProtocolError):
    """These bytes are not a valid message; `field` names the part that failed."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One rule that a file breaks, and in which line (counted from 1, as editors do)."""

    file: str
    line: int
    rule: str
    reason: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.reason}"


class FileError(DecodeError):
    """A file breaks rules; nothing of it may be used."""

    def __init__(self, *problems: FileProblem) -> None:
        shown = [str(problem) for problem in problems[:PROBLEMS_SHOWN]]
        if len(problems) > PROBLEMS_SHOWN:
            shown.append(f"and {len(problems) - PROBLEMS_SHOWN} more")
        super().__init__("\n".join(shown))
        self.field = problems[0].rule
        self.problems = problems


class EncodeError(ProtocolError):
    """This message has no valid encoding; the code that built it is wrong."""


class SecurityError(ProtocolError):
    """A MAC, a signature, a counter or a wrapped key does not verify."""


class MissingKeyError(SecurityError):
    """The key store holds no key for this device and usage."""
