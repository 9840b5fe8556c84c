"""Products as the service shows them. Everything is asked of PostgreSQL, every time."""

from stores import database


class UnknownCategory(Exception):
    """A product was to be put into a category that does not exist."""


def product(product_id):
    """The product as a dictionary, or None."""
    with database.connection() as connection:
        return read_product(connection, product_id)


def products_in(category):
    """All products of a category in the order of their ids, or None if there is no such category."""
    with database.connection() as connection:
        category_id = find_category(connection, category)
        if category_id is None:
            return None
        rows = connection.execute(
            "SELECT id FROM products WHERE category_id = %s ORDER BY id", [category_id]
        ).fetchall()
        return [read_product(connection, row["id"]) for row in rows]


def replace(product_id, fields):
    """Creates or overwrites a product; returns it and whether it is new."""
    with database.connection() as connection, connection.transaction():
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
        return read_product(connection, product_id), created


def change(product_id, fields):
    """Changes some fields of a product; returns it, or None if there is no such product."""
    with database.connection() as connection, connection.transaction():
        category_id = known_category(connection, fields["category"]) if "category" in fields else None
        connection.execute(
            """
            UPDATE products SET category_id = coalesce(%s, category_id), name = coalesce(%s, name),
                                price_cents = coalesce(%s, price_cents), stock = coalesce(%s, stock)
            WHERE id = %s
            """,
            [category_id, fields.get("name"), fields.get("price_cents"), fields.get("stock"), product_id],
        )
        return read_product(connection, product_id)


def remove(product_id):
    """Deletes a product; returns whether there was one."""
    with database.connection() as connection:
        return connection.execute("DELETE FROM products WHERE id = %s", [product_id]).rowcount == 1


def read_product(connection, product_id):
    row = connection.execute(
        """
        SELECT p.id, p.name, c.slug AS category, p.price_cents, p.stock
        FROM products AS p JOIN categories AS c ON c.id = p.category_id
        WHERE p.id = %s
        """,
        [product_id],
    ).fetchone()
    if row is None:
        return None
    reviews = connection.execute(
        """
        SELECT count(*) AS reviews, round(avg(rating), 2)::float8 AS rating
        FROM reviews WHERE product_id = %s
        """,
        [product_id],
    ).fetchone()
    return {**row, **reviews}


def find_category(connection, slug):
    row = connection.execute("SELECT id FROM categories WHERE slug = %s", [slug]).fetchone()
    return row and row["id"]


def known_category(connection, slug):
    category_id = find_category(connection, slug)
    if category_id is None:
        raise UnknownCategory(slug)
    return category_id
