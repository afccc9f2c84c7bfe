#nullable enable
// The build of RemoteSigning. ./build.sh lists the targets.
using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

// ---------------------------------------------------------------- arguments and constants

var target = Argument("target", "Help");
var configuration = Argument("configuration", "Release");
var caller = EnvironmentVariable("CALLER_FOLDER") ?? ".";

string? closingLine = null;

const string Solution = "RemoteSigning.sln";
const string SandboxProgram = "tests/RemoteSigning.Sandbox";
const string InteropProgram = "tests/interop/RemoteSigning.Interop";
const string WindowsProgram = "tests/windows/RemoteSigning.Windows";
const string BenchmarkProgram = "tests/benchmarks/RemoteSigning.Benchmarks";

// What the product's own programs and tests call on a Debian machine, and why.
var demoPackages = new Dictionary<string, string>
{
    ["gcc"] = "compiles the PKCS#11 module",
    ["cmake"] = "builds the PKCS#11 module",
    ["make"] = "builds the PKCS#11 module",
    ["nettle-dev"] = "hashes inside the PKCS#11 module",
    ["softhsm2"] = "stands in for the HSM",
    ["postgresql"] = "database of the backend",
    ["poppler-utils"] = "pdfsig: signs and verifies PDF files",
    ["libnss3-tools"] = "certutil and modutil: set up NSS for pdfsig",
    ["openssl"] = "checks audit records and signatures",
    ["opensc"] = "pkcs11-tool: a PKCS#11 client",
    ["python3-aiosmtpd"] = "keeps the mails that the sandbox sends",
};
var testPackages = new Dictionary<string, string>
{
    ["libgfshare-bin"] = "gfcombine: puts the shares of the SAM's officers together",
    ["python3-jsonschema"] = "validates the SAM's configuration files and the answers of the CSC API",
    ["jq"] = "reads sandbox.json in the documentation's examples",
    ["gnutls-bin"] = "p11tool and ocsptool: PKCS#11 and OCSP clients",
    ["openjdk-17-jdk-headless"] = "Java: a PKCS#11 client",
    ["curl"] = "HTTP client",
    ["shellcheck"] = "reads the documentation's shell scripts",
    ["haproxy"] = "balances between SAM nodes",
    ["prometheus"] = "promtool: reads the metrics and the alert rules",
    ["logrotate"] = "rotates the SAM's audit logs",
    ["rsyslog"] = "forwards the SAM's audit logs",
    ["chromium"] = "a browser: its virtual authenticator approves signatures at the SAM, and it shows TLS client certificates from the card",
    ["systemd"] = "systemd-analyze: judges the SAM's unit",
    ["cppcheck"] = "reads the PKCS#11 module's source",
    ["libnss3-dev"] = "NSS, which waits for events of the card in the PKCS#11 module's tests",
    ["clang-format"] = "checks the layout of the C sources",
    ["clang-tidy"] = "reads the PKCS#11 module's source",
    ["valgrind"] = "runs the PKCS#11 module's tests",
};

// The programs that Interop puts before the card.
var interopPackages = new Dictionary<string, string>
{
    ["libreoffice-writer-nogui"] = "LibreOffice: signs PDF files as it exports them",
    ["libreoffice-draw-nogui"] = "its PDF import and export",
    ["firefox-esr"] = "a browser: shows TLS client certificates from the card",
    ["qpdf"] = "verifies the structure of signed PDF files",
    ["python3-pykcs11"] = "PKCS#11 library for Python",
    ["nodejs"] = "runs pkcs11js, newman and @signpdf",
    ["g++"] = "compiles pkcs11js",
    ["p11-kit"] = "keeps the list of PKCS#11 modules for GnuTLS and others",
    ["p11-kit-modules"] = "p11-kit-proxy.so, the module that is all modules",
    ["libengine-pkcs11-openssl"] = "leads OpenSSL, curl and osslsigncode to a PKCS#11 module",
    ["openssh-client"] = "ssh and ssh-agent: PKCS#11 clients",
    ["openssh-server"] = "lets ssh in with a key of the card",
    ["procps"] = "pgrep: which process of ssh-agent has loaded the module",
    ["git"] = "signs commits through ssh-agent",
    ["osslsigncode"] = "signs and verifies Windows programs",
    ["gpgsm"] = "signs S/MIME messages through gpg-agent",
    ["gpg-agent"] = "gpgsm's way to a card",
    ["gnupg-pkcs11-scd"] = "leads gpg-agent to a PKCS#11 module",
};

