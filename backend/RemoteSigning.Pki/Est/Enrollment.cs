using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Est;

/// <summary>Certifies signers' keys at the word of a registration authority.</summary>
internal sealed partial class Enrollment(
    IDbContextFactory<PkiDatabase> databases,
    Authorities authorities,
    CertificateProfiles profiles,
    PkiOptions options,
    TimeProvider clock,
    ILogger<Enrollment> logger)
{
    /// <summary>Clocks that are a little slow shall find a new certificate valid.</summary>
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    private const int KeyCompromise = (int)X509RevocationReason.KeyCompromise;

    /// <param name="request">DER PKCS#10.</param>
    /// <returns>The certificate, recorded.</returns>
    /// <exception cref="ProblemException">The request is refused.</exception>
    public async Task<X509Certificate2> EnrollAsync(
        RegisteredClient caller, string profile, ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        CertificationRequest wanted = CertificationRequest.Read(request);
        DateTimeOffset now = clock.GetUtcNow();
        if (now >= authorities.Issuing.Certificate.NotAfter)
        {
            throw new ProblemException(Problem.Unavailable, ProblemCodes.ServiceUnavailable, "The issuing CA has expired.");
        }

        await using PkiDatabase database = await databases.CreateDbContextAsync(cancel);
        await CheckKeyAsync(database, wanted.PublicKeyInfo, profile, cancel);
        X509Certificate2 certificate = authorities.Issuing.Sign(
            profiles.Signer(profile, wanted, authorities.Issuing.Certificate), now - Backdating, now + options.CertificateLifetime);
        database.Add(certificate, AuthorityNames.Issuing, profile, caller.Id, now);
        await database.SaveChangesAsync(cancel);
        LogIssued(certificate.SerialNumber, profile, caller.Id);
        return certificate;
    }

    /// <summary>A key has one purpose for good, and none once it was compromised. Our own keys are keys of another purpose.</summary>
    private static async Task CheckKeyAsync(PkiDatabase database, byte[] publicKeyInfo, string profile, CancellationToken cancel)
    {
        byte[] digest = SHA256.HashData(publicKeyInfo);
        IQueryable<IssuedCertificate> others = database.Certificates.Where(
            c => c.PublicKeyDigest == digest && (c.Profile != profile || c.RevocationReason == KeyCompromise));
        if (await others.AnyAsync(cancel))
        {
            throw new ProblemException(
                Problem.NotAllowed, ProblemCodes.Conflict, "The key is certified for another purpose, or was revoked as compromised.");
        }
    }

    [LoggerMessage(4001, LogLevel.Information, "Issued {SerialNumber} ({Profile}) for {Caller}")]
    private partial void LogIssued(string serialNumber, string profile, string caller);
}
