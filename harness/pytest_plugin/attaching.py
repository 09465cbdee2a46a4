"""The replay file in JUnit: named in the test's output as GitLab finds attachments.

GitLab shows `[[ATTACHMENT|path]]` in `system-out` as a link, the path being that from the project's
folder; GitHub and Jenkins show the text. pytest writes captured output there only when it is asked
to (`junit_logging`), so the element is added here.
"""

from xml.etree import ElementTree as ET

import pytest
from _pytest.junitxml import xml_key

REPLAY = "hanbench_replay"
"""The property that names the replay file."""


class Attaching:
    """Adds the attachments while pytest writes JUnit; in a worker of xdist it has nothing to do."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the attachment of a test that failed to its entry."""
        xml = self._config.stash.get(xml_key, None)
        if xml is None or not report.failed:
            return
        for name, value in report.user_properties:
            if name == REPLAY:
                element = ET.Element("system-out")
                element.text = f"[[ATTACHMENT|{value}]]"
                xml.node_reporter(report).append(element)
