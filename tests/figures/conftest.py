from collections.abc import Iterator

import pytest
from matplotlib import pyplot as plt

from steering.figures.theme import use_theme


@pytest.fixture(autouse=True)
def _on_the_reports_theme() -> Iterator[None]:
    use_theme()
    yield
    plt.close("all")
