namespace RemoteSigning.Pki.Authority;

/// <summary>CKA_LABEL of each key in the PKI's own token.</summary>
internal static class KeyLabels
{
    public const string Root = "pki-root";
    public const string Issuing = "pki-issuing";
    public const string Responder = "pki-ocsp";

    /// <summary>What a ceremony must not find in a token.</summary>
    public static IReadOnlyList<string> All { get; } = [Root, Issuing, Responder, Timestamping(1)];

    /// <summary>The time-stamping authority has a new key after each renewal.</summary>
    /// <param name="number">From 1.</param>
    public static string Timestamping(int number) => $"pki-tsa-{number}";
}
