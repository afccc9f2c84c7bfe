using System.Net;

namespace RemoteSigning.Hosting;

/// <summary>The section <c>Telemetry:Otlp</c>: where spans go. Without <see cref="Endpoint"/> none is made.</summary>
internal sealed class OtlpOptions
{
    public const string Section = "Telemetry:Otlp";

    /// <summary>Of an OpenTelemetry collector, OTLP over HTTP, with its path: <c>http://127.0.0.1:4318/v1/traces</c>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>For https: PEM file with the only root that is trusted for it.</summary>
    public string TrustedRoot { get; set; } = "";

    /// <summary>For https: our client certificate.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <exception cref="InvalidOperationException">The section is wrong; the message says how.</exception>
    public void Demand()
    {
        bool isGood = Endpoint switch
        {
            null => true,
            { IsAbsoluteUri: true, Scheme: "http" } plain => IPAddress.TryParse(plain.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address),
            { IsAbsoluteUri: true, Scheme: "https" } => File.Exists(TrustedRoot) && File.Exists(Tls.Certificate) && File.Exists(Tls.Key),
            _ => false,
        };
        if (!isGood)
        {
            throw new InvalidOperationException(
                $"{Section}:Endpoint must be http://ADDRESS:PORT/PATH with a loopback address, or https with {Section}:TrustedRoot and {Section}:Tls.");
        }
    }
}
