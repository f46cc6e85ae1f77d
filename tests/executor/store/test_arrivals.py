"""What many requests ask at once."""

from hashlib import sha256
from typing import Any

from interlock.executor.store import Database, api_keys, arrivals, releasing, tenants
from interlock.executor.store.arrivals import Place


async def test_more_than_a_statement_holds_can_be_asked_at_once(database: Database, make: Any) -> None:
    await make.deployed("roles")
    there = Place("acme", "post-login", "")
    async with database.writing() as transaction:
        made = await api_keys.create(transaction, "acme")
        release = await releasing.bind(transaction, "acme", "post-login", "", [], created_by="test")
        digests = [sha256(b"%d" % number).digest() for number in range(12_000)]
        places = [Place("acme", "post-login", f"{number}") for number in range(11_000)]
        asked = [*digests, api_keys.digest(made.text)], [*places, there]
        found = await arrivals.look(transaction, *asked)
    assert found.key(api_keys.digest(made.text)).id == made.key.id
    assert {place: pointer.release_id for place, pointer in found.pointers.items()} == {there: release.header.id}


async def test_what_the_operator_granted_is_told_with_it(database: Database, make: Any) -> None:
    await make.deployed("roles")
    there = Place("acme", "post-login", "")
    async with database.writing() as transaction:
        await releasing.bind(transaction, "acme", "post-login", "", [], created_by="test")
        await tenants.change(transaction, "acme", limits={"in_flight": 7})
        found = await arrivals.look(transaction, [], [there])
    assert found.pointers[there].granted == {"in_flight": 7}
