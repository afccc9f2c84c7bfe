using System.Diagnostics;
using System.Globalization;

namespace RemoteSigning.Sandbox;

/// <summary>Tells a person what is happening: one sentence for each step, its result and the time it took.</summary>
public sealed class Steps(TextWriter output)
{
    /// <summary>Says nothing; for tests.</summary>
    public static Steps Silent { get; } = new(TextWriter.Null);

    public async Task<T> RunAsync<T>(string sentence, Func<Task<T>> step, Func<T, string> result)
    {
        output.Write($"  {sentence} … ");
        output.Flush();
        long start = Stopwatch.GetTimestamp();
        try
        {
            T value = await step();
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{result(value)} ({Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s)"));
            return value;
        }
        catch
        {
            output.WriteLine("failed.");
            throw;
        }
    }

    public Task RunAsync(string sentence, Func<Task> step, string result = "done") => RunAsync(
        sentence,
        async () =>
        {
            await step();
            return 0;
        },
        _ => result);

    public void Say(string text) => output.WriteLine(text);
}
