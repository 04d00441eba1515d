"""Whether a rater qualified, and the pairs that were chosen for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rater") as batch:
        batch.add_column(sa.Column("qualified", sa.Boolean(), nullable=True))
        batch.add_column(sa.Column("pairs", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rater") as batch:
        batch.drop_column("pairs")
        batch.drop_column("qualified")
