"""What the figures depend on: the machine, and the versions of everything."""

import os
import pathlib
import platform
import re
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = re.match(r"[\d.]+", platform.release())[0]
    return {
        "CPU": f"{processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.system()} {kernel}",
    }


def processor() -> str:
    lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    named = re.search(r"^model name\s*: (.+)$", lines, re.MULTILINE)
    return named[1] if named else platform.machine()


def versions() -> dict[str, str]:
    """By whose they are: the extension's, those of the hand-written loop, the peers'."""
    host = pins(ROOT / "tests" / "e2e" / "requirements.txt")["duckdb"]
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    ours = locked("partnerstack") | {"DuckDB": host, "Python": platform.python_version()}
    return {
        "extension": listed(ours),
        "Rust loop": listed({"Rust": rustc} | locked("reqwest", "serde_json")),
        "peers": listed(pins(ROOT / "benches" / "peers" / "requirements.txt")),
    }


def listed(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


def pins(requirements: pathlib.Path) -> dict[str, str]:
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return dict(re.fullmatch(r"([\w-]+)(?:\[.*\])?==(.+)", line).groups() for line in lines)


def locked(*crates: str) -> dict[str, str]:
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    return {package["name"]: package["version"] for package in packages if package["name"] in crates}
