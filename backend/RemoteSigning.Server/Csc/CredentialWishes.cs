namespace RemoteSigning.Server.Csc;

/// <summary>What a caller wants to know of a credential.</summary>
/// <param name="Certificates"><c>none</c>, <c>single</c> (default) or <c>chain</c>.</param>
internal sealed record CredentialWishes(string Certificates, bool CertInfo, bool AuthInfo)
{
    public static CredentialWishes Read(CscRequest request)
    {
        var wishes = new CredentialWishes(
            request.OptionalString("certificates") ?? "single",
            request.OptionalBoolean("certInfo", absent: false),
            request.OptionalBoolean("authInfo", absent: false));
        return wishes.Certificates is "none" or "single" or "chain" ? wishes : throw CscException.InvalidParameter("certificates");
    }
}
