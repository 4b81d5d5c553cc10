"""Stand-ins for packages that Rasa imports at start but this pipeline never calls.

Rasa 3.6 imports TensorFlow, every chat vendor's client and every broker and database driver whether
used or not: 400 MB of memory and five seconds at each start. pyproject.toml leaves them out; here
their names resolve to empty classes, so that Rasa's modules load. Using one says what is missing.
A package that is installed after all is never replaced.
"""

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

NAMES = (
    "aio_pika",
    "aiogram",
    "aiormq",
    "boto3",
    "botocore",
    "cachecontrol",
    "colorclass",
    "fbmessenger",
    "google",
    "keras",
    "mattermostwrapper",
    "matplotlib",
    "prompt_toolkit",
    "pymongo",
    "questionary",
    "rocketchat_API",
    "sentry_sdk",
    "slack_sdk",
    "sklearn_crfsuite",
    "socketio",
    "structlog_sentry",
    "tensorflow",
    "tensorflow_hub",
    "tensorflow_text",
    "terminaltables",
    "twilio",
    "webexteamssdk",
)


class AbsentPackage(RuntimeError):
    """Something that is left out of the environment was used after all."""


class _StandIn(type):
    """A class that can be inherited from, named in annotations and asked for attributes, no more."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{cls.__name__}.{name}")


def _stand_in(name: str) -> type:
    def refuse(*_: Any, **__: Any) -> Any:
        message = f"{name} is left out of nlu/pyproject.toml (exclude-dependencies)"
        raise AbsentPackage(message)

    return _StandIn(name, (), {"__call__": refuse})


class _AbsentModule(types.ModuleType):
    """A module whose every name is a stand-in; names of errors are errors, so they can be caught."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith(("Error", "Exception")):
            return type(name, (AbsentPackage,), {})
        return _stand_in(f"{self.__name__}.{name}")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last on the import path: asked only for what no installed package provides."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for the absent packages and anything below them."""
        del path, target
        if fullname.partition(".")[0] not in self._names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """An empty module that invents its names."""
        return _AbsentModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


def stand_in(names: Sequence[str] = NAMES) -> None:
    """Let `names` be imported although they are not installed; to be called before Rasa is imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder(names))
