"""Where files of a brand come from."""

import pytest

from invoicing.documents.brand import load_brand
from invoicing.documents.document_error import DocumentError


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "brand"
    folder.mkdir()
    return folder


def test_the_operators_own_file_goes_before_the_built_in_one(own):
    (own / "logo.svg").write_text("<svg/>", encoding="utf-8")
    brand = load_brand(own)
    assert brand.find("logo.svg") == (own / "logo.svg").resolve()
    assert brand.find("brand.css").parent.name == "brand"


def test_an_operator_without_a_brand_folder_has_the_built_in_one(tmp_path):
    assert load_brand(tmp_path / "absent") == load_brand()


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "fonts/../../secret.txt"])
def test_a_name_cannot_leave_the_brands_folders(own, name):
    (own.parent / "secret.txt").write_text("secret", encoding="utf-8")
    (own / "fonts").mkdir()
    with pytest.raises(DocumentError, match="outside the brand's folders"):
        load_brand(own).find(name)


def test_a_symbolic_link_cannot_leave_the_brands_folders(own):
    (own.parent / "secret.txt").write_text("secret", encoding="utf-8")
    (own / "logo.svg").symlink_to(own.parent / "secret.txt")
    with pytest.raises(DocumentError, match=r"logo\.svg: lies outside"):
        load_brand(own).find("logo.svg")


def test_a_missing_file_is_named():
    with pytest.raises(DocumentError, match=r"nothing\.svg: not in config/brand"):
        load_brand().find("nothing.svg")


def test_an_operators_own_texts_are_laid_over_the_built_in_ones(own):
    (own / "texts_sv.toml").write_text('[invoice]\ntitle = "Räkning"\n', encoding="utf-8")
    texts = load_brand(own).texts("sv")
    assert texts["invoice"]["title"] == "Räkning"
    assert texts["invoice"]["invoice_no"] == "Fakturanummer"


@pytest.mark.parametrize(
    ("content", "fault"), [(b"[invoice\n", r"texts_sv\.toml: .*line 1"), (b'[invoice]\ntitle = "\xe5"\n', "not UTF-8")]
)
def test_unreadable_texts_are_named(own, content, fault):
    (own / "texts_sv.toml").write_bytes(content)
    with pytest.raises(DocumentError, match=fault):
        load_brand(own).texts("sv")
