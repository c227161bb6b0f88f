"""The package for npm, as ``npm pack`` makes it: for sites with a bundler, and with types."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.compressed import compressed_size
from support.doc_pages import ROOT
from support.requirements import missing

from escherpad_ext.connect.client_library import LIBRARY_FILES

pytestmark = pytest.mark.timeout(240)

PACKAGE = ROOT / "js"
SOURCE, BUNDLE = PACKAGE / "src", PACKAGE / "bundle"
TOOLS = PACKAGE / "node_modules"
MAX_ENTRY = MAX_ELEMENT = 8_000  # bytes, compressed

PAGE = """\
import { connect, resume, diagnose, ConnectError, readAddress } from "escherpad-connect";
import type { Connection, ConnectErrorCode } from "escherpad-connect";
import { diagnose as direct, type Finding } from "escherpad-connect/diagnose";
import { JupyterConnect } from "escherpad-connect/element";
import { fakeServer, type FakeServer } from "escherpad-connect/testing";
import * as served from "escherpad-connect/bundle/connect.js";
import { JupyterConnect as servedElement } from "escherpad-connect/bundle/element.js";

let connection: Connection | null = await resume();
try {
  connection = await connect({ server: "http://localhost:8888", scope: "run" });
} catch (error) {
  if (!(error instanceof ConnectError)) throw error;
  const denied: ConnectErrorCode = "access_denied";
  console.error(error.code === denied, error.message, error.finding?.fix);
  // @ts-expect-error The codes are known.
  console.error(error.code === "no_such_code");
}
console.log(readAddress("localhost:8888")?.server);
connection?.addEventListener("ended", () => console.log(connection?.ended === "revoked"));
console.log((await connection?.fetch("api/contents"))?.status);
const Socket: typeof WebSocket | undefined = connection?.serverSettings.WebSocket;
const [cause]: Finding[] = await diagnose("http://localhost:8888", { token: connection?.token });
console.log(Socket, cause?.fix, direct === diagnose, served.connect === connect);
// @ts-expect-error There is no connection without a server.
connect({});
const element = document.createElement("jupyter-connect");
element.texts = { connect: "Open my notebooks", not_found: "Ask your teacher." };
element.addEventListener("connected", ({ detail }) => console.log(detail.connection.server));
element.addEventListener("failed", ({ detail }) => console.log(detail.error.code === "closed"));
element.addEventListener("keydown", ({ key }) => console.log(key));
document.querySelector("jupyter-connect")?.connection?.disconnect();
console.log(element instanceof JupyterConnect, servedElement === JupyterConnect);
const fake: FakeServer = fakeServer({
  files: { "a.txt": "A text" },
  decide: ({ scopes }) => (scopes.includes("full") ? "deny" : { seconds: 600 }),
  run: (code) => ({ stdout: code, result: "42" }),
});
fake.revoke();
const faked: Connection = fake.connection({ scopes: ["view"] });
console.log(faked.scopes, fake.kernels.length, fake.requests);
// @ts-expect-error Nobody else says which connection there is.
element.connection = connection;
"""

BUNDLE_SITE = """\
const { default: esbuild } = await import(process.argv[1]);
const entryPoints = ["entry.js", "uses.js", "element.js"];
await esbuild.build({
  entryPoints, outdir: "out", bundle: true, splitting: true, format: "esm", minify: true,
});
"""


@pytest.fixture(scope="module")
def site(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site's folder with the package as ``npm pack`` makes it."""
    if not TOOLS.is_dir():
        missing(f"Install what builds the library: run npm ci in {PACKAGE}")
    folder = tmp_path_factory.mktemp("library")
    copy, site = folder / "js", folder / "site"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("node_modules", "types"))
    (copy / "node_modules").symlink_to(TOOLS, target_is_directory=True)
    npm = shutil.which("npm") or missing("Install npm")
    run(npm, "pack", "--silent", "--pack-destination", folder, cwd=copy)
    (archive,) = folder.glob("*.tgz")
    installed = site / "node_modules" / "escherpad-connect"
    shutil.unpack_archive(archive, folder / "unpacked")
    installed.parent.mkdir(parents=True)
    (folder / "unpacked" / "package").rename(installed)
    (site / "page.ts").write_text(PAGE, encoding="utf-8")
    return site


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_package_has_what_sites_need_and_no_more(site: Path) -> None:
    package = site / "node_modules" / "escherpad-connect"
    files = {file.relative_to(package).as_posix() for file in package.rglob("*") if file.is_file()}
    modules = [file.relative_to(SOURCE).with_suffix("").as_posix() for file in SOURCE.rglob("*.js")]
    assert files == {
        *("package.json", "README.md", "LICENSE", "element.d.ts"),
        *(f"bundle/{name}" for name in LIBRARY_FILES),
        *(f"src/{name}.js" for name in modules),
        *(f"types/{name}.d.ts" for name in modules),
    }
    for name in LIBRARY_FILES:
        packed = (package / "bundle" / name).read_bytes()
        assert packed == (BUNDLE / name).read_bytes(), "Run npm run build in js/"


