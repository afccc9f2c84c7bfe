using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RemoteSigning.Sandbox;

/// <summary>
/// A long-running child that cannot outlive us: a small shell beside it waits for the end of its standard
/// input, which the system closes when this process ends, however it ends, and then ends the child. Both are in a
/// session of their own, so that Ctrl-C in our terminal reaches us alone and we end them in order.
/// </summary>
public sealed partial class ChildProcess : IDisposable
{
    private const string Supervisor =
        """
        "$@" </dev/null & child=$!
        ( cat >/dev/null; kill -"$CHILD_STOP_SIGNAL" $child 2>/dev/null; sleep 5; kill -KILL $child 2>/dev/null ) <&3 3<&- & watch=$!
        exec 3<&-
        echo $child >"$CHILD_PID_FILE"
        wait $child; code=$?
        kill $watch 2>/dev/null
        exit $code
        """;

    private readonly Process _shell;
    private readonly string _pidFile;
    private readonly int _stopSignal;

    private ChildProcess(string name, Process shell, string pidFile, string logFile, int stopSignal)
    {
        _stopSignal = stopSignal;
        Name = name;
        _shell = shell;
        _pidFile = pidFile;
        LogFile = logFile;
    }

    public string Name { get; }

    /// <summary>Where standard output and error go.</summary>
    public string LogFile { get; }

    public bool HasExited => _shell.HasExited;

    public int ExitCode => _shell.ExitCode;

    /// <summary>The child's own process id.</summary>
    public int Id
    {
        get
        {
            SpinWait.SpinUntil(() => _shell.HasExited || (File.Exists(_pidFile) && new FileInfo(_pidFile).Length > 1));
            return int.Parse(File.ReadAllText(_pidFile).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    /// <param name="stopSignal">What asks this program to end: SIGTERM (15), or SIGINT (2) for PostgreSQL's fast shutdown.</param>
    public static ChildProcess Start(
        string name,
        string program,
        IReadOnlyList<string> arguments,
        string logFile,
        IReadOnlyDictionary<string, string>? environment = null,
        int stopSignal = 15)
    {
        string pidFile = Path.Combine(Path.GetTempPath(), $"child-{Guid.NewGuid():N}.pid");
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true };
        start.ArgumentList.Add("bash");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec 3<&0 >>\"$CHILD_LOG\" 2>&1\n{Supervisor}");
        start.ArgumentList.Add(name);
        start.ArgumentList.Add(program);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        start.Environment["CHILD_LOG"] = logFile;
        start.Environment["CHILD_PID_FILE"] = pidFile;
        start.Environment["CHILD_STOP_SIGNAL"] = stopSignal.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Process shell = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
        return new ChildProcess(name, shell, pidFile, logFile, stopSignal);
    }

    /// <summary>Ends the child at once (SIGKILL), as a crash would.</summary>
    public void Kill()
    {
        _ = SendSignal(Id, 9);
        _shell.WaitForExit();
    }

    /// <summary>Asks the child to end and waits for it; ends it at once when it does not within ten seconds.</summary>
    public void Stop()
    {
        if (!_shell.HasExited)
        {
            _ = SendSignal(Id, _stopSignal);
            if (!_shell.WaitForExit(TimeSpan.FromSeconds(10)))
            {
                Kill();
            }
        }
    }

    public void Dispose()
    {
        Stop();
        _shell.Dispose();
        File.Delete(_pidFile);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
