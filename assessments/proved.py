"""What of the catalogue Touchstone's own tests have proved: the digest of each pack, as it is shipped.

Whoever changes a pack writes its new digest here, in the same commit; a test says which. What is not listed
is not vouched for (`catalogue`): a folder that was edited has to prove itself like any other pack.
"""

PROVED = {
    "orders-api": "9367ce9bc85a6818765f1b3602119225236ea782270b90cc38dbfaa6069da7f4",
    "product-cache": "82ad9b1bd81ee6b1af80928d5ef117fc587dcf2c6feb71735d72660398e43860",
    "slow-report": "fa9e5f4e06666a05a32baf1d42fabe7e20d1e068a0c36324a0c1702951e416cc",
}
"""Slug -> digest."""