// The nodejs of NodeSource brings both along, and does not go with Debian's packages of them.
if (!FileExists("/usr/bin/npm"))
{
    interopPackages["npm"] = "installs pkcs11js, newman and @signpdf";
    interopPackages["libnode-dev"] = "headers that pkcs11js compiles with";
}

var fuzzPackages = new Dictionary<string, string>
{
    ["clang"] = "compiles the fuzz targets of the PKCS#11 module",
    ["libclang-rt-14-dev"] = "libFuzzer and the sanitizers of clang",
};
var benchPackages = new Dictionary<string, string>
{
    ["p11-kit"] = "p11-kit server: the remoting that the card is measured beside",
    ["p11-kit-modules"] = "its client module",
};

// What builds and runs the Windows binaries here.
var windowsPackages = new Dictionary<string, string>
{
    ["gcc-mingw-w64-x86-64-win32"] = "compiles for Windows, 64 bit",
    ["gcc-mingw-w64-i686-win32"] = "compiles for Windows, 32 bit",
    ["wine"] = "runs Windows programs",
    ["wine64"] = "runs Windows programs",
    ["xvfb"] = "a screen for Wine's first start",
    ["xauth"] = "a screen for Wine's first start",
};

// Packages that bring a service which would listen or write on its own, and its unit: only their programs are wanted here.
var unwantedServices = new Dictionary<string, string>
{
    ["prometheus"] = "prometheus",
    ["haproxy"] = "haproxy",
    ["rsyslog"] = "rsyslog",
    ["openssh-server"] = "ssh",
};

// ---------------------------------------------------------------- targets

Task("Help")
    .Description("Lists the targets.")
    .Does(() =>
{
    Information("\nUsage: ./build.sh TARGET [--option=value]\n");
    foreach (var task in Tasks.Where(t => !string.IsNullOrEmpty(t.Description)))
    {
        Information("  {0,-10} {1}", task.Name, task.Description);
    }
});

Task("Setup")
    .Description("Installs the Debian packages that Demo and Sandbox need, if any is missing.")
    .Does(() => InstallPackages(demoPackages));

Task("SetupTest")
    .IsDependentOn("Setup")
    .Does(() => InstallPackages(testPackages));

Task("Native")
    .Description("Builds the PKCS#11 module into artifacts/linux-x64.")
    .IsDependentOn("Setup")
    .Does(() =>
{
    Run("cmake", "-S native-shim -B artifacts/native -DCMAKE_BUILD_TYPE=RelWithDebInfo", quiet: true);
    Run("cmake", "--build artifacts/native --parallel 2", quiet: true);
    Run("gcc", "-std=gnu11 -O2 -Wall -Wextra -Werror -Inative-shim/include -o artifacts/native/card_driver tests/interop/card_driver.c -lpthread -ldl", quiet: true);
    Run("gcc", "-std=gnu11 -O2 -Wall -Wextra -Werror -Inative-shim/include -shared -fPIC -o artifacts/native/hsm_faults.so tests/hsm/hsm_faults.c -lpthread -ldl", quiet: true);
    Run("gcc", "-std=gnu11 -O2 -Wall -Wextra -Werror -Inative-shim/include -o artifacts/native/card_bench tests/benchmarks/card/card_bench.c -lpthread -ldl", quiet: true);
});

