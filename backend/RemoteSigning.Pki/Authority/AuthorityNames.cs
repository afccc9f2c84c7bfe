namespace RemoteSigning.Pki.Authority;

/// <summary>Our two certification authorities, as they are called in records, addresses and file names.</summary>
internal static class AuthorityNames
{
    public const string Root = "root";
    public const string Issuing = "issuing";
}
