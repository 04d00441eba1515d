"""Run by Alembic: the connection comes from `cf_esrt.survey.store.database`, with its transaction."""

from __future__ import annotations

from alembic import context

from cf_esrt.survey.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table="cf_esrt_survey_version",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
