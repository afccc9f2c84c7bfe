using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RemoteSigning.Server.Applications;

/// <summary>Months of UTC, each by its first day.</summary>
internal static class Months
{
    public static DateOnly Of(DateOnly day) => new(day.Year, day.Month, 1);

    /// <summary><c>YYYY-MM</c>, from year 2000 on.</summary>
    public static bool TryRead([NotNullWhen(true)] string? text, out DateOnly month) =>
        DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out month) && month.Year is >= 2000 and < 9999;
}
