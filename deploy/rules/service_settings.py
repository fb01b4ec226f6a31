"""The environment variables a service reads, taken from its own settings class."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass

from services.common.runtime.settings import ServiceSettings, variable_name


class SettingsClassMissingError(LookupError):
    """A service's main module, or the settings class it should bring, is not there."""


@dataclass(frozen=True, slots=True)
class SettingNames:
    """Variables of one service, upper case; `required` have no default."""

    prefix: str
    known: frozenset[str]
    required: frozenset[str]


def setting_names(module: str) -> SettingNames:
    """Settings of the service started as `python -m <module>` (`services.charging.main`).

    Imports the service; that opens nothing. Raises SettingsClassMissingError.
    """
    service = module.split(".")[1]
    prefix = f"TIDEMARK_{service.upper()}_"
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise SettingsClassMissingError(f"{module} cannot be imported: {error}") from error
    for cls in _subclasses(ServiceSettings):
        if variable_name(cls, "") == prefix:
            required = {name for name, field in cls.model_fields.items() if field.is_required()}
            return SettingNames(
                prefix,
                frozenset(variable_name(cls, name) for name in cls.model_fields),
                frozenset(variable_name(cls, name) for name in required),
            )
    raise SettingsClassMissingError(f"{module} brings no settings class with the prefix {prefix}")


def _subclasses(cls: type[ServiceSettings]) -> Iterator[type[ServiceSettings]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