def test_the_types_are_right_for_a_strict_site(node: str, site: Path) -> None:
    options = ["--strict", "--noEmit", "--module", "esnext", "--moduleResolution", "bundler"]
    compiler = TOOLS / "typescript" / "bin" / "tsc"
    run(node, compiler, *options, "--target", "es2022", "page.ts", cwd=site)


def test_a_bundler_loads_diagnose_only_when_needed(node: str, site: Path) -> None:
    """The site's entry is small, and keeps what runs when the page is loaded."""
    (site / "entry.js").write_text('import "escherpad-connect";', encoding="utf-8")
    (site / "uses.js").write_text(
        'import { connect, diagnose } from "escherpad-connect"; window.all = [connect, diagnose];',
        encoding="utf-8",
    )
    (site / "element.js").write_text('import "escherpad-connect/element";', encoding="utf-8")
    # By its module: npm may replace the program by one that node cannot read.
    esbuild = (TOOLS / "esbuild" / "lib" / "main.js").as_uri()
    run(node, "--input-type=module", "--eval", BUNDLE_SITE, esbuild, cwd=site)
    out = site / "out"
    assert "sessionStorage" in all_of(out, "entry.js")
    for name in ("entry.js", "uses.js"):
        assert "nothing_listens" not in all_of(out, name)
        assert compressed_size(*loaded(out, name)) <= MAX_ENTRY
    check_element(out)


def check_element(out: Path) -> None:
    """It registers itself, is small, and loads other languages when it speaks them."""
    assert "jupyter-connect" in all_of(out, "element.js")
    assert "Verbinden" not in all_of(out, "element.js")
    more = {*loaded(out, "element.js")} - {*loaded(out, "uses.js")}
    assert compressed_size(*more) <= MAX_ELEMENT


def loaded(folder: Path, name: str) -> list[Path]:
    """Return a file and what it imports at once."""
    text = (folder / name).read_text(encoding="utf-8")
    imported = re.findall(r"""(?:from|import)\s*["']\./([^"']+)["']""", text)
    return [folder / name, *(file for each in imported for file in loaded(folder, each))]


def all_of(folder: Path, name: str) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in loaded(folder, name))


def test_it_can_be_imported_where_no_browser_is(node: str, site: Path) -> None:
    names = ["", "/diagnose", "/bundle/connect.js", "/element", "/bundle/element.js", "/testing"]
    entries = [f"escherpad-connect{name}" for name in names]
    program = f"for (const name of {entries}) console.log(Object.keys(await import(name)).join());"
    said = run(node, "--input-type=module", "--eval", program, cwd=site).split()
    all_names = "ConnectError,Connection,TOKEN_DROPPED,connect,diagnose,readAddress,resume"
    element = "JupyterConnect"
    fake = "FakeServer,fakeServer"
    assert said == [all_names, "diagnose", all_names, element, element, fake]
