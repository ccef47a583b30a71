"""The router's reasons in words, from the same templates that the chat uses."""

from collections.abc import Mapping
from importlib import resources

import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from adapters.countries import country_name
from bot.core import names
from bot.core.message import Fields
from bot.core.world import World


class Reasons:
    """Sentences of templates/messages/<language>/routing.yaml; a language without one speaks the office's default."""

    def __init__(self, world: World, language: str) -> None:
        spoken = language if language in world.office.languages else world.office.default_language
        self._sentences = _sentences(spoken)
        self._environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        self._environment.filters.update(
            country_name=lambda code: country_name(code, spoken),
            region_name=lambda region: names.region_name(world, region, spoken),
            topic_name=lambda topic: names.topic_in_sentence(world, topic, spoken),
            topic_title=lambda topic: names.topic_title(world, topic, spoken),
        )

    def say(self, key: str, fields: Fields) -> str:
        """One sentence, begun with a capital."""
        text = self._environment.from_string(self._sentences[key]).render(**fields)
        return text[:1].upper() + text[1:] + "."


def _sentences(language: str) -> Mapping[str, str]:
    file = resources.files("templates") / "messages" / language / "routing.yaml"
    loaded: Mapping[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded
