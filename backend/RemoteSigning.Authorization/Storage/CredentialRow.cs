using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Storage;

/// <summary>Which factors a credential demands; written once, never changed.</summary>
internal sealed class CredentialRow
{
    public const string Explicit = "explicit";
    public const string OAuthCode = "oauth2code";

    public required string CredentialId { get; init; }

    /// <summary>Unique: one key cannot be had under weaker terms through a second credential.</summary>
    public required string KeyId { get; init; }

    public required string Signer { get; init; }

    public AccountRow? Account { get; init; }

    /// <summary>The SSA that registered it; another one cannot use it.</summary>
    public required string Ssa { get; init; }

    public required string Scal { get; init; }

    public required string AuthMode { get; init; }

    public required bool Pin { get; init; }

    public required bool Otp { get; init; }

    /// <summary>How its codes are sent (<see cref="OtpChannels"/>); null: an authenticator app makes them.</summary>
    public string? OtpChannel { get; init; }

    public required int Multisign { get; init; }

    /// <summary>One of <see cref="Contracts.Sam.KeyPolicies"/>.</summary>
    public required string Policy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether a device of the signer approves each signature, which only the SAM can check.</summary>
    public bool HasDevices => Policy == Contracts.Sam.KeyPolicies.Device;

    public bool BindsHashes => Scal == "2";
}
