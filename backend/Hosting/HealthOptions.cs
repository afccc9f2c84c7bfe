using System.Net;

namespace RemoteSigning.Hosting;

/// <summary>The section <c>Health</c>: a port of its own for liveness, readiness and metrics. Without <see cref="Listen"/> there is none.</summary>
internal sealed class HealthOptions
{
    /// <summary><c>http://ADDRESS:PORT</c> on a loopback address, or <c>https://ADDRESS:PORT</c> with the members below.</summary>
    public Uri? Listen { get; set; }

    /// <summary>For https.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <summary>PEM files with the public keys of the TLS clients that may ask; for https.</summary>
    public IList<string> Callers { get; } = [];

    /// <summary>What is wrong, a sentence each; what is told here is for nobody outside, so plain HTTP never leaves the machine.</summary>
    /// <param name="section">Name of the section, as in <c>Sam:Health</c>.</param>
    public IEnumerable<string> Flaws(string section)
    {
        if (Listen is null)
        {
            yield break;
        }

        if (!Listen.IsAbsoluteUri || Listen.PathAndQuery != "/" || !IPAddress.TryParse(Listen.Host.Trim('[', ']'), out IPAddress? address)
            || Listen.Scheme is not ("http" or "https"))
        {
            yield return $"{section}:Listen must be http://ADDRESS:PORT or https://ADDRESS:PORT with a numeric address.";
        }
        else if (Listen.Scheme == "http" && !IPAddress.IsLoopback(address))
        {
            yield return $"{section}:Listen with http must be a loopback address; elsewhere it takes https.";
        }
        else if (Listen.Scheme == "https" && (Callers.Count == 0 || !Callers.Append(Tls.Certificate).Append(Tls.Key).All(File.Exists)))
        {
            yield return $"{section}:Listen with https needs {section}:Tls and {section}:Callers, all of them existing files.";
        }
    }
}
