using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Core.Card;

/// <summary>
/// Makes a card credential of what <c>credentials/info</c> tells (CSC v1, 11.5). As strict as the shim is with LIST, so
/// that the agent's log and commands say why a credential is missing.
/// </summary>
internal static class CredentialReader
{
    /// <summary>UTF-16 units; with three bytes each, the purpose and a number it stays below <see cref="CardProtocol.MaximumText"/>.</summary>
    private const int LongestLabel = 75;

    private const int LongestCodeDescription = 120;

    /// <param name="pinPerSignature">Signing keys that need the PIN want it for each signature.</param>
    /// <param name="allowSha1">SHA-1 is on the card where the server offers it; else it never is.</param>
    /// <exception cref="FormatException">The credential cannot be on the card; the message says why.</exception>
    /// <exception cref="CryptographicException">A certificate cannot be read.</exception>
    public static Credential Read(string id, CredentialsInfoResponse info, bool pinPerSignature, bool allowSha1)
    {
        if (info.AuthMode != "explicit")
        {
            throw new FormatException($"its authorization mode \"{DisplayText.Clean(info.AuthMode, 40)}\" needs a browser, which this agent does not drive");
        }

        if (id.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(id) > CardProtocol.MaximumText || id.Contains('\0', StringComparison.Ordinal))
        {
            throw new FormatException("its identifier is not 1 to 255 bytes");
        }

        bool needsOtp = info.Otp?.Presence == "true";
        X509Certificate2[] chain = ReadChain(info.Cert.Certificates);
        X509Certificate2 own = chain[0];
        bool needsPin = info.Pin?.Presence == "true";
        byte purpose = ReadPurpose(own);
        bool everyTime = pinPerSignature && needsPin && purpose == Credential.SignaturePurpose;
        (byte schemes, byte hashes) = ReadAlgorithms(info.Key.Algo, allowSha1);
        CardKey key = CardKey.Read(own);
        var onCard = new CardCredential(
            id, ReadLabel(info.Description, own, purpose), SHA256.HashData(own.PublicKey.ExportSubjectPublicKeyInfo())[..20],
            purpose, everyTime ? Credential.PinPerSignatureFlag : (byte)0, key.Type, key.Bits, key.A, key.B, schemes, hashes,
            [.. chain.Select(ToCard)]);
        return new Credential(onCard, own, needsPin, needsOtp, needsOtp ? ReadSentCode(info.Otp) : null, ReadUnusable(info));
    }

    /// <summary>How the server describes codes that it sends on request (CSC <c>online</c>); null for others.</summary>
    private static string? ReadSentCode(CredentialOtp? otp) => otp?.Type != "online" ? null
        : string.IsNullOrWhiteSpace(otp.Description) ? "A code was sent."
        : DisplayText.Clean(otp.Description.Trim(), LongestCodeDescription);

    private static string? ReadUnusable(CredentialsInfoResponse info) => (info.Key.Status, info.Cert.Status) switch
    {
        ("disabled", _) => "The key is disabled.",
        (_, "expired") => Credential.Expired,
        (_, "revoked") => "The certificate is revoked.",
        (_, "suspended") => "The certificate is suspended.",
        _ => null,
    };

    private static X509Certificate2[] ReadChain(IReadOnlyList<string>? certificates)
    {
        if (certificates is null || certificates.Count is 0 or > CardProtocol.MaximumCertificates)
        {
            throw new FormatException("it does not come with 1 to 10 certificates");
        }

        if (certificates.Any(c => c is null))
        {
            throw new FormatException("one of its certificates is null");
        }

        byte[][] encoded = [.. certificates.Select(Convert.FromBase64String)];
        return encoded.Any(der => der.Length > CardProtocol.MaximumCertificate)
            ? throw new FormatException("one of its certificates is larger than 16 KiB")
            : [.. encoded.Select(X509CertificateLoader.LoadCertificate)];
    }

    /// <summary>Content commitment makes a signing key; without it the key authenticates.</summary>
    private static byte ReadPurpose(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage
            && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.NonRepudiation)
            ? Credential.AuthenticationPurpose
            : Credential.SignaturePurpose;

    /// <summary>The enrollment's label (CSC <c>description</c>), else the subject's name and the purpose.</summary>
    private static string ReadLabel(string? description, X509Certificate2 certificate, byte purpose) =>
        string.IsNullOrWhiteSpace(description)
            ? $"{DisplayText.Clean(certificate.GetNameInfo(X509NameType.SimpleName, false), LongestLabel)} {(purpose == Credential.SignaturePurpose ? "signature" : "authentication")}"
            : DisplayText.Clean(description.Trim(), LongestLabel);

    /// <summary>
    /// <c>key.algo</c> names hash-bound and plain algorithms side by side; plain ones go with all hashes that any
    /// other entry binds, or with SHA-256, 384 and 512 when none does. What the server offers is cut by the agent's policy.
    /// </summary>
    private static (byte Schemes, byte Hashes) ReadAlgorithms(IReadOnlyList<string> oids, bool allowSha1)
    {
        int schemes = 0, hashes = 0;
        foreach (string oid in oids)
        {
            if (oid is Oids.Rsa or Oids.RsaPss or Oids.EcPublicKey)
            {
                schemes |= 1 << (int)(oid == Oids.Rsa ? SignatureScheme.RsaPkcs1 : oid == Oids.RsaPss ? SignatureScheme.RsaPss : SignatureScheme.Ecdsa);
            }
            else if (SignatureAlgorithm.TryRead(oid, [], null, out SignatureAlgorithm? bound))
            {
                schemes |= 1 << (int)bound.Scheme;
                hashes |= 1 << CardHash.Number(bound.Digest);
            }
        }

        if (schemes == 0)
        {
            throw new FormatException("none of its algorithms is known");
        }

        int offered = hashes == 0 ? 1 << 3 | 1 << 4 | 1 << 5 : hashes;
        int allowed = allowSha1 ? offered : offered & ~(1 << CardHash.Number(DigestAlgorithm.Sha1));
        return allowed == 0
            ? throw new FormatException("it signs over SHA-1 alone, which \"allowSha1\" does not allow")
            : ((byte)schemes, (byte)allowed);
    }

    private static CardCertificate ToCard(X509Certificate2 certificate)
    {
        var serial = new AsnWriter(AsnEncodingRules.DER);
        serial.WriteInteger(new BigInteger(certificate.SerialNumberBytes.Span, isBigEndian: true));
        if (serial.GetEncodedLength() > CardProtocol.MaximumText)
        {
            throw new FormatException("the serial number of one of its certificates is longer than 255 bytes");
        }

        return new CardCertificate(
            certificate.RawData, certificate.SubjectName.RawData, certificate.IssuerName.RawData, serial.Encode(),
            Date(certificate.NotBefore), Date(certificate.NotAfter));
    }

    private static string Date(DateTime local) => local.ToUniversalTime().ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}
