"""What all tests share: no network, no screen, a browser, and the rule that CI may not skip."""

import os
import shutil
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["MPLBACKEND"] = "Agg"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
if "PYTEST_XDIST_WORKER" in os.environ:
    # One of several workers: each keeps to one core, which PyTorch asks for when it is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

CLONE = Path(__file__).resolve().parents[1]
NEVER_SKIPPED_IN_CI = ("browser", "notebook")
TOGETHER = ("concepts", "remote")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def fail_instead(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that keeps the skip's reason."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"In CI (CI=true) this may not be skipped. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, a skipped browser or notebook test has failed."""
    report = yield
    marked = any(item.get_closest_marker(name) for name in NEVER_SKIPPED_IN_CI)
    if report.skipped and marked and in_ci():
        fail_instead(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI, so has a file that skips itself whole: the marks of its tests are not known."""
    report = yield
    if report.skipped and in_ci():
        fail_instead(report)
    return report


@cache
def uses_the_book(file: Path) -> bool:
    """Whether the tests of a file look at the miniature book, which some of them change."""
    return "import miniature" in file.read_text(encoding="utf-8")


class WholeFiles(LoadScopeScheduling):
    """Gives a worker whole files, so that their fixtures are made once.

    All files that use the miniature book go to one worker, where one test follows the other. So do
    those of a folder whose tests share what takes long to make: a service, or public data sets.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = self.config.rootpath / nodeid.partition("::")[0]
        if uses_the_book(file):
            return "the book"
        return str(file.parent if file.parent.name in TOGETHER else file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WholeFiles | None:
    """Take files in the order of `pytest_collection_modifyitems`, not those of most tests first.

    The families of models are one file of many independent tests: these are shared out one by one.
    """
    if config.option.markexpr == "families":
        return None
    config.option.loadscopereorder = False
    return WholeFiles(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where families of models are left out, their tests are not even made."""
    left_out = config.option.markexpr == "not families"
    return True if left_out and collection_path.name == "families" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let workers begin with the book, which takes longest: another goes through the rest."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not uses_the_book(item.path))


@pytest.fixture(scope="session")
def clone() -> Path:
    """The folder of this repository."""
    return CLONE


def chromium_of(playwright: Playwright) -> str | None:
    """$CHROMIUM, one on the PATH, or playwright's own, whichever is there."""
    own = playwright.chromium.executable_path
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS)]
    return next(filter(None, found), own if Path(own).exists() else None)


# Not for the whole session: playwright's event loop would be running under every later test.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        path = chromium_of(playwright)
        if path is None:
            pytest.skip("no Chromium on this machine (`apt install chromium` brings one)")
        # A browser that runs as root, as in a container, refuses to start with its sandbox.
        sandbox = not hasattr(os, "geteuid") or os.geteuid() != 0
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        launched = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=sandbox, args=[*quiet, "--disable-gpu"]
        )
        yield launched
        launched.close()
