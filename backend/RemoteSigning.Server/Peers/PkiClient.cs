using System.Formats.Asn1;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;

namespace RemoteSigning.Server.Peers;

/// <summary>The PKI: enrollment over secure transport (RFC 7030) as a registration authority, revocation, time stamps.</summary>
internal sealed class PkiClient(HttpClient http)
{
    public const string Name = "The PKI";

    private readonly Peer _peer = new(Name, http);

    /// <summary>EST <c>cacerts</c> (RFC 7030, 4.1).</summary>
    public async Task<X509Certificate2Collection> GetAuthoritiesAsync(CancellationToken cancel)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/.well-known/est/cacerts");
        return ReadCertificates(await _peer.SendAsync(message, cancel));
    }

    /// <summary>EST <c>simpleenroll</c> (RFC 7030, 4.2) under a label that is the purpose of the key.</summary>
    /// <param name="request">A DER PKCS#10 request.</param>
    public async Task<X509Certificate2Collection> EnrollAsync(string purpose, byte[] request, CancellationToken cancel)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(Convert.ToBase64String(request)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        content.Headers.Add("Content-Transfer-Encoding", "base64");
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/.well-known/est/{purpose}/simpleenroll") { Content = content };
        return ReadCertificates(await _peer.SendAsync(message, cancel));
    }

    public Task RevokeAsync(RevocationRequest request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/pki/v1/revocations", request, PkiJson.Default.RevocationRequest, null, cancel);

    /// <summary>RFC 3161, at the listener that knows us: nobody on the way can answer in the authority's place.</summary>
    /// <returns>TimeStampToken.</returns>
    public async Task<byte[]> StampAsync(TimestampQuery query, CancellationToken cancel)
    {
        var content = new ByteArrayContent(query.Write());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
        using var message = new HttpRequestMessage(HttpMethod.Post, "/tsa") { Content = content };
        return query.ReadToken(await _peer.SendAsync(message, cancel));
    }

    private static X509Certificate2Collection ReadCertificates(byte[] base64)
    {
        try
        {
            return CertificatesOnly.Read(Convert.FromBase64String(Encoding.ASCII.GetString(base64)));
        }
        catch (Exception e) when (e is FormatException or CryptographicException or AsnContentException)
        {
            throw new PeerException(
                Name, PeerOutcome.Unknown, Problem.Unavailable, ProblemCodes.OutcomeUnknown, $"{Name} gave an answer that cannot be read.", cause: e);
        }
    }
}
