"""One laboratory for all tests here: the small case, served on this machine."""

from collections.abc import Iterator

import pytest
from lab_helpers import Laboratory, ready, served, small_text


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    file = tmp_path_factory.mktemp("laboratory") / "small.yaml"
    file.write_text(small_text(), encoding="utf-8")
    found = served(file, "--port", "0")
    ready(found.url)
    yield found
    found.stop()
