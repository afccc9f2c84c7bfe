using System.Diagnostics;

namespace RemoteSigning.Hosting;

/// <summary>
/// What of a trace crosses from process to process: the header <c>traceparent</c> (W3C Trace Context, version 00) and nothing
/// else. A header that is not exactly that begins a new trace; <c>tracestate</c> and <c>baggage</c>, in which a caller could put
/// anything, go nowhere.
/// </summary>
internal sealed class TraceContext : DistributedContextPropagator
{
    private const string Header = "traceparent";
    private const int HeaderLength = 55;

    private static readonly ActivityListener Listener = new()
    {
        // So that each request has an id, also where nothing is logged and nothing exported.
        ShouldListenTo = source => source.Name == RequestSource,
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
        SampleUsingParentId = static (ref ActivityCreationOptions<string> _) => ActivitySamplingResult.PropagationData,
    };

    /// <summary>ASP.NET Core's, for the request as a whole.</summary>
    public const string RequestSource = "Microsoft.AspNetCore";

    public override IReadOnlyCollection<string> Fields { get; } = [Header];

    /// <summary>For the whole process; again changes nothing.</summary>
    public static void Apply()
    {
        if (Current is not TraceContext)
        {
            Current = new TraceContext();
        }

        ActivitySource.AddActivityListener(Listener);
    }

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        // HttpClient begins a span of its own, which nobody exports: whoever is called continues the span that calls.
        Activity? calls = activity is { OperationName: "System.Net.Http.HttpRequestOut", Parent: { } parent } ? parent : activity;
        if (calls is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
        {
            setter?.Invoke(carrier, Header, id);
        }
    }

    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        traceState = null;
        traceId = null;
        if (getter is null)
        {
            return;
        }

        getter(carrier, Header, out string? one, out IEnumerable<string>? several);
        string? given = one ?? (several?.Take(2).ToArray() is [{ } only] ? only : null);
        if (given is { Length: HeaderLength } && given.StartsWith("00-", StringComparison.Ordinal) && ActivityContext.TryParse(given, null, out _))
        {
            traceId = given;
        }
    }

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
