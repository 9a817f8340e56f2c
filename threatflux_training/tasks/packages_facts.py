"""What a package says of itself, and what it leaves out."""

from threatflux_training.compose import value
from threatflux_training.compose.value import Text
from threatflux_training.evidence.view import View


def stated(view: View, field: str) -> Text:
    """A field of the package's own description, as code."""
    info = view.file.package.package_info if view.file.package else None
    return value.code(getattr(info, field), view.at("package", f".package_info.{field}"))


def base_slots(view: View) -> dict[str, Text]:
    """The name of the package, and its version where it states one."""
    info = view.file.package.package_info if view.file.package else None
    return {"name": view.name} | ({"version": stated(view, "version")} if info and info.version else {})


def author_of(view: View) -> Text | None:
    """The author's name, which npm keeps in an object."""
    info = view.file.package.package_info if view.file.package else None
    found = info.author if info else None
    if isinstance(found, dict):
        return value.code(found["name"], view.at("package", ".package_info.author.name")) if found.get("name") else None
    return stated(view, "author") if found else None


def unstated(view: View) -> list[Text]:
    """The names of what it leaves out: author, license, address."""
    info = view.file.package.package_info if view.file.package else None
    names = [name for name in ("author", "license", "homepage", "url") if getattr(info, name, None) is None]
    if info is not None and info.repository is not None and info.repository.url:
        names = [name for name in names if name not in ("url", "homepage")]
    if info is not None and (info.homepage or info.url):
        names = [name for name in names if name not in ("url", "homepage")]
    return [value.null(name, view.at("package", f".package_info.{name}")) for name in names if name != "homepage"]
