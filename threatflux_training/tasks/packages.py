"""npm and Python packages: what they say of themselves and contain, what runs at installation, whether to approve them."""

from functools import partial

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Role, Say, items, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence.package_lines import archive, requirements
from threatflux_training.evidence.view import View
from threatflux_training.reports.package_model import PackageReport
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.packages_facts import author_of, base_slots, stated, unstated
from threatflux_training.tasks.packages_java import archive_entry, archive_totals
from threatflux_training.tasks.packages_needs import comes_in, known_flaws, needs, platform, required_name
from threatflux_training.tasks.packages_signs import (
    compiled,
    compiled_files,
    found_words,
    imitated,
    install_hooks,
    scores,
    similar_names,
)

FAMILY = "packages"
_SHOWS = (Show("package_info"), Show("package_findings"), Show("package_dependencies"))


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on a package or an archive."""
    made: list[Offer] = []
    package = view.file.package
    if package is not None and package.package_info and package.package_info.name:
        made.append(
            Offer(task="packages.approve", build=lambda r: _approve(view, package, r), importance=8, variants=4)
        )
        if package.security_analysis is not None:
            made.append(
                Offer(task="packages.install", build=lambda r: _install(view, package, r), importance=7, variants=2)
            )
        if package.files_analysis:
            made.append(
                Offer(task="packages.files", build=lambda r: _files(view, package, r), importance=4, variants=2)
            )
            made.append(Offer(task="packages.source", build=lambda r: _source(view, package), importance=4))
        if list(requirements(view.file)):
            made.append(Offer(task="packages.needs", build=lambda r: needs(view, r), importance=6, variants=2))
        if imitated(package):
            made.append(Offer(task="packages.name", build=lambda r: _name(view, package, r), importance=7, variants=2))
        made.append(Offer(task="packages.origin", build=lambda r: _origin(view, package, r), importance=5, variants=2))
    found = archive(view.file)
    if found is not None and found.metadata and found.metadata.total_entries is not None:
        made.append(Offer(task="packages.archive", build=lambda r: archive_totals(view, r), importance=4, variants=3))
        made.extend(
            Offer(task="packages.entry", build=partial(archive_entry, view, n), importance=3, weight=0.5)
            for n, one in enumerate(found.resources[:6])
            if one.size
        )
    return made


def _approve(view: View, package: PackageReport, request: Request) -> Draft:
    """What speaks against it, what would run, what is compiled and what else comes in; then how to settle it."""
    slots = base_slots(view)
    against = similar_names(view, package, "answer") if request.length != "short" else similar_names(view, package)
    words, hooks = found_words(view, package), install_hooks(view, package, "answer")
    few: Role = "answer" if request.persona.depth > 1 else "detail"
    flaws = [
        one
        for section, name, details in requirements(view.file)
        for one in known_flaws(view, section, name, details, few)
    ]
    noted = flaws or any(one.phrase in _NOTED for one in (*words, *hooks))
    verdict = "stop" if against else "look" if noted else "nothing"
    content: list[Content] = [say("answer", f"packages.{verdict}", "verdict decision", **slots), *against]
    content += [
        msgspec.structs.replace(one, role=few) if n == 0 and _is_command(one) else one for n, one in enumerate(words)
    ]
    content += hooks
    content += [msgspec.structs.replace(one, role=few) for one in compiled_files(view, package)[:1]]
    content += comes_in(view)
    content += platform(view)
    missing = unstated(view)
    if missing:
        content.append(
            say("limit", "packages.missing", "license provenance limit", missing=value.join(missing, "or"), **slots)
        )
    content += flaws
    content += scores(view, package)
    content.append(say("verify", "packages.verify", "verify package", **slots))
    if words:
        content.append(say("next", "packages.read", "next verify malware", **{**slots, **words[0].slots}))
    return Draft(
        slots={}, shows=(*_SHOWS, Show("package_files")), content=tuple(content), context=("package_scripts",)
    )  # fmt: skip


_NOTED = ("packages.word.command", "packages.word.other", "packages.hooks.some")
"""What somebody should look at before the package is let in, however common it is."""


def _is_command(one: Say) -> bool:
    return one.phrase == "packages.word.command"


_LIFECYCLE = ("preinstall", "install", "postinstall")
"""Scripts that npm starts by itself when a package of the registry is installed; others are called by hand, or before others
of their name."""
_SCRIPTS = 4
"""Scripts of a package that are told."""


def _install(view: View, package: PackageReport, request: Request) -> Draft | None:
    """What runs on the machine of whoever installs it."""
    told = install_hooks(view, package, "answer")
    if not told:
        return None
    content: list[Content] = [*told, *found_words(view, package), *compiled_files(view, package)]
    scripts = package.scripts_analysis
    shows: tuple[Show, ...] = (*_SHOWS, Show("package_files"))
    if scripts is not None and (scripts.script_hooks or scripts.custom_scripts):
        shows += (Show("package_scripts"),)
        for part, found in (("script_hooks", scripts.script_hooks), ("custom_scripts", scripts.custom_scripts)):
            for name in sorted(found, key=lambda one: (not one.startswith(("pre", "post")), one))[:_SCRIPTS]:
                place = view.at("package", f".scripts_analysis.{part}")
                line = value.code(found[name], f"{place}.{name}" if name.isidentifier() else f'{place}["{name}"]')
                script = value.in_code(Text(name, (value.Source(name, place, "member", ()),)))
                content.append(
                    say(
                        "detail",
                        f"packages.script.{'script_hooks' if name in _LIFECYCLE else 'custom_scripts'}",
                        "build process code",
                        script=script,
                        line=line,
                        name=view.name,
                    )
                )
    content.append(say("limit", "packages.install.limit", "limit method malware", **base_slots(view)))
    content.append(say("verify", "packages.install.verify", "verify next process", **base_slots(view)))
    return Draft(slots={}, shows=shows, content=tuple(content))


def _name(view: View, package: PackageReport, request: Request) -> Draft:
    """Whether the name imitates another."""
    slots = base_slots(view)
    content: list[Content] = [*similar_names(view, package, "answer")]
    needed = [name for _, name, _ in requirements(view.file) if name in imitated(package)]
    if needed:
        section = next(where for where, name, _ in requirements(view.file) if name == needed[0])
        content.append(
            say(
                "meaning",
                "packages.name.wraps",
                "malware package decision",
                needs=required_name(view, section, needed[0]),
                **slots,
            )
        )
    content += [
        say("limit", "packages.name.limit", "limit method provenance", **slots),
        say("next", "packages.name.next", "next verify decision", **slots),
        *found_words(view, package),
    ]
    missing = unstated(view)
    if missing:
        content.append(
            say("detail", "packages.missing", "license provenance limit", missing=value.join(missing, "or"), **slots)
        )
    return Draft(slots={}, shows=_SHOWS, content=tuple(content), context=("package_files",))


def _origin(view: View, package: PackageReport, request: Request) -> Draft | None:
    """Who is behind it, under which license, where the source is said to be."""
    info, slots = package.package_info, base_slots(view)
    if info is None:
        return None
    missing, content = unstated(view), list[Content]()
    author = author_of(view)
    if info.repository is not None and info.repository.url:
        url = value.code(info.repository.url, view.at("package", ".package_info.repository.url"))
        content.append(say("answer", "packages.origin.repository", "provenance network", url=url, **slots))
    elif author is None:
        content.append(
            say("answer", "packages.origin.none", "provenance decision", missing=value.join(missing, "or"), **slots)
        )
    if author is not None:
        content.append(say("answer", "packages.origin.author", "provenance identity", author=author, **slots))
    if info.license:
        content.append(say("answer", "packages.origin.license", "license", license=stated(view, "license"), **slots))
    if info.description:
        content.append(
            say("detail", "packages.origin.description", "identity plain", text=stated(view, "description"), **slots)
        )
    if missing and not any(isinstance(one, Say) and one.phrase == "packages.origin.none" for one in content):
        content.append(
            say("limit", "packages.missing", "license provenance limit", missing=value.join(missing, "or"), **slots)
        )
    if not any(isinstance(one, Say) and one.role == "answer" for one in content):
        return None
    content += [
        say("limit", "packages.origin.limit", "limit provenance", **slots),
        say("verify", "packages.verify", "verify package", **slots),
    ]
    return Draft(slots={}, shows=_SHOWS, content=tuple(content), context=("package_files", "package_scripts"))


def _source(view: View, package: PackageReport) -> Draft:
    """Whether files of a package are compiled or archives, by the endings of their names."""
    path, other = view.at("package", ".files_analysis"), compiled(package)
    slots = base_slots(view) | {"count": value.counted(len(package.files_analysis), path, "file|files")}
    if other:
        listed = [value.code(package.files_analysis[n].file_path, f"{path}[{n}].file_path") for n in other[:6]]
        slots["list"] = value.join(listed)
    content: list[Content] = [
        say("answer", f"packages.source.{'some' if other else 'none'}", "files malware package decision", **slots),
        *compiled_files(view, package),
        say("limit", "packages.source.limit", "limit method", **slots),
    ]
    return Draft(
        slots={},
        shows=(Show("package_info"), Show("package_files")),
        content=tuple(content),
        context=("package_findings",),
    )


_SETUP = ("setup.py", "package.json")
"""Files that describe or set up a package: one alone offers nothing to import."""


def _files(view: View, package: PackageReport, request: Request) -> Draft:
    entries, path = package.files_analysis, view.at("package", ".files_analysis")
    largest = max(range(len(entries)), key=lambda n: entries[n].size or 0)
    total = sum(one.size or 0 for one in entries)
    slots = base_slots(view) | {
        "count": value.counted(len(entries), path, "file|files"),
        "largest": value.code(entries[largest].file_path, f"{path}[{largest}].file_path"),
        "size": value.grouped(entries[largest].size or 0, f"{path}[{largest}].size", "byte|bytes"),
        "total": value.computed(
            value.with_unit(f"{total:,}", total, "byte|bytes"), "grouped", ["sum", path, "size"], "byte|bytes"
        ),
    }
    if len(entries) == 1:
        content: list[Content] = [say("answer", "packages.files.one", "files size package", **slots)]
        if str(entries[0].file_path).rpartition("/")[2] in _SETUP:
            content.append(say("meaning", "packages.files.one.means", "malware package decision", **slots))
    else:
        content = [say("answer", "packages.files", "files size package", **slots)]
        listed = [
            say("detail", "packages.files.item", "files", file=value.code(one.file_path, f"{path}[{n}].file_path"),
                size=value.grouped(one.size, f"{path}[{n}].size", "byte|bytes"))
            for n, one in enumerate(entries[:12]) if one.size
        ]  # fmt: skip
        lead = "packages.files.lead" if len(listed) == len(entries) else "packages.files.lead.part"
        content.append(items("detail", say("detail", lead, "files"), list(listed), "files structure storage"))
        content.append(say("detail", "packages.files.total", "size storage container", **slots))
    content += compiled_files(view, package)
    quality = package.quality_metrics
    if quality is not None and quality.has_tests is False:
        content.append(say("limit", "packages.files.tests", "limit build package", **slots))
    content.append(say("limit", "packages.files.limit", "limit method", **slots))
    content.append(say("limit", "knowledge.packages_entropy_unfilled", "entropy data storage"))
    return Draft(
        slots={},
        shows=(Show("package_info"), Show("package_files")),
        content=tuple(content),
        context=("package_findings",),
    )
