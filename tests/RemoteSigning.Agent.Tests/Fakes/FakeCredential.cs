using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>A credential of the fake server, with a real key.</summary>
internal sealed class FakeCredential(string id, AsymmetricAlgorithm key, IReadOnlyList<string> chain)
{
    public string Id { get; } = id;

    public string? Label { get; set; }

    public bool NeedsPin { get; set; } = true;

    public bool NeedsOtp { get; set; }

    /// <summary>Codes are sent on request, as this says; null: an app makes them.</summary>
    public string? SentCode { get; set; }

    public string AuthMode { get; set; } = "explicit";

    public string KeyStatus { get; set; } = "enabled";

    public string CertificateStatus { get; set; } = "valid";

    public IReadOnlyList<string> Chain { get; set; } = chain;

    /// <summary>What <c>key/algo</c> names.</summary>
    public IReadOnlyList<string> Algorithms { get; set; } = key is RSA
        ? [Oids.Rsa, Oids.Sha256WithRsa, Oids.Sha384WithRsa, Oids.Sha512WithRsa, Oids.RsaPss]
        : [Oids.EcdsaWithSha256, Oids.EcdsaWithSha384, Oids.EcdsaWithSha512];

    public CredentialsInfoResponse Info() => new(
        Label,
        new CredentialKey(KeyStatus, Algorithms, key.KeySize, null),
        new CredentialCertificate(CertificateStatus, Chain, null, null, null, null, null),
        AuthMode, "1",
        new CredentialPin(NeedsPin ? "true" : "false", "N", null, null),
        new CredentialOtp(NeedsOtp ? "true" : "false", SentCode is null ? "offline" : "online", "N", null, SentCode, null, null),
        1, "en-US");

    /// <summary>As the server answers: RSA as long as the modulus, ECDSA as DER.</summary>
    public byte[] Sign(SignatureAlgorithm algorithm, byte[] digest) => (key, algorithm.Scheme) switch
    {
        (RSA rsa, SignatureScheme.RsaPkcs1) => rsa.SignHash(digest, algorithm.Digest.Name, RSASignaturePadding.Pkcs1),
        (RSA rsa, SignatureScheme.RsaPss) => PssSignature.Make(rsa, algorithm, digest),
        (ECDsa ec, SignatureScheme.Ecdsa) => ec.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence),
        _ => throw new InvalidOperationException($"{Id} cannot do {algorithm.Scheme}."),
    };
}
