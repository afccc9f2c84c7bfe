namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>An account.</summary>
/// <param name="Signer">Its id.</param>
/// <param name="TotpSecret">Base32, where there is one.</param>
internal sealed record ContractSigner(string Signer, string Email, string Password, string? TotpSecret = null)
{
    public const string Pin = "12345678";
    public const string WrongPin = "87654321";

    public static string KeyOf(string credential) => $"key-of-{credential}";
}
