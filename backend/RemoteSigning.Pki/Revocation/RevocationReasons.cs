using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Pki.Revocation;

/// <summary>CRLReason (RFC 5280, 5.3.1): those that end a signer's certificate for good.</summary>
internal static class RevocationReasons
{
    public const int Unspecified = 0;

    public static bool IsAllowed(int reason) => reason is Unspecified or 1 or 3 or 4 or 5 or 9;

    /// <summary>Unspecified is not written out ("should be absent"); all others have the number of the same name.</summary>
    public static X509RevocationReason? ToWire(int? reason) =>
        reason is null or Unspecified ? null : (X509RevocationReason)reason.Value;
}
