using System.Diagnostics;

namespace RemoteSigning.Hosting;

/// <summary>The spans of this process besides those of ASP.NET Core; named as the program is. Nobody listens, no span is made.</summary>
internal static class Tracing
{
    public static ActivitySource Source { get; } = new(typeof(Tracing).Assembly.GetName().Name!); // An assembly of a file has one.
}
