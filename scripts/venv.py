"""Makes a virtual environment with what a requirements file lists, or brings one up to date."""

import hashlib
import pathlib
import subprocess
import sys


def main(folder: pathlib.Path, requirements: pathlib.Path) -> None:
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=False)
    if made.returncode != 0:
        sys.exit("Python cannot make a virtual environment; on Debian, install python3-venv.")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    stamp.write_text(wanted)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
