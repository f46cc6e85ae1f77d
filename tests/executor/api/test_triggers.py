from typing import Any


async def test_every_trigger_is_listed_for_any_key(api: Any) -> None:
    listed = (await api.made("GET", "/triggers", key=await api.key("acme", ["audit:read"])))["items"]
    assert len(listed) == 11
    assert next(trigger for trigger in listed if trigger["id"] == "post-login") == {
        "id": "post-login",
        "version": "v3",
        "handlers": ["onExecutePostLogin", "onContinuePostLogin"],
        "blocking": True,
        "suspends": next(trigger["suspends"] for trigger in listed if trigger["id"] == "post-login"),
        "max_bound": None,
    }
