"""The shop as its customers see it, and what PostgreSQL and Redis saw of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from patience import PATIENCE_SECONDS, wait
from words import FIELDS, times

CONNECTION_COMMANDS = (
    "auth",
    "client",
    "command",
    "config",
    "echo",
    "hello",
    "info",
    "ping",
    "quit",
    "select",
)

TABLES = ("products", "categories", "reviews")
PRODUCT = """
    SELECT p.id, p.name, c.slug, p.price_cents, p.stock, count(r.id), round(avg(r.rating), 2)::float8
    FROM products p JOIN categories c ON c.id = p.category_id LEFT JOIN reviews r ON r.product_id = p.id
    WHERE {condition} GROUP BY p.id, c.slug ORDER BY p.id
"""

_unused: dict[str, list[int]] = {}
"""Category slug to the ids of its products; what a test takes is gone for the rest of the run."""


@dataclass
class Shop:
    """The service, and the tables behind it as the owner sees them."""

    service: Any
    postgres: Any
    redis: Any
    rng: random.Random
    same: Any
    _patient: Any = field(init=False)

    def __post_init__(self) -> None:
        self._patient = self.service.client(timeout=PATIENCE_SECONDS)

    # What to ask for.

    def category(self) -> str:
        """A category of 60 products that no test has used yet."""
        if not _unused:
            rows = self.postgres.fetch(
                "SELECT c.slug, array_agg(p.id) FROM categories c JOIN products p ON p.category_id = c.id GROUP BY 1"
            )
            _unused.update(dict(rows))
        slug = self.rng.choice(sorted(_unused))
        self._taken = _unused.pop(slug)
        return slug

    def product(self) -> int:
        """A product of a category that no test has used yet."""
        self.category()
        return self.rng.choice(sorted(self._taken))

    def products_of(self, slug: str) -> list[int]:
        rows = self.postgres.fetch(
            "SELECT p.id FROM products p JOIN categories c ON c.id = p.category_id WHERE slug = %s ORDER BY 1",
            [slug],
        )
        return [row[0] for row in rows]

    def category_of(self, product: int) -> str:
        return self.stored(product)["category"]

    def products(self, number: int) -> list[int]:
        """Several products of one category."""
        self.category()
        return self.rng.sample(sorted(self._taken), number)

    def unknown(self) -> int:
        """The id of no product."""
        return self.rng.randint(1_000_000, 2_000_000_000)

    def price(self) -> int:
        """A price that no product has."""
        return self.rng.randint(1_000_000, 9_000_000)

    # What is true.

    def stored(self, product: int) -> dict[str, Any] | None:
        """The product as the tables have it now."""
        rows = self.postgres.fetch(PRODUCT.format(condition="p.id = %s"), [product])
        return dict(zip(FIELDS, rows[0], strict=True)) if rows else None

    def stored_list(self, slug: str) -> dict[str, Any]:
        rows = self.postgres.fetch(PRODUCT.format(condition="c.slug = %s"), [slug])
        return {"category": slug, "products": [dict(zip(FIELDS, row, strict=True)) for row in rows]}

    # What the service says.

    def path(self, product: int) -> str:
        return f"/products/{product}"

    def list_path(self, slug: str) -> str:
        return f"/products?category={slug}"

    def get(self, path: str) -> Any:
        """The body of a 200, None for a 404; nothing else is an answer. May take long."""
        response = self._patient.get(path)
        assert response.status_code in (200, 404), f"GET {path} was answered with {response.status_code}."
        return response.json() if response.status_code == 200 else None

    def read(self, product: int) -> Any:
        return self.get(self.path(product))

    def read_list(self, slug: str) -> Any:
        return self.get(self.list_path(slug))

    def write(self, method: str, product: int, *expected: int, **fields: Any) -> Any:
        """PUT, PATCH or DELETE; the body of the answer, if there is one."""
        body = {"json": fields} if fields else {}
        response = self._patient.request(method, f"/products/{product}", **body)
        allowed = expected or (200,)
        assert response.status_code in allowed, (
            f"{method} /products/{product} was answered with {response.status_code}, not {allowed[0]}."
        )
        return response.json() if response.content else None

    def patch(self, product: int, **fields: Any) -> Any:
        return self.write("PATCH", product, **fields)

    # What PostgreSQL and Redis saw.

    def statements(self, action: Callable[[], Any]) -> int:
        """How many statements the service began in PostgreSQL meanwhile, by the server's own count. BEGIN,
        COMMIT, SET, a pool's SELECT 1 and the like do not count.
        """
        with self.postgres.work() as work:
            action()
        return work.count()

    def asked(self, path: str) -> int:
        """What PostgreSQL is asked for this path, which should be cached: 0 for a hit."""
        return self.read_shut(path)[1]

    def read_shut(self, path: str) -> tuple[Any, int]:
        """Reads a path while nobody gets anything out of the tables, unless it waits for them: then they are
        opened. The answer, and what PostgreSQL was asked.
        """
        with self.postgres.work() as work, self.postgres.shut(*TABLES) as gate:
            answer = self.get(path)
        return answer, max(work.count(), int(gate.reached))

    def commands(self, action: Callable[[], Any]) -> dict[str, int]:
        """The commands that Redis ran meanwhile, without those that only set up or test a connection."""
        with self.redis.work() as work:
            action()
        return {
            name: number
            for name, number in work.commands.items()
            if name.split("|")[0] not in CONNECTION_COMMANDS
        }

    def warm(self, *paths: str) -> None:
        """Reads each path twice and sees to it that the second answer came without PostgreSQL, and from
        Redis.
        """
        for path in paths:
            first = self.get(path)
            second, asked = self.read_shut(path)
            assert asked == 0, (
                f"The second GET {path} still needed PostgreSQL ({times(asked, 'statement')}). "
                "Nothing was cached, so the rest of this test was not tried."
            )
            assert self.redis.keys(), (
                f"The second GET {path} came without PostgreSQL, but there is no key in Redis. "
                "Only what is cached in Redis counts, so the rest of this test was not tried."
            )
            self.same(second, first, f"GET {path} gave another answer from the cache than from PostgreSQL.")

    def assert_fresh(self, product: int, after: str) -> None:
        """The product is shown as the tables have it."""
        shown, true = self.read(product), self.stored(product)
        wrong = self.difference(shown, true)
        assert not wrong, f"{after}, GET /products/{product} is out of date: {wrong}."

    def assert_list_fresh(self, slug: str, after: str) -> None:
        wrong = self.difference(self.read_list(slug), self.stored_list(slug))
        assert not wrong, f"{after}, the list {slug!r} is out of date: {wrong}."

    def difference(self, shown: Any, true: Any) -> str:
        """What is wrong with a product or a list, in words; nothing if it is right. An average of 4 may be written 4.0."""
        if true is None or shown is None:
            return "" if shown is true else "it says 404" if shown is None else "it still shows the product"
        return "; ".join(self.same.differences(shown, true, tolerance=0))

    def assert_works(self, slug: str, product: int, when: str) -> None:
        """Reads and writes do what they should, and show what is true."""
        self.assert_fresh(product, when)
        self.patch(product, price_cents=self.price())
        self.assert_fresh(product, f"{when} and after a PATCH")
        self.assert_list_fresh(slug, f"{when} and after a PATCH")
        assert self.read(self.unknown()) is None, f"{when}, an unknown product was not answered with 404."

    def entries(self) -> list[str]:
        """The keys that hold answers."""
        return self.redis.keys("cache:*")

    def expiry(self, key: str) -> int:
        """Unix time in milliseconds; -1 without expiry, -2 without key."""
        return self.redis.owner.execute_command("PEXPIRETIME", key)

    def now(self) -> int:
        """The clock of Redis, in milliseconds."""
        seconds, microseconds = self.redis.owner.time()
        return seconds * 1000 + microseconds // 1000

    def empty_cache(self) -> None:
        self.redis.owner.flushall()

    def damage(self, key: str, content: bytes | list[str]) -> None:
        """Overwrites an entry; a list becomes a list of Redis, which is no string. It expires as before."""
        expiry = self.expiry(key)
        self.redis.owner.delete(key)
        if isinstance(content, list):
            self.redis.owner.rpush(key, *content)
        else:
            self.redis.owner.set(key, content)
        if expiry > 0:
            self.redis.owner.pexpireat(key, expiry)

    @staticmethod
    def wait(predicate: Callable[[], object]) -> None:
        """Until it is true, or much time is over."""
        wait(predicate, PATIENCE_SECONDS)

    @staticmethod
    def times(number: int, thing: str) -> str:
        return times(number, thing)
