using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Cryptoki;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Authority;

/// <summary>
/// What the running process works with: the issuing CA, the keys of responder and time-stamping authority, and
/// certificates. The root's key is not among it; only <see cref="Ceremony"/> opens that.
/// </summary>
internal sealed class Authorities : IDisposable
{
    private readonly List<ResponderIdentity> _responders;

    private Authorities(
        CertificationAuthority issuing,
        X509Certificate2 root,
        RSA responderKey,
        List<ResponderIdentity> responders,
        TimestampIdentity? timestamping)
    {
        Issuing = issuing;
        Root = root;
        ResponderKey = responderKey;
        _responders = responders;
        Timestamping = timestamping;
    }

    public CertificationAuthority Issuing { get; }

    public X509Certificate2 Root { get; }

    /// <summary>Signs OCSP answers for both CAs, certified by each.</summary>
    public RSA ResponderKey { get; }

    /// <summary>One for each CA, the issuing one first.</summary>
    public IReadOnlyList<ResponderIdentity> Responders => _responders;

    /// <summary>Null where time-stamping is not offered.</summary>
    public TimestampIdentity? Timestamping { get; }

    /// <param name="timestamping">Whether time-stamping is offered.</param>
    /// <exception cref="CommandException">Records and token do not belong together, or <c>create</c> has not been run.</exception>
    public static async Task<Authorities> LoadAsync(PkiDatabase database, Hsm hsm, bool timestamping, CancellationToken cancel)
    {
        X509Certificate2 root = await LatestAsync(database, AuthorityNames.Root, ProfileNames.Root, cancel);
        X509Certificate2 issuing = await LatestAsync(database, AuthorityNames.Root, ProfileNames.Issuing, cancel);
        X509Certificate2 forIssuing = await LatestAsync(database, AuthorityNames.Issuing, ProfileNames.Responder, cancel);
        X509Certificate2 forRoot = await LatestAsync(database, AuthorityNames.Root, ProfileNames.Responder, cancel);
        RSA issuingKey = OpenRsa(hsm, KeyLabels.Issuing, issuing);
        RSA responderKey = OpenRsa(hsm, KeyLabels.Responder, forIssuing);
        return new Authorities(
            new CertificationAuthority(AuthorityNames.Issuing, issuing, issuingKey),
            root,
            responderKey,
            [
                new ResponderIdentity(AuthorityNames.Issuing, issuing, forIssuing),
                new ResponderIdentity(AuthorityNames.Root, root, forRoot),
            ],
            timestamping ? await TimestampIdentity.LoadAsync(database, hsm, cancel) : null);
    }

    /// <summary>The latest certificate of a kind.</summary>
    public static async Task<X509Certificate2> LatestAsync(
        PkiDatabase database, string issuer, string profile, CancellationToken cancel)
    {
        byte[] der = await database.Certificates
            .Where(c => c.Issuer == issuer && c.Profile == profile)
            .OrderByDescending(c => c.Id)
            .Select(c => c.Der)
            .FirstOrDefaultAsync(cancel)
            ?? throw new CommandException($"The database holds no certificate of the kind {profile}. Run the command create first.");
        return X509CertificateLoader.LoadCertificate(der);
    }

    /// <summary>The key under this label, if it is the one that is certified.</summary>
    /// <returns>An RSA or EC key, as the certificate says.</returns>
    public static AsymmetricAlgorithm Open(Hsm hsm, string label, X509Certificate2 certificate)
    {
        if (!hsm.Exists(label))
        {
            throw new CommandException($"The HSM token has no key {label}. Is Pki:Hsm the token with which create was run?");
        }

        AsymmetricAlgorithm key = TimestampKeys.Open(hsm, label, TimestampKeys.IsRsa(certificate));
        return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo())
            ? key
            : throw new CommandException(
                $"The key {label} in the HSM token is not the one in the certificate. Database and token belong to different ceremonies.");
    }

    /// <summary>As <see cref="Open"/>, of a CA or the responder, which all are RSA.</summary>
    public static RSA OpenRsa(Hsm hsm, string label, X509Certificate2 certificate) => (RSA)Open(hsm, label, certificate);

    public void Dispose()
    {
        Issuing.Dispose();
        Root.Dispose();
        ResponderKey.Dispose();
        Timestamping?.Dispose();
        _responders.ForEach(r => r.Certificate.Dispose());
    }
}
