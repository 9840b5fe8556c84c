"""Everything is in tests/support."""

from shop_fixtures import commit, give_time, hold_read, meanwhile, outage, product_reads, shop, stampede  # noqa: F401
