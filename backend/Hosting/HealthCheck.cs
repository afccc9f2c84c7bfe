using Microsoft.Extensions.Hosting;

namespace RemoteSigning.Hosting;

/// <summary>One thing that has to hold for the process to do its work. It is asked once at a time, however many want to know.</summary>
/// <param name="name">Lower case; a label of a metric too.</param>
/// <param name="ask">What is wrong, in words that hold no secret; null when nothing is.</param>
internal sealed class HealthCheck(string name, Func<Task<string?>> ask)
{
    private readonly Lock _lock = new();
    private Task<string?>? _asking;

    public string Name => name;

    /// <summary>Holds while the process serves: not before, and not once it is told to stop.</summary>
    public static HealthCheck Listener(IHostApplicationLifetime lifetime) => new("listener", () => Task.FromResult(
        lifetime.ApplicationStopping.IsCancellationRequested ? "the process stops"
        : lifetime.ApplicationStarted.IsCancellationRequested ? null
        : "the process starts"));

    /// <summary>The answer of the question under way, or of a new one. What hangs leaves one question hanging, not many.</summary>
    public Task<string?> AskAsync()
    {
        lock (_lock)
        {
            return _asking is { IsCompleted: false } ? _asking : _asking = Task.Run(ask);
        }
    }
}
