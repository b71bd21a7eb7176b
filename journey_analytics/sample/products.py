"""What the shop sells: slug, name, price in euros."""

PRODUCTS = (
    ("city-bike", "City bike Vondel", 799.0),
    ("e-bike", "E-bike Amstel", 2399.0),
    ("cargo-bike", "Cargo bike Rotte", 3899.0),
    ("kids-bike", "Kids bike Spark", 349.0),
    ("helmet", "Helmet Urban", 79.0),
    ("lock", "Chain lock", 49.0),
    ("panniers", "Panniers 40 l", 89.0),
    ("service-kit", "Service kit", 29.0),
)