Task("Build")
    .Description("Builds everything.")
    .IsDependentOn("Native")
    .Does(() =>
{
    Information("Building {0} ({1}) ...", Solution, configuration);
    DotNetBuild(Solution, new DotNetBuildSettings
    {
        Configuration = configuration,
        NoLogo = true,
        Verbosity = DotNetVerbosity.Quiet,
    });
});

Task("Demo")
    .Description("Signs a real PDF end to end and proves it. --document=FILE.pdf signs your own.")
    .IsDependentOn("Build")
    .Does(() => RunSandbox("demo", HasArgument("document")
        ? $"--document \"{System.IO.Path.GetFullPath(Argument<string>("document"), caller)}\""
        : ""));

Task("Sandbox")
    .Description("Keeps the whole system running until Ctrl-C. --card-mode=protected|pin|agent, --sam-nodes=1|2|3")
    .IsDependentOn("Build")
    .Does(() => RunSandbox("run", $"--card-mode {Argument("card-mode", "pin")} --sam-nodes {Argument("sam-nodes", "1")}"));

Task("Format")
    .Description("Checks the layout of all sources; --fix mends it.")
    .IsDependentOn("SetupTest")
    .Does(() =>
{
    var fix = HasArgument("fix");
    var ours = GetFiles("{native-shim,tests}/**/*.{c,h}").Where(f => f.GetFilename().FullPath != "pkcs11.h").Select(f => $"\"{f}\"");
    Run("clang-format", $"{(fix ? "-i" : "--dry-run -Werror")} {string.Join(" ", ours)}");
    // Not from the root: artifacts/ may hold Wine's links to the whole machine, which this would follow.
    foreach (var folder in new[] { "backend", "client", "tests" })
    {
        Run("dotnet", $"format whitespace {folder} --folder {(fix ? "" : "--verify-no-changes")}");
    }
});

Task("Test")
    .Description("Runs all tests; ends with how many passed and failed.")
    .IsDependentOn("SetupTest")
    .IsDependentOn("Format")
    .IsDependentOn("Build")
    .Does(() =>
{
    var results = MakeAbsolute(Directory("artifacts/test-results"));
    CleanDirectory(results);
    var failedRuns = new List<string>();
    if (Try("ctest", $"--test-dir artifacts/native --output-on-failure --timeout 300 --output-junit \"{results}/native.xml\"") != 0)
    {
        failedRuns.Add("the native tests");
    }

    foreach (var project in GetFiles("tests/RemoteSigning.*.Tests/*.csproj").OrderBy(p => p.FullPath))
    {
        var name = project.GetFilenameWithoutExtension();
        Information("\n== {0}", name);
        if (Try("dotnet", $"test \"{project}\" -c {configuration} --no-build --nologo --logger \"console;verbosity=minimal\" --logger \"trx;LogFileName={name}.trx\" --results-directory \"{results}\"") != 0)
        {
            failedRuns.Add(name.ToString());
        }
    }

    // A run that failed without saying which test (a crashed host) counts as one failure.
    var (passed, failed) = CountResults(results);
    failed = Math.Max(failed, failedRuns.Count);
    closingLine = $"{passed} passed, {failed} failed";
    if (failedRuns.Count > 0 || failed > 0 || passed == 0)
    {
        throw new CakeException($"Tests failed in: {string.Join(", ", failedRuns)}. The log is above, the results are in artifacts/test-results.");
    }
});

Task("Interop")
    .Description("Third-party programs against the servers and the card. --program=NAME runs one; --list names them.")
    .IsDependentOn("SetupTest")
    .IsDependentOn("Build")
    .Does(() =>
{
    InstallPackages(interopPackages);
    var options = HasArgument("list") ? "--list" : string.Join(" ", Arguments<string>("program", new string[0]).Select(p => $"--program \"{p}\""));
    Leave(Try("dotnet", $"run --no-build -c {configuration} --project {InteropProgram} -- {options}"));
});

