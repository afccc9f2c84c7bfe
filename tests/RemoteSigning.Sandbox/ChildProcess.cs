using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RemoteSigning.Sandbox;

/// <summary>
/// A long-running child that cannot outlive us: a small shell beside it waits for the end of its standard
/// input, which the system closes when this process ends, however it ends, and then ends the child.
/// </summary>
public sealed partial class ChildProcess : IDisposable
{
    private const string Supervisor =
        """
        "$@" </dev/null & child=$!
        ( cat >/dev/null; kill -TERM $child 2>/dev/null; sleep 5; kill -KILL $child 2>/dev/null ) <&3 3<&- & watch=$!
        exec 3<&-
        echo $child >"$CHILD_PID_FILE"
        wait $child; code=$?
        kill $watch 2>/dev/null
        exit $code
        """;

    private readonly Process _shell;
    private readonly string _pidFile;

    private ChildProcess(string name, Process shell, string pidFile, string logFile)
    {
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

    public static ChildProcess Start(
        string name, string program, IReadOnlyList<string> arguments, string logFile, IReadOnlyDictionary<string, string>? environment = null)
    {
        string pidFile = Path.Combine(Path.GetTempPath(), $"child-{Guid.NewGuid():N}.pid");
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true };
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
        Process shell = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
        return new ChildProcess(name, shell, pidFile, logFile);
    }

    /// <summary>Ends the child at once (SIGKILL), as a crash would.</summary>
    public void Kill()
    {
        _ = SendSignal(Id, 9);
        _shell.WaitForExit();
    }

    /// <summary>Asks the child to end (SIGTERM) and waits for it.</summary>
    public void Stop()
    {
        if (!_shell.HasExited)
        {
            _ = SendSignal(Id, 15);
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
