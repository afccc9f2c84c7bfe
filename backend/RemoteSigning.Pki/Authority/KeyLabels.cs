namespace RemoteSigning.Pki.Authority;

/// <summary>CKA_LABEL of each key in the PKI's own token.</summary>
internal static class KeyLabels
{
    public const string Root = "pki-root";
    public const string Issuing = "pki-issuing";
    public const string Responder = "pki-ocsp";

    public static IReadOnlyList<string> All { get; } = [Root, Issuing, Responder];
}