Task("SetupFuzz")
    .IsDependentOn("Setup")
    .Does(() => InstallPackages(fuzzPackages));

Task("Fuzz")
    .Description("Fuzzes the decoders and the PKCS#11 module. --minutes=N for each target, --keep adds to the corpus.")
    .IsDependentOn("SetupFuzz")
    .Does(() =>
{
    var minutes = Argument("minutes", 10.0);
    Run("cmake", "-S native-shim -B artifacts/native-fuzz -DFUZZ=ON -DCMAKE_C_COMPILER=clang", quiet: true);
    Run("cmake", "--build artifacts/native-fuzz --parallel 2", quiet: true);
    var summaries = new[] { "api", "protocol", "digest_info" }.Select(name => Fuzz(name, minutes)).ToList();
    summaries.Add(FuzzRequests());
    Information("\n  {0,-14}{1,14}{2,10}{3,10}{4,10}", "target", "executions", "edges", "corpus", "findings");
    summaries.ForEach(s => Information("  {0,-14}{1,14}{2,10}{3,10}{4,10}", s.Name, s.Executions, s.Edges, s.Corpus, s.Findings));
    var findings = summaries.Sum(s => s.Findings);
    closingLine = findings == 0 ? "no findings" : $"{findings} findings, see artifacts/fuzz";
    if (findings > 0)
    {
        throw new CakeException(closingLine);
    }
});

Task("Replay")
    .Description("Plays recorded SADs and approvals back at two SAM nodes, 100,000 times (--count=N).")
    .IsDependentOn("SetupTest")
    .IsDependentOn("Build")
    .Does(() => Run("bash", $"-c \"REMOTESIGNING_REPLAYS={Argument("count", 100_000)} dotnet test tests/RemoteSigning.Sam.Tests --nologo"
        + $" --no-build -c {configuration} --filter FullyQualifiedName~ReplayTests --logger 'console;verbosity=detailed'\""));

Task("SetupBench")
    .IsDependentOn("SetupTest")
    .Does(() => InstallPackages(benchPackages));

Task("Windows")
    .Description("Builds the Windows libraries and runs their tests under Wine, up to the HSM. --check=NAME runs one of the latter; --list names them.")
    .IsDependentOn("SetupTest")
    .IsDependentOn("Build")
    .Does(() =>
{
    InstallPackages(windowsPackages);
    foreach (var bits in new[] { "x64", "x86" })
    {
        Run("cmake", $"-S native-shim -B artifacts/windows/{bits} -DCMAKE_TOOLCHAIN_FILE=cmake/mingw-{bits}.cmake -DCMAKE_BUILD_TYPE=Release", quiet: true);
        Run("cmake", $"--build artifacts/windows/{bits} --parallel 2", quiet: true);
    }

    Run("dotnet", $"publish tests/windows/RemoteSigning.PipeChecks -c {configuration} -p:WithRuntime=true -o artifacts/windows/pipe-checks", quiet: true);
    Run("sh", "tests/windows/run.sh .");
    var options = HasArgument("list") ? "--list" : string.Join(" ", Arguments<string>("check", new string[0]).Select(c => $"--check \"{c}\""));
    Leave(Try("dotnet", $"run --no-build -c {configuration} --project {WindowsProgram} -- {options}"));
});

// "--sam-endurance" alone has no number.
string Signatures() => int.TryParse(Argument("sam-endurance", ""), out var number) ? $" {number}" : "";

Task("Bench")
    .Description("Measures from the raw HSM up to C_Sign, the card beside p11-kit, SAM, CSC API and PKI beside their HSMs; artifacts/bench.json. --card, --sam, --csc, --pki: that part alone; --sam-endurance[=N]: a million (or N) signatures, a million keys; --csc-users: one signer among a million users.")
    .IsDependentOn("SetupBench")
    .IsDependentOn("Build")
    .Does(() => Run("dotnet", $"run --no-build -c {configuration} --project {BenchmarkProgram} {(HasArgument("card") ? "-- card" : HasArgument("sam") ? "-- sam" : HasArgument("csc") ? "-- csc" : HasArgument("csc-users") ? "-- csc-users" : HasArgument("pki") ? "-- pki" : HasArgument("sam-endurance") ? $"-- sam-endurance{Signatures()}" : "")}"));

