"""Every test there is. The last line counts them; a skip, a failure or no test at all fails the run."""

import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Counts:
    """How many tests passed, failed and were skipped."""

    def __init__(self, passed: int = 0, failed: int = 0, skipped: int = 0) -> None:
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def formatting() -> Counts:
    """Counts only when it fails, as it is no test."""
    run = subprocess.run(["cargo", "fmt", "--all", "--check"], cwd=ROOT, check=False)
    return Counts(failed=int(run.returncode != 0))


def cargo() -> Counts:
    command = ["cargo", "test", "--workspace", "--locked", "--no-fail-fast"]
    counts = Counts()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            print(line, end="", flush=True)
            if found := re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", line):
                counts.add(Counts(*map(int, found.groups())))
    return failed_at_least(counts, run.returncode)


def pytest() -> Counts:
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
            + ["tests/e2e"],
            cwd=ROOT,
            check=False,
        )
        counts = read_report(report) if report.exists() else Counts()
    return failed_at_least(counts, run.returncode)


def read_report(report: pathlib.Path) -> Counts:
    suite = ElementTree.parse(report).getroot().find("testsuite")
    total, failed, errors, skipped = (int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
    return Counts(total - failed - errors - skipped, failed + errors, skipped)


def failed_at_least(counts: Counts, code: int) -> Counts:
    """A stage that ended badly, or ran nothing, has failed, whatever it counted."""
    if counts.failed == 0 and (code != 0 or counts.passed == 0):
        counts.failed = 1
    return counts


def main() -> None:
    total = Counts()
    for stage in (formatting, cargo, pytest):
        total.add(stage())
    print(total)
    sys.exit(1 if total.failed or total.skipped else 0)


if __name__ == "__main__":
    main()
