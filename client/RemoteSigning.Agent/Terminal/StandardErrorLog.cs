using System.Globalization;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Agent.Terminal;

/// <summary>One line per event on standard error: time, level, event id, text, and the causes behind it.</summary>
internal sealed class StandardErrorLog(TimeProvider clock) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string time = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string causes = "";
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            causes += $" | {cause.GetType().Name}: {cause.Message}";
        }

        string defect = logLevel >= LogLevel.Error && exception is not null ? $"\n{exception.StackTrace}" : "";
        Console.Error.WriteLine($"{time} {logLevel} {eventId.Id} {formatter(state, exception)}{causes.ReplaceLineEndings(" ")}{defect}");
    }
}
