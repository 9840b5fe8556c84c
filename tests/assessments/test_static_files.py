"""What may be kept for ever: files whose names hold a hash of their content, and no others."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings

MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
SOURCES = {
    "app.css": ".a { color: red }\n",
    "app.js": 'import "./chunk-chunk-6UVODNXW.js";\n',
    "chunk-chunk-6UVODNXW.js": "export const a = 1;\n",
    "inter-latin-wght-normal-NRMW37G5.woff2": "a font",
}
FOR_EVER = "max-age=315360000, public, immutable"


@pytest.fixture
def cached(db, tmp_path):
    """Collects such a front end as `manage.py serve` does and asks for files: what caches are told."""
    built = tmp_path / "built" / "dist"
    built.mkdir(parents=True)
    for name, text in SOURCES.items():
        (built / name).write_text(text)
    root = tmp_path / "static"
    with override_settings(
        STATIC_ROOT=root,
        STATICFILES_DIRS=[tmp_path / "built"],
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}},
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        client = Client()

        def ask(pattern):
            (found,) = (root / "dist").glob(pattern)
            response = client.get(f"/static/dist/{found.name}")
            response.close()
            assert response.status_code == 200
            return response["Cache-Control"]

        yield ask


@pytest.mark.parametrize(
    "pattern",
    ["app.*.css", "app.*.js", "chunk-chunk-6UVODNXW.js", "inter-latin-wght-normal-NRMW37G5.woff2"],
)
def test_hashed_file_is_kept_for_ever(cached, pattern):
    assert cached(pattern) == FOR_EVER


@pytest.mark.parametrize("pattern", ["app.css", "app.js"])
def test_file_that_changes_under_its_name_is_asked_for_again(cached, pattern):
    assert "immutable" not in cached(pattern)
