using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace RemoteSigning.Sandbox;

/// <summary>
/// Takes spans as an OpenTelemetry collector does: OTLP over HTTP, protobuf, of which it reads what tests ask for. The numbers are
/// those of opentelemetry/proto/trace/v1/trace.proto.
/// </summary>
public sealed class TraceReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Span> _spans = new();
    private readonly Task _serving;

    public TraceReceiver()
    {
        string address = $"http://127.0.0.1:{FreePort.Next()}/";
        Endpoint = new Uri(new Uri(address), "v1/traces");
        _listener.Prefixes.Add(address);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>A span of a process; ids in lower-case hex, the parent's empty for a root.</summary>
    public sealed record Span(string Service, string Name, string TraceId, string Id, string ParentId, IReadOnlyDictionary<string, string> Tags);

    public Uri Endpoint { get; }

    /// <summary>What has come so far.</summary>
    public IReadOnlyList<Span> Spans => [.. _spans];

    /// <summary>Answers of this kind from now on.</summary>
    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    public void Dispose()
    {
        if (!_listener.IsListening)
        {
            return;
        }

        _listener.Stop();
        _serving.GetAwaiter().GetResult();
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return; // It was stopped.
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            if (Status == HttpStatusCode.OK)
            {
                Read(body.ToArray());
            }

            context.Response.StatusCode = (int)Status;
            context.Response.Close();
        }
    }

    private void Read(byte[] request)
    {
        foreach (byte[] resource in Fields(request, 1))
        {
            string service = Fields(resource, 1).SelectMany(Tags).First(t => t.Key == "service.name").Value;
            foreach (byte[] span in Fields(resource, 2).SelectMany(scope => Fields(scope, 2)))
            {
                _spans.Enqueue(new Span(
                    service, Text(span, 5), Hex(span, 1), Hex(span, 2), Hex(span, 4), Fields(span, 9).Select(Tag).ToDictionary()));
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Tags(byte[] resource) => Fields(resource, 1).Select(Tag);

    private static KeyValuePair<string, string> Tag(byte[] tag) => new(Text(tag, 1), Text(Fields(tag, 2).First(), 1));

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).FirstOrDefault() ?? []);

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Fields(message, field).FirstOrDefault() ?? []);

    /// <summary>The length-delimited values of a field; values of other kinds are passed over.</summary>
    private static List<byte[]> Fields(byte[] message, int field)
    {
        List<byte[]> values = [];
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Number(message, ref at);
            switch (key & 7)
            {
                case 0:
                    _ = Number(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 5:
                    at += 4;
                    break;
                case 2:
                    int length = (int)Number(message, ref at);
                    if (key >> 3 == (ulong)field)
                    {
                        values.Add(message.AsSpan(at, length).ToArray());
                    }

                    at += length;
                    break;
                default:
                    throw new FormatException("This is no protobuf.");
            }
        }

        return values;
    }

    private static ulong Number(byte[] message, ref int at)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            number |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return number;
            }
        }
    }
}
