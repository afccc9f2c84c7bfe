using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Pki.Authority;

/// <summary>Kinds of certificates. The signers' two are EST labels as well.</summary>
internal static class ProfileNames
{
    public const string Root = "root";
    public const string Issuing = "issuing";
    public const string Responder = "responder";
    public const string Timestamping = "timestamping";
    public const string Signature = KeyPurposes.Signature;
    public const string Authentication = KeyPurposes.Authentication;
}
