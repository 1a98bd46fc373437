"""An outbox whose workers are killed while a gateway misbehaves. `chaos.py` runs it with as many messages as you like."""

from __future__ import annotations

import chaos
from databases import Database


def test_workers_are_killed_and_nothing_is_sent_twice(database: Database) -> None:
    counted = chaos.run(chaos.python_worker(), database.kind, database.where, database.prefix, 500, kill_every=0.3)
    print(counted)
    assert counted["killed"] > 0 and counted["accepted"] > 400
    assert counted["accepted"] + counted["rejected"] + counted["in doubt"] == counted["messages"]
