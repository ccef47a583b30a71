"""Which partners a member of staff sees and may touch: those of the regions that their roles cover."""

from bot.core.permission import Permission, Scope, Viewer
from bot.core.world import World

#: Region of a country that lies in none of the office's: no role that is limited to a region covers it.
NO_REGION = "-"


def scope_of(world: World, country: str) -> Scope:
    """Where an organisation or a person of that country belongs."""
    return Scope(region=world.region_of.get(country, NO_REGION))


def seen_countries(viewer: Viewer, permission: Permission, world: World) -> frozenset[str] | None:
    """The countries to which the permission is limited; None where it is not limited."""
    regions = viewer.regions(permission)
    if regions is None:
        return None
    return frozenset(country for country, region in world.region_of.items() if region in regions)
