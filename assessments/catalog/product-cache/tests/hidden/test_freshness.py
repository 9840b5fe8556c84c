"""After a write has been answered, nothing shows what was before it."""

import pytest


@pytest.mark.points(7)
@pytest.mark.skill("caching")
def test_patch_is_seen_in_the_product(shop):
    """After a PATCH the product is shown as it is now, again and again."""
    product = shop.product()
    for _ in range(3):
        shop.warm(shop.path(product))
        shop.patch(product, price_cents=shop.price(), stock=shop.rng.randint(0, 500))
        shop.assert_fresh(product, "After a PATCH")
    shop.warm(shop.path(product))


@pytest.mark.points(7)
@pytest.mark.skill("caching")
def test_patch_is_seen_in_the_list(shop):
    """After a PATCH the list that contains the product shows it as it is now."""
    slug = shop.category()
    product = shop.rng.choice(shop.products_of(slug))
    shop.warm(shop.list_path(slug), shop.path(product))
    shop.patch(product, price_cents=shop.price(), name=f"Renamed {product}")
    shop.assert_list_fresh(slug, f"After a PATCH of product {product}")


@pytest.mark.points(4)
@pytest.mark.skill("caching")
def test_move_is_seen_in_both_lists(shop):
    """When a product moves to another category, it leaves the one list and appears in the other."""
    old, new = shop.category(), shop.category()
    first, second = shop.rng.sample(shop.products_of(old), 2)
    shop.warm(shop.list_path(old), shop.list_path(new))
    shop.patch(first, category=new)
    shop.assert_list_fresh(old, f"After product {first} had moved away")
    shop.assert_list_fresh(new, f"After product {first} had moved there")
    shop.warm(shop.list_path(old), shop.list_path(new))
    fields = {"name": "Replaced", "category": new, "price_cents": shop.price(), "stock": 1}
    shop.write("PUT", second, 200, **fields)
    shop.assert_list_fresh(old, f"After product {second} was put into another category")
    shop.assert_list_fresh(new, f"After product {second} was put there")


@pytest.mark.points(4)
@pytest.mark.skill("caching")
def test_new_product_is_found_at_once(shop):
    """A product that was cached as unknown is found, and in its list, as soon as it has been created."""
    slug, product = shop.category(), shop.unknown()
    shop.warm(shop.path(product), shop.list_path(slug))
    fields = {"name": "Brand new", "category": slug, "price_cents": shop.price(), "stock": 3}
    shop.write("PUT", product, 201, **fields)
    shop.assert_fresh(product, "After it was created")
    shop.assert_list_fresh(slug, f"After product {product} was created")


@pytest.mark.points(4)
@pytest.mark.skill("caching")
def test_deleted_product_is_gone_at_once(shop):
    """A deleted product is answered with 404 and has left its list."""
    slug = shop.category()
    product = shop.rng.choice(shop.products_of(slug))
    shop.warm(shop.path(product), shop.list_path(slug))
    shop.write("DELETE", product, 204)
    shop.assert_fresh(product, "After a DELETE")
    shop.assert_list_fresh(slug, f"After product {product} was deleted")


@pytest.mark.points(2)
@pytest.mark.skill("caching")
def test_a_write_spares_other_entries(shop):
    """A write leaves the entries of other products and other categories as they are."""
    slug, other = shop.category(), shop.category()
    product, neighbour = shop.rng.sample(shop.products_of(slug), 2)
    kept = [shop.path(neighbour), shop.list_path(other)]
    shop.warm(shop.path(product), shop.list_path(slug), *kept)
    shop.patch(product, price_cents=shop.price())
    for path in kept:
        asked = shop.asked(path)
        assert asked == 0, (
            f"After a write to product {product} of {slug!r}, GET {path} needed PostgreSQL again."
        )
