"""Where votes are kept: tables, connections, and the event log, from which a copy elsewhere can be made."""
