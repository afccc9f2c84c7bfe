using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace RemoteSigning.Hosting;

/// <summary>
/// One line for each event: time (UTC), trace id of the request or <c>-</c>, level, category with event id, text, exception.
/// A control character in any of it becomes a blank, so nobody can write a line of his own.
/// </summary>
internal sealed class LogLineFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string time = clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string trace = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString() : "-";
        string text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        string exception = logEntry.Exception is { } e ? $" {e}" : "";
        string line = $"{time} {trace} {Level(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {text}{exception}";
        textWriter.Write(string.Create(line.Length, line, static (room, source) =>
        {
            for (int i = 0; i < room.Length; i++)
            {
                room[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        }));
        textWriter.Write('\n');
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
