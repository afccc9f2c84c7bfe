using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>
/// Signers with one credential for authentication each: a browser that is told to select by itself takes any certificate that fits.
/// </summary>
internal static class TlsSigners
{
    public static IReadOnlyList<SampleSigner> All { get; } =
    [
        Signer("RSA-2048", new KeyTemplate("RSA", Size: 2048)),
        Signer("RSA-4096", new KeyTemplate("RSA", Size: 4096)),
        Signer("P-256", new KeyTemplate("ECDSA", NamedCurve: "secp256r1")),
        Signer("P-384", new KeyTemplate("ECDSA", NamedCurve: "secp384r1")),
    ];

    public static string Email(string algorithm) => $"{algorithm.ToLowerInvariant()}.signer@example.com";

    private static SampleSigner Signer(string algorithm, KeyTemplate key) => new(
        Email(algorithm), "Sample", "Signer", [new SampleCredential(algorithm, key, KeyPurposes.Authentication)]);
}
