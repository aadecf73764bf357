"""Writes the software bill of materials of a release, SPDX 2.3 in JSON, to standard output.

    sbom.py FOLDER VERSION NODE_MODULES

FOLDER has the files of the release. What is linked into the extension is packages of the distribution, whose versions dpkg has;
what is in the report's page is in NODE_MODULES. SOURCE_DATE_EPOCH is the time of the document, so that the same release has the
same one.
"""
import datetime
import hashlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tarfile
import uuid
import zipfile

MANIFEST = "share/lambda-vitals/manifest.json"
AUTHORS = "Organization: The Lambda Vitals authors"
LINKED = {  # name: pattern of the Debian package it comes from, licence
    "boost": (r"libboost[\d.]*-dev", "BSL-1.0"),
    "fmt": (r"libfmt-dev", "MIT"),
    "nlohmann-json": (r"nlohmann-json3-dev", "MIT"),
    "spdlog": (r"libspdlog-dev", "MIT"),
    "libstdc++": (r"libstdc\+\+-{gcc}-dev{cross}", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libgcc": (r"libgcc-{gcc}-dev{cross}", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "glibc": (r"libc6-dev{cross}", "LGPL-2.1-or-later"),
}
IN_THE_PAGE = ("echarts", "zrender", "tslib")
REPORT_NEEDS = pathlib.Path(__file__).resolve().parent / "report" / "requirements.txt"


class Bill:
    def __init__(self, version):
        self.version = version
        self.packages, self.relationships = {}, []

    def add(self, name, version, licence, **more):
        """Its id, which the same name and version share."""
        identity = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{name}-{version}")
        self.packages[identity] = {
            "SPDXID": identity, "name": name, "versionInfo": version, "supplier": "NOASSERTION", "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": licence, "copyrightText": "NOASSERTION",
            **more}
        return identity

    def relate(self, one, kind, other):
        relationship = {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
        if relationship not in self.relationships:
            self.relationships.append(relationship)

    def document(self):
        made = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
        body = {"packages": list(self.packages.values()), "relationships": self.relationships}
        unique = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
        return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
                "name": f"lambda-vitals-{self.version}",
                "documentNamespace": f"https://spdx.org/spdxdocs/lambda-vitals-{self.version}-{unique}",
                "creationInfo": {"created": f"{made:%Y-%m-%dT%H:%M:%SZ}", "creators": [AUTHORS, "Tool: lambda-vitals-sbom"]},
                **body}


def purl(kind, name, version, **qualifiers):
    end = "?" + "&".join(f"{key}={value}" for key, value in qualifiers.items()) if qualifiers else ""
    locator = f"pkg:{kind}/{name.replace('+', '%2B').replace('@', '%40')}@{version.replace('+', '%2B').replace(':', '%3A')}{end}"
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]


def installed():
    """Version by name of every package of the distribution on this machine."""
    said = subprocess.run(["dpkg-query", "--show", "--showformat", "${Package} ${Version}\n"], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in said.stdout.splitlines() if line.count(" ") == 1)


def linked_into(bill, product, manifest, packages):
    """What the extension in a layer zip is linked of."""
    distribution = platform.freedesktop_os_release()["ID"]
    here = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    cross = "" if manifest["architecture"] == here else f"-{manifest['architecture']}-cross"
    gcc = re.search(r"\d+", manifest["compiler"])[0]
    for name, (pattern, licence) in LINKED.items():
        wanted = pattern.format(gcc=gcc, cross=cross)
        found = sorted(each for each in packages if re.fullmatch(wanted, each))
        if not found:
            raise SystemExit(f"sbom.py: no package {wanted} is installed, from which {name} would be linked in")
        part = bill.add(found[-1], packages[found[-1]], licence, supplier=f"Organization: {distribution.capitalize()}",
                        externalRefs=purl(f"deb/{distribution}", found[-1], packages[found[-1]]))
        bill.relate(product, "STATIC_LINK", part)


def in_wheel(bill, product, node_modules):
    for name in IN_THE_PAGE:
        package = json.loads((node_modules / name / "package.json").read_text())
        part = bill.add(name, package["version"], package["license"], externalRefs=purl("npm", name, package["version"]))
        bill.relate(product, "CONTAINS", part)
    for name, version in re.findall(r"^([\w.-]+)==(\S+)$", REPORT_NEEDS.read_text(), re.MULTILINE):
        part = bill.add(name, version, "NOASSERTION", externalRefs=purl("pypi", name, version))
        bill.relate(product, "DEPENDS_ON", part)


def in_archive(bill, product, file, layers):
    """A package that carries the layer zips; npm's also name what they need beside them."""
    if not tarfile.is_tarfile(file):
        names = zipfile.ZipFile(file).namelist()
    else:
        with tarfile.open(file) as archive:
            names = archive.getnames()
            package = archive.extractfile("package/package.json").read() if "package/package.json" in names else b"{}"
        for name, version in json.loads(package).get("peerDependencies", {}).items():
            part = bill.add(name, version, "NOASSERTION", externalRefs=purl("npm", name, version.lstrip("^~>=")))
            bill.relate(product, "DEPENDS_ON", part)
    for name, layer in layers.items():
        if any(each.endswith(f"/{name}") for each in names):
            bill.relate(product, "CONTAINS", layer)


def main(folder, version, node_modules):
    bill, packages, layers = Bill(version), installed(), {}
    files = sorted(pathlib.Path(folder).glob("*"), key=lambda each: (not each.name.endswith(("x86_64.zip", "arm64.zip")), each.name))
    for file in files:
        if file.suffix not in (".zip", ".whl", ".tgz", ".gz"):
            continue
        product = bill.add(file.name, version, "Apache-2.0", packageFileName=file.name, supplier=AUTHORS, primaryPackagePurpose="ARCHIVE",
                           checksums=[{"algorithm": "SHA256", "checksumValue": hashlib.sha256(file.read_bytes()).hexdigest()}])
        bill.relate("SPDXRef-DOCUMENT", "DESCRIBES", product)
        if file.suffix == ".zip" and MANIFEST in zipfile.ZipFile(file).namelist():
            layers[file.name] = product
            linked_into(bill, product, json.loads(zipfile.ZipFile(file).read(MANIFEST)), packages)
        elif file.suffix == ".whl":
            in_wheel(bill, product, pathlib.Path(node_modules))
        else:
            in_archive(bill, product, file, layers)
    print(json.dumps(bill.document(), indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
