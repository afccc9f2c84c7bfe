using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>Keeps every message that is logged, with the number of its event.</summary>
internal sealed class LogCapture : ILoggerProvider
{
    private readonly ConcurrentQueue<(int Event, string Text)> _lines = new();

    public IEnumerable<string> Of(int number) => _lines.Where(l => l.Event == number).Select(l => l.Text);

    public ILogger CreateLogger(string categoryName) => new Category(_lines);

    public void Dispose()
    {
        // It is read after the server has ended.
    }

    private sealed class Category(ConcurrentQueue<(int, string)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((eventId.Id, formatter(state, exception)));
    }
}
