"""Registration, the server's times, further answers, withdrawal, and raters that a recruiting service sends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ADDED = {
    "study": {"registration": sa.String(), "order_secret": sa.String(64)},
    "rater": {"withdrawn": sa.String(), "external": sa.String()},
    "vote": {"waited_ms": sa.Integer(), "further": sa.JSON()},
}


def upgrade() -> None:
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name, kind in columns.items():
                batch.add_column(sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, columns in _ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.drop_column(name)
