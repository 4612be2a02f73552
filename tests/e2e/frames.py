"""Runs a notebook, and prints as JSON the frames that it made."""

import json
import os
import pathlib
import runpy
import sys

import nbclient
import nbformat
import pandas

#: What a notebook of Jupyter's runs at its end, as its variables stay in another process.
REPORT = """
import frames
print(frames.as_json(globals()))
"""


def as_json(made: dict[str, object]) -> str:
    """The frames, and the results of jupysql's that can be some, among what a notebook made."""
    frames = {}
    for name, value in made.items():
        if name.startswith("_"):
            continue
        if type(value).__name__ == "ResultSet":
            value = value.DataFrame()
        if isinstance(value, pandas.DataFrame):
            frames[name] = json.loads(value.to_json(orient="records", date_format="iso"))
    return json.dumps(frames)


def of_marimo(notebook: pathlib.Path) -> str:
    _, made = runpy.run_path(str(notebook))["app"].run()
    return as_json(made)


def of_jupyter(notebook: pathlib.Path) -> str:
    cells = nbformat.read(notebook, as_version=4)
    cells.cells.append(nbformat.v4.new_code_cell(REPORT))
    here = str(pathlib.Path(__file__).parent)
    client = nbclient.NotebookClient(cells, timeout=120, resources={"metadata": {"path": str(notebook.parent)}})
    client.execute(env={**os.environ, "PYTHONPATH": here})
    return "".join(output.text for output in cells.cells[-1].outputs if output.name == "stdout")


if __name__ == "__main__":
    path = pathlib.Path(sys.argv[1])
    print(of_marimo(path) if path.suffix == ".py" else of_jupyter(path))
