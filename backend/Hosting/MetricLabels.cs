using System.Globalization;

namespace RemoteSigning.Hosting;

/// <summary>Names, labels and texts as the Prometheus text format 0.0.4 has them.</summary>
internal static class MetricLabels
{
    /// <summary>Stands for all label sets of an instrument beyond those that are kept (OpenTelemetry's name for it).</summary>
    public const string Overflow = "otel_metric_overflow=\"true\"";

    /// <summary>An OpenTelemetry name with its unit, as the OpenTelemetry-to-Prometheus rules write it.</summary>
    /// <param name="unit">UCUM, as instruments name it; an annotation in braces is no unit.</param>
    public static string Name(string name, string? unit, bool isCounter, bool isGauge)
    {
        string suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" when isGauge => "_ratio",
            _ => "",
        };
        string plain = string.Concat(name.Select(Plain));
        plain = plain.EndsWith(suffix, StringComparison.Ordinal) ? plain : plain + suffix;
        return isCounter ? plain + "_total" : plain;
    }

    /// <summary>Text behind <c># HELP name</c>.</summary>
    public static string Help(string? description) =>
        (description ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>Writes <c>a="b",c="d"</c> without allocating, as this happens at each measurement.</summary>
    /// <returns>False when there is no room for it.</returns>
    public static bool TryWrite(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<char> room, out int written)
    {
        var text = new Writer(room);
        bool isFirst = true;
        foreach ((string name, object? value) in tags)
        {
            if (value is null)
            {
                continue;
            }

            if (!isFirst)
            {
                text.Add(',');
            }

            isFirst = false;
            foreach (char c in name)
            {
                text.Add(Plain(c));
            }

            text.Add('=');
            text.Add('"');
            text.AddValue(value);
            text.Add('"');
        }

        written = text.Length;
        return !text.IsFull;
    }

    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static char Plain(char c) => char.IsAsciiLetterOrDigit(c) ? c : '_';

    private ref struct Writer(Span<char> room)
    {
        private readonly Span<char> _room = room;

        public int Length { get; private set; }

        public bool IsFull { get; private set; }

        public void Add(char c)
        {
            if (Length == _room.Length)
            {
                IsFull = true;
                return;
            }

            _room[Length++] = c;
        }

        public void AddValue(object value)
        {
            if (value is not string and ISpanFormattable number
                && number.TryFormat(_room[Length..], out int written, default, CultureInfo.InvariantCulture))
            {
                Length += written;
                return;
            }

            string text = value is bool isTrue ? (isTrue ? "true" : "false") : value.ToString() ?? "";
            foreach (char c in text)
            {
                if (c is '\\' or '"' or '\n')
                {
                    Add('\\');
                }

                Add(c == '\n' ? 'n' : c);
            }
        }
    }
}
