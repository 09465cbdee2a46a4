"""A user's project in a folder of its own, in which pytest is run with the plugin."""

# What the inner run imports stays imported here: it would else be loaded anew for each test.
import pytest

import hanbench.harness.pytest_plugin.bench_view
import hanbench.harness.pytest_plugin.files
import hanbench.harness.pytest_plugin.flow
import hanbench.harness.pytest_plugin.generating
import hanbench.harness.pytest_plugin.listing  # noqa: F401

INI = """
[pytest]
addopts = --strict-markers -p no:cacheprovider
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return an empty project; its warnings are errors, and its marks strict."""
    (pytester.path / "pytest.ini").write_text(INI)
    return pytester
