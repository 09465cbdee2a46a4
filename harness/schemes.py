"""The SUA scheme, named on the command line.

A scheme is a `SuaScheme` object. A package registers one under the entry point group
`hanbench.schemes`, so that the holder of the real specification can keep theirs to themselves;
`MODULE:OBJECT` names one without registering it.
"""

import functools
from importlib.metadata import EntryPoint, entry_points

from hanbench.harness.engines import find_object
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.protocol.sua import SuaScheme

GROUP = "hanbench.schemes"
_MEMBERS = (
    "name",
    "code_octets",
    "issue",
    "verify",
    "key_check_value",
    "answer_mac",
    "verify_answer",
    "proof",
    "wrap",
    "unwrap",
)


def installed_schemes() -> dict[str, EntryPoint]:
    """Return the registered schemes by name, in alphabetical order."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=_name)}


@functools.cache
def load_scheme(spec: str) -> SuaScheme:
    """Return the scheme of that name.

    Raises:
        ScenarioError: there is none, or what was found is not a scheme.
        EngineError: the package that holds it raised while it was imported.
    """
    if ":" in spec:
        return _checked(find_object(spec, option="--scheme"), spec)
    known = installed_schemes()
    if spec not in known:
        says = did_you_mean(spec, tuple(known))
        raise ScenarioError(f"--scheme {spec}: no scheme of that name is installed; {says}")
    return _checked(find_object(known[spec].value, option="--scheme"), spec)


def _name(point: EntryPoint) -> str:
    return point.name


def _checked(found: object, spec: str) -> SuaScheme:
    lacking = [name for name in _MEMBERS if not hasattr(found, name)]
    if lacking:
        raise ScenarioError(f"--scheme {spec}: not a SUA scheme; it lacks {', '.join(lacking)}")
    return found  # type: ignore[return-value]  # another package's object, checked by its members
