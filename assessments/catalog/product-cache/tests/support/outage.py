"""Redis in trouble."""

from typing import Any


class Outage:
    """Takes Redis away from the service by changing the rights of its user."""

    USER = "candidate"

    def __init__(self, redis: Any) -> None:
        self._owner = redis.owner
        users = [line.split() for line in self._owner.acl_list()]
        self._rules = next(words[2:] for words in users if words[1] == self.USER)
        self._memory = self._owner.config_get("maxmemory*")

    def refuse_everything(self) -> None:
        self._owner.execute_command("ACL", "SETUSER", self.USER, "-@all")

    def cut_off(self) -> None:
        self._owner.execute_command("ACL", "SETUSER", self.USER, "off")
        self._owner.execute_command("CLIENT", "KILL", "USER", self.USER)

    def fill_memory(self) -> None:
        self._owner.config_set("maxmemory-policy", "noeviction")
        self._owner.config_set("maxmemory", "1")

    def end(self) -> None:
        self._owner.execute_command("ACL", "SETUSER", self.USER, "reset", *self._rules)
        for name in ("maxmemory-policy", "maxmemory"):
            self._owner.config_set(name, self._memory[name])
