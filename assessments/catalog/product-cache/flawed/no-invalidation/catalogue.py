"""Products as the service shows them, kept in Redis between two writes."""

from cache import fetch
from stores import database

PRODUCT = """
    SELECT p.id, p.name, c.slug AS category, p.price_cents, p.stock, r.reviews, r.rating
    FROM products AS p
    JOIN categories AS c ON c.id = p.category_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS reviews, round(avg(rating), 2)::float8 AS rating
        FROM reviews WHERE product_id = p.id
    ) AS r
    WHERE p.id = %s
"""

# The outer join tells an empty category (one row without a product) from an unknown one (no row) in one statement.
CATEGORY = """
    SELECT p.id, p.name, c.slug AS category, p.price_cents, p.stock, r.reviews, r.rating
    FROM categories AS c
    LEFT JOIN products AS p ON p.category_id = c.id
    LEFT JOIN LATERAL (
        SELECT count(*) AS reviews, round(avg(rating), 2)::float8 AS rating
        FROM reviews WHERE product_id = p.id
    ) AS r ON true
    WHERE c.slug = %s
    ORDER BY p.id
"""


class UnknownCategory(Exception):
    """A product was to be put into a category that does not exist."""


def product(product_id):
    """The product as a dictionary, or None."""
    return fetch(product_key(product_id), lambda: load_product(product_id))


def products_in(category):
    """All products of a category in the order of their ids, or None if there is no such category."""
    return fetch(category_key(category), lambda: load_category(category))


def replace(product_id, fields):
    """Creates or overwrites a product; returns it and whether it is new."""
    with database.connection() as connection:
        with connection.transaction():
            # A row that is not there yet cannot be locked; two requests that create it take turns here.
            connection.execute("SELECT pg_advisory_xact_lock(1, %s)", [product_id])
            before = lock_category(connection, product_id)
            created = connection.execute(
                """
                INSERT INTO products (id, category_id, name, price_cents, stock) VALUES (%s, %s, %s, %s, %s)
                ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id, name = excluded.name,
                                               price_cents = excluded.price_cents, stock = excluded.stock
                RETURNING xmax = 0 AS created
                """,
                [
                    product_id,
                    known_category(connection, fields["category"]),
                    fields["name"],
                    fields["price_cents"],
                    fields["stock"],
                ],
            ).fetchone()["created"]
            after = connection.execute(PRODUCT, [product_id]).fetchone()
    return after, created


def change(product_id, fields):
    """Changes some fields of a product; returns it, or None if there is no such product."""
    with database.connection() as connection:
        with connection.transaction():
            category_id = known_category(connection, fields["category"]) if "category" in fields else None
            before = lock_category(connection, product_id)
            if before is None:
                return None
            connection.execute(
                """
                UPDATE products SET category_id = coalesce(%s, category_id), name = coalesce(%s, name),
                                    price_cents = coalesce(%s, price_cents), stock = coalesce(%s, stock)
                WHERE id = %s
                """,
                [category_id, fields.get("name"), fields.get("price_cents"), fields.get("stock"), product_id],
            )
            after = connection.execute(PRODUCT, [product_id]).fetchone()
    return after


def remove(product_id):
    """Deletes a product; returns whether there was one."""
    with database.connection() as connection:
        with connection.transaction():
            before = lock_category(connection, product_id)
            connection.execute("DELETE FROM products WHERE id = %s", [product_id])
    return before is not None


def product_key(product_id):
    return f"cache:product:{product_id}"


def category_key(slug):
    return f"cache:category:{slug}"


def load_product(product_id):
    with database.connection() as connection:
        return connection.execute(PRODUCT, [product_id]).fetchone()


def load_category(slug):
    with database.connection() as connection:
        rows = connection.execute(CATEGORY, [slug]).fetchall()
    return [row for row in rows if row["id"] is not None] if rows else None


def lock_category(connection, product_id):
    """The category that the product is in; it stays there until the end of the transaction. None: no such product."""
    row = connection.execute(
        """
        SELECT c.slug FROM products AS p JOIN categories AS c ON c.id = p.category_id
        WHERE p.id = %s FOR UPDATE OF p
        """,
        [product_id],
    ).fetchone()
    return row and row["slug"]


def known_category(connection, slug):
    row = connection.execute("SELECT id FROM categories WHERE slug = %s", [slug]).fetchone()
    if row is None:
        raise UnknownCategory(slug)
    return row["id"]