try
{
    RunTarget(target);
}
finally
{
    if (closingLine is not null)
    {
        Console.WriteLine(closingLine);
    }
}

// ---------------------------------------------------------------- how

void RunSandbox(string command, string options)
{
    Leave(Try("dotnet", $"run --no-build -c {configuration} --project {SandboxProgram} -- {command} {options}"));
}

/// Ends with the exit code of a program that has said itself what went wrong.
void Leave(int exitCode)
{
    if (exitCode != 0)
    {
        System.Environment.Exit(exitCode);
    }
}

FuzzSummary Fuzz(string name, double minutes)
{
    var program = MakeAbsolute(File($"artifacts/native-fuzz/tests/fuzz/{name}_fuzz"));
    var kept = MakeAbsolute(Directory($"tests/native/fuzz/corpus/{name}"));
    var folder = MakeAbsolute(Directory($"artifacts/fuzz/{name}"));
    var log = $"{folder}/log.txt";
    CleanDirectory($"{folder}/findings");
    CleanDirectory($"{folder}/merged");
    EnsureDirectoryExists($"{folder}/corpus");
    EnsureDirectoryExists($"{folder}/seeds");
    foreach (var vector in name == "protocol" ? GetFiles("tests/vectors/card-protocol/*-answer*.hex") : new FilePathCollection())
    {
        var hex = System.Text.RegularExpressions.Regex.Replace(System.IO.File.ReadAllText(vector.FullPath), @"#[^\n]*|\s", "");
        System.IO.File.WriteAllBytes($"{folder}/seeds/{vector.GetFilenameWithoutExtension()}", Convert.FromHexString(hex));
    }

    Information("{0}: {1} minutes ...", name, minutes);
    var options = FormattableString.Invariant($"-max_total_time={minutes * 60:0} -max_len=8192 -timeout=20 -print_final_stats=1 -artifact_prefix={folder}/findings/");
    var exitCode = Try("bash", $"-c \"'{program}' {options} '{folder}/corpus' '{kept}' '{folder}/seeds' >'{log}' 2>&1\"");
    var lines = System.IO.File.ReadAllLines(log);
    if (HasArgument("keep") && exitCode == 0)
    {
        Run("bash", $"-c \"'{program}' -merge=1 -use_counters=0 '{folder}/merged' '{kept}' '{folder}/seeds' '{folder}/corpus' >>'{log}' 2>&1\"");
        CleanDirectory(kept);
        CopyFiles($"{folder}/merged/*", kept);
    }

    var findings = GetFiles($"{folder}/findings/*").Count;
    string Last(string pattern) => lines.Select(l => System.Text.RegularExpressions.Regex.Match(l, pattern)).LastOrDefault(m => m.Success)?.Groups[1].Value ?? "?";
    // A target that ended badly without leaving an input counts as one finding; log.txt says more.
    return new FuzzSummary(
        name, Last(@"number_of_executed_units: (\d+)"), Last(@"cov: (\d+)"), Last(@"corp: (\d+)"), exitCode == 0 ? findings : Math.Max(1, findings));
}

// The agent's decoder of requests, one minute.
FuzzSummary FuzzRequests()
{
    var log = MakeAbsolute(File("artifacts/fuzz/requests/log.txt"));
    EnsureDirectoryExists(log.GetDirectory());
    Information("requests: 1 minute ...");
    var exitCode = Try("bash", "-c \"REMOTESIGNING_FUZZ_SECONDS=60 dotnet test tests/RemoteSigning.Agent.Tests --nologo"
        + $" -c {configuration} --filter FullyQualifiedName~RequestFuzzTests --logger 'console;verbosity=detailed' >'{log}' 2>&1\"");
    var runs = System.Text.RegularExpressions.Regex.Match(System.IO.File.ReadAllText(log.FullPath), @"(\d+) streams").Groups[1].Value;
    return new FuzzSummary("requests", runs, "-", "-", exitCode == 0 && runs != "" ? 0 : 1);
}

