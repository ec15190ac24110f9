/** Most that packages may be when they are unpacked, all together: MiB and files. */
const most = { mebibytes: 4_096, files: 200_000 };

/**
 * Runs pip for another Python than the one that runs it (first argument: the other's environment markers as JSON), and lets it start
 * nothing: wheels are fetched and unpacked, and whatever would build or run something fails (PEP 578; a hook cannot be taken away again). What archives say of their sizes is summed up before
 * anything is unpacked, and `zipfile` unpacks no more than they say.
 */
export const pipScript = `
import json, runpy, sys, zipfile
try:
    import resource
    # A description that fills the memory, and an archive that fills the disk, are errors of pip.
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (${most.mebibytes} << 20,) * 2)
except (ImportError, ValueError, OSError):
    pass
markers_of_target = json.loads(sys.argv.pop(1))
from pip._vendor.packaging import markers
import pip._internal.cli.main
def refuse(event, _):
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile"):
        raise OSError("nothing may be started here")
sys.addaudithook(refuse)
sizes = {}
opened = zipfile.ZipFile.__init__
def measured(archive, *words, **named):
    opened(archive, *words, **named)
    if archive.mode == "r":
        entries = archive.infolist()
        sizes[archive.filename] = (sum(entry.file_size for entry in entries), len(entries))
        if sum(size for size, _ in sizes.values()) > ${most.mebibytes} << 20 or sum(count for _, count in sizes.values()) > ${most.files}:
            raise OSError("unpacked, the packages are more than ${most.mebibytes} MiB or ${most.files} files")
zipfile.ZipFile.__init__ = measured
markers.default_environment = lambda: dict(markers_of_target)
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`;

/** Prints the console scripts of a wheel (entry points specification, packaging.python.org) without unpacking it. */
export const entryPointsScript = `
import configparser, json, sys, zipfile
limit = 262144
found = {}
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        parts = entry.filename.split("/")
        if len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] == "entry_points.txt":
            with wheel.open(entry) as file:
                text = file.read(limit + 1)
            if len(text) > limit:
                sys.exit("its entry points are too long")
            read = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
            read.optionxform = str
            read.read_string(text.decode("utf-8"))
            found = dict(read["console_scripts"]) if read.has_section("console_scripts") else {}
print(json.dumps(found))
`;

/**
 * Starts one console script of a folder of packages: \`launch.py VERSION MODULE ATTRIBUTE NAME [ARGUMENT…]\`. The folder comes last in the
 * path, so that no package stands in for a module of Python's own, and is no site folder: its \`.pth\` files are only text.
 */
export const launchScript = `import importlib, os, sys
version, module, attribute, name = sys.argv[1:5]
if "%d.%d" % sys.version_info[:2] != version:
    sys.exit("These packages were chosen for Python %s, and this is %d.%d: find the package again." % ((version,) + sys.version_info[:2]))
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "site"))
sys.argv = [name] + sys.argv[5:]
target = importlib.import_module(module)
for part in attribute.split("."):
    target = getattr(target, part)
sys.exit(target())
`;
