"""`csobot migrate`: bring the database to this version."""

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def migrate() -> None:
    """Create or upgrade the tables of CSOBOT_DATABASE_URL; doing it twice does it once."""
    from config import settings as config  # noqa: PLC0415
    from storage.migrate import migrate as upgrade  # noqa: PLC0415

    upgrade(config.load().database_url.get_secret_value())
    print("The database is up to date.")
