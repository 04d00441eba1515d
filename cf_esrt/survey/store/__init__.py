"""Where votes are kept: tables, connections, and the journal that a copy outside can be made from."""
