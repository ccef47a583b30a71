"""Alembic's entry: runs the versions on the connection that `storage.migrate` hands in."""

import sqlalchemy as sa
from alembic import context

from storage.tables import metadata

connection: sa.Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