void InstallPackages(Dictionary<string, string> packages)
{
    if (!FileExists("/usr/bin/dpkg-query"))
    {
        Warning("This is not a Debian system; these are needed: {0}.", string.Join(", ", packages.Keys));
        return;
    }

    var missing = packages.Where(p => !IsInstalled(p.Key)).ToList();
    if (missing.Count == 0)
    {
        return;
    }

    foreach (var package in missing)
    {
        Information("Missing: {0} ({1})", package.Key, package.Value);
    }

    var names = string.Join(" ", missing.Select(p => p.Key));
    var byHand = $"Have root run \"apt-get update && apt-get install --no-install-recommends {names}\", then start this target again.";
    var isRoot = System.Environment.IsPrivilegedProcess;
    if (!isRoot && Try("bash", "-c \"command -v sudo >/dev/null\"") != 0)
    {
        throw new CakeException($"Setup: only root can install the missing packages; you are not root, and there is no sudo here. {byHand}");
    }

    var sudo = isRoot ? "" : Console.IsInputRedirected ? "sudo -n " : "sudo ";
    Information("Installing with {0}apt-get (artifacts/setup.log shows its output): {1}", sudo, names);
    var units = string.Join(" ", missing.Select(p => unwantedServices.GetValueOrDefault(p.Key)).Where(u => u is not null));
    if (Try("bash", $"-c \"{sudo}sh tests/install-packages.sh '{units}' {names} >artifacts/setup.log 2>&1\"") != 0)
    {
        var cause = System.IO.File.ReadLines("artifacts/setup.log").LastOrDefault(l => l.Trim() != "") ?? "no word from it";
        throw new CakeException($"Setup: the missing packages could not be installed: {cause} (artifacts/setup.log has all of it). {byHand}");
    }
}

bool IsInstalled(string package)
{
    using var process = Process.Start(new ProcessStartInfo("dpkg-query", $"-W -f=${{db:Status-Status}} {package}")
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
    var status = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return status == "installed";
}

int Try(string program, string arguments)
{
    EnsureDirectoryExists("artifacts");
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
    process.WaitForExit();
    return process.ExitCode;
}

void Run(string program, string arguments, bool quiet = false)
{
    EnsureDirectoryExists("artifacts");
    var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = quiet };
    using var process = Process.Start(start)!;
    var output = quiet ? process.StandardOutput.ReadToEnd() : "";
    process.WaitForExit();
    if (process.ExitCode != 0)
    {
        Information("{0}", output);
        throw new CakeException($"{program} {arguments} ended with exit code {process.ExitCode}.");
    }
}

(int Passed, int Failed) CountResults(DirectoryPath results)
{
    var passed = 0;
    var failed = 0;
    foreach (var file in GetFiles($"{results}/*.trx"))
    {
        var counters = XDocument.Load(file.FullPath).Descendants().First(e => e.Name.LocalName == "Counters");
        passed += (int)counters.Attribute("passed")!;
        failed += (int)counters.Attribute("failed")!;
    }

    foreach (var file in GetFiles($"{results}/*.xml"))
    {
        var suite = XDocument.Load(file.FullPath).Root!;
        var bad = (int)suite.Attribute("failures")!;
        passed += (int)suite.Attribute("tests")! - bad - ((int?)suite.Attribute("skipped") ?? 0) - ((int?)suite.Attribute("disabled") ?? 0);
        failed += bad;
    }

    return (passed, failed);
}

record FuzzSummary(string Name, string Executions, string Edges, string Corpus, int Findings);
