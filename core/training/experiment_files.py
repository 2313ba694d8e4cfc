"""The files of experiments, each described in `core.training.experiment_text`.

A file's name without its ending is the experiment's name. The files lie in the folder of the runs or came with the app.
Importing this module does not import Keras.
"""

from functools import lru_cache
from pathlib import Path

from core.training import records, runs
from core.training.experiment_text import Experiment, ExperimentInvalid, parsed
from core.training.writing import write_text

SHIPPED = runs.EXPERIMENTS
MOST_FILES = 100  # of the user's own


def read(path: Path) -> Experiment:
    """The experiment in a file.

    Raises:
        ExperimentInvalid: the file cannot be read, or something in it is wrong.
    """
    try:
        state = records.state(path)
    except OSError as error:
        raise ExperimentInvalid(f"{path.name} cannot be read: {error.strerror}.") from error
    experiment, problem = _read(path, state)
    if experiment is None:
        raise ExperimentInvalid(problem)
    return experiment


# The page Train reads all files each time it is drawn, and they seldom change.
@lru_cache(maxsize=256)
def _read(path: Path, state: records.State) -> tuple[Experiment | None, str]:
    """The experiment and no problem, or why there is none."""
    try:
        content = records.content(path)
    except (FileNotFoundError, records.Damaged) as error:
        return None, str(error) if isinstance(error, records.Damaged) else f"{path.name} is missing."
    try:
        return parsed(path.stem, content.decode()), ""
    except UnicodeDecodeError:
        return None, f"{path.name} is not text in UTF-8. Save it as UTF-8."
    except ExperimentInvalid as error:
        return None, f"{path.name}: {error}"


def all_experiments() -> list[Experiment]:
    """The user's experiments, then those that came with the app, each in the order of their names.

    Files that cannot be read are left out, see `problems`. A user's file wins over one of the same name that came with the
    app.
    """
    found: dict[str, Experiment] = {}
    for file in _files():
        experiment, _ = _read_if_there(file)
        if experiment:
            found.setdefault(experiment.name, experiment)
    return list(found.values())


def problems() -> list[str]:
    """A sentence for each file of an experiment that cannot be read."""
    return [sentence for file in _files() if (sentence := _read_if_there(file)[1])]


def _read_if_there(file: Path) -> tuple[Experiment | None, str]:
    try:
        return _read(file, records.state(file))
    except OSError as error:
        return None, f"{records.printable(file.name)} cannot be read: {error.strerror}."


def _files() -> list[Path]:
    found = []
    for parent in (runs.folder(), SHIPPED):
        files = parent.glob("*.toml") if parent.is_dir() else ()
        found += sorted(file for file in files if not file.name.startswith("."))
    return found


def find(name: str) -> Experiment:
    """The experiment of this name, or in the file of this path.

    Raises:
        ExperimentInvalid: there is none, or it cannot be read.
    """
    for file in _files():
        if file.stem == name:
            return read(file)
    if Path(name).is_file():
        return read(Path(name))
    names = ", ".join(experiment.name for experiment in all_experiments())
    raise ExperimentInvalid(
        f"There is no file and no experiment {name!r}. Give the path of a TOML file, or one of {names}."
    )


def text_of(experiment: Experiment) -> str:
    """The text of the experiment's file; empty if it is no longer there."""
    file = next((file for file in _files() if file.stem == experiment.name), None)
    try:
        return records.content(file).decode(errors="replace") if file else ""
    except (FileNotFoundError, records.Damaged):
        return ""


def save(name: str, text: str) -> Experiment:
    """Keep an experiment in the runs folder, if everything in it is right.

    Raises:
        ExperimentInvalid: something is wrong, another experiment has this name, or there are too many.
        OSError: the runs folder cannot be written.
    """
    experiment = parsed(name, text)
    # Some file systems take "A" and "a" for one name.
    files = _files()
    if name.lower() in (file.stem.lower() for file in files):
        raise ExperimentInvalid(f"There is an experiment {name} already. Choose another name.")
    if sum(file.parent != SHIPPED for file in files) >= MOST_FILES:
        raise ExperimentInvalid(
            f"There are {MOST_FILES} experiments in the runs folder. Remove one of these files first."
        )
    runs.folder().mkdir(parents=True, exist_ok=True)
    write_text(runs.folder() / f"{name}.toml", text)
    return experiment
