"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("protocol", sa.String(), nullable=False),
        sa.Column("stimuli", sa.String(64), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("opened", sa.String(), nullable=False),
        sa.Column("locked", sa.String(), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
    )
    op.create_table(
        "rater",
        sa.Column("study", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("consented", sa.String(), nullable=True),
        sa.Column("background", sa.JSON(), nullable=True),
        sa.Column("viewing", sa.JSON(), nullable=True),
        sa.Column("finished", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["study"], ["study.id"], name="fk_rater_study"),
        sa.PrimaryKeyConstraint("study", "number", name="pk_rater"),
        sa.UniqueConstraint("study", "code", name="uq_rater_study_code"),
    )
    op.create_table(
        "vote",
        sa.Column("study", sa.String(32), nullable=False),
        sa.Column("rater", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("shown_ms", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["study.id"], name="fk_vote_study"),
        sa.PrimaryKeyConstraint("study", "rater", "position", name="pk_vote"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("study", sa.String(32), nullable=False),
        sa.Column("rater", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["study.id"], name="fk_event_study"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("study", "rater", "turn", name="uq_event_study_rater_turn"),
    )
    op.create_index("ix_event_study", "event", ["study"])


def downgrade() -> None:
    for name in ("event", "vote", "rater", "study"):
        op.drop_table(name)
