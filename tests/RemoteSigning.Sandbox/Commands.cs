using System.Diagnostics;

namespace RemoteSigning.Sandbox;

/// <summary>Runs other programs to their end.</summary>
public static class Commands
{
    /// <summary>Runs a program and returns what it printed; a failure becomes an exception that shows it.</summary>
    public static string Run(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        CommandResult result = Try(program, arguments, environment, input);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                $"{program} ended with exit code {result.ExitCode}: {result.Error.Trim()} {result.Output.Trim()}".TrimEnd());
    }

    public static CommandResult Try(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
