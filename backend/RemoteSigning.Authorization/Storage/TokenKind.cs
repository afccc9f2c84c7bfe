namespace RemoteSigning.Authorization.Storage;

/// <summary>Stored as a number.</summary>
internal enum TokenKind
{
    Access = 1,
    Refresh = 2,
}
