namespace RemoteSigning.Pki.Data;

/// <summary>What <see cref="PkiEvent.Action"/> may say.</summary>
internal static class EventActions
{
    public const string CertificateIssued = "certificate_issued";
    public const string CertificateRevoked = "certificate_revoked";
    public const string RevocationListIssued = "revocation_list_issued";
}
