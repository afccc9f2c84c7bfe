using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Ocsp;

/// <summary>Answers from the records themselves, so an answer is never older than the request.</summary>
internal sealed partial class OcspResponder(
    IDbContextFactory<PkiDatabase> databases,
    Authorities authorities,
    OcspCache cache,
    PkiOptions options,
    TimeProvider clock,
    ILogger<OcspResponder> logger)
{
    /// <param name="der">What came as OCSPRequest.</param>
    /// <returns>OCSPResponse; errors too are answers.</returns>
    public async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> der, CancellationToken cancel)
    {
        if (OcspRequest.TryRead(der) is not { } request)
        {
            return OcspResponse.Error(OcspResponseStatus.MalformedRequest);
        }

        foreach (CertificateIdentifier certificate in request.Certificates)
        {
            LogAsked(certificate.SerialNumber);
        }

        try
        {
            return request is { Nonce: null, Certificates.Count: 1 }
                ? await AnswerCachedAsync(request, cancel)
                : await AnswerAsync(request, cancel);
        }
        catch (Exception e) when (Outage.Is(e))
        {
            LogOutage(e);
            return OcspResponse.Error(OcspResponseStatus.TryLater);
        }
    }

    private async Task<byte[]> AnswerCachedAsync(OcspRequest request, CancellationToken cancel)
    {
        string name = Convert.ToBase64String(SHA256.HashData(request.Certificates[0].Encoded.Span));
        long generation = cache.Generation;
        if (cache.Find(name) is { } known)
        {
            return known;
        }

        byte[] answer = await AnswerAsync(request, cancel);
        cache.Add(name, answer, generation);
        return answer;
    }

    private async Task<byte[]> AnswerAsync(OcspRequest request, CancellationToken cancel)
    {
        var statuses = new List<CertificateStatus>();
        var asked = new HashSet<ResponderIdentity>();
        await using PkiDatabase database = await databases.CreateDbContextAsync(cancel);
        foreach (CertificateIdentifier certificate in request.Certificates)
        {
            ResponderIdentity? responder = authorities.Responders.FirstOrDefault(
                r => r.IsIssuer(certificate.HashOid, certificate.NameHash, certificate.KeyHash));
            statuses.Add(responder is null
                ? new CertificateStatus(certificate, false, null, null)
                : await FindAsync(database, responder.Authority, certificate, cancel));

            // About certificates of others the issuing CA's responder says that it does not know them.
            asked.Add(responder ?? authorities.Responders[0]);
        }

        DateTimeOffset now = clock.GetUtcNow();
        List<X509Certificate2> responders = [.. asked.Select(r => r.Certificate)];
        DateTimeOffset end = responders.Min(c => new DateTimeOffset(c.NotAfter));
        if (now >= end)
        {
            LogExpired(end);
            return OcspResponse.Error(OcspResponseStatus.InternalError);
        }

        DateTimeOffset nextUpdate = now + options.OcspLifetime;
        return OcspResponse.Sign(
            statuses, request.Nonce, now, nextUpdate < end ? nextUpdate : end, authorities.ResponderKey, responders);
    }

    private static async Task<CertificateStatus> FindAsync(
        PkiDatabase database, string issuer, CertificateIdentifier certificate, CancellationToken cancel)
    {
        var found = await database.Certificates
            .Where(c => c.Issuer == issuer && c.SerialNumber == certificate.SerialNumber)
            .Select(c => new { c.RevokedAt, c.RevocationReason })
            .FirstOrDefaultAsync(cancel);
        return new CertificateStatus(certificate, found is not null, found?.RevokedAt, found?.RevocationReason);
    }

    [LoggerMessage(4007, LogLevel.Debug, "OCSP was asked for {SerialNumber}")]
    private partial void LogAsked(string serialNumber);

    [LoggerMessage(4004, LogLevel.Error, "OCSP cannot answer now")]
    private partial void LogOutage(Exception exception);

    [LoggerMessage(4005, LogLevel.Critical, "The OCSP responder's certificate ended at {End}. Run the command renew and start again")]
    private partial void LogExpired(DateTimeOffset end);
}
