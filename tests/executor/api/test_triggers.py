from typing import Any

from interlock.worker.triggers import BUILT_IN


async def test_every_trigger_is_listed_for_any_key(api: Any) -> None:
    answer = await api.made("GET", "/triggers", key=await api.key("acme", ["audit:read"]))
    listed = answer["items"]
    assert (len(listed), answer["digest"]) == (11, "")
    login = next(trigger for trigger in listed if trigger["id"] == "post-login")
    assert login.pop("methods") == [*BUILT_IN.get("post-login").methods]
    assert login == {
        "id": "post-login",
        "version": "v3",
        "versions": [{"id": "v3", "status": "current"}],
        "own": False,
        "description": "",
        "handlers": ["onExecutePostLogin", "onContinuePostLogin"],
        "blocking": True,
        "suspends": ["redirect", "prompt", "challenge"],
        "max_bound": None,
    }
