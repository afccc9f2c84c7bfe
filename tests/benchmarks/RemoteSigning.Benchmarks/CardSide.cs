using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>One way to a token, measured by the C driver (<c>tests/benchmarks/card/card_bench.c</c>).</summary>
internal sealed record CardSide(string Name, string Module, string Pin, IReadOnlyDictionary<string, string> Environment)
{
    public static string Driver => Path.Combine(Installation.Current.Artifacts, "native", "card_bench");

    /// <summary>Runs the driver; the microseconds of each operation, and of all.</summary>
    public (IReadOnlyList<double> Times, double Total) Run(params IReadOnlyList<string> arguments)
    {
        string[] lines = Lines(arguments);
        double[] times = [.. lines.Where(l => char.IsAsciiDigit(l[0])).Select(l => Number(l.Split(' ')[0]))];
        return (times, Number(lines.Single(l => l.StartsWith("total ", StringComparison.Ordinal)).Split(' ')[1]));
    }

    /// <summary>How many objects a process sees that does not log in.</summary>
    public int CountObjects() => int.Parse(Lines(["find", "1"])[0].Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>Many processes at once; with a PIN each of them also signs. The seconds, and how many processes failed.</summary>
    public (double Seconds, int Failures, IReadOnlyList<double> Times) Crowd(int processes, bool sign)
    {
        string[] lines = Lines(["crowd", sign ? Pin : "-", processes.ToString(CultureInfo.InvariantCulture)]);
        string Field(string name) => lines.Single(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ')[1];
        return (Number(Field("total")) / 1e6, int.Parse(Field("failures"), CultureInfo.InvariantCulture),
            [.. lines.Where(l => char.IsAsciiDigit(l[0])).Select(Number)]);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private string[] Lines(IReadOnlyList<string> arguments) =>
        Commands.Run(Driver, [Module, .. arguments], Environment).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
