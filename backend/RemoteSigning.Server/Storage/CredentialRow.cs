using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Server.Storage;

/// <summary>A credential: the newest sealed key object, its certificate, and the factors it demands.</summary>
internal sealed class CredentialRow
{
    public const string Moved = "moved";
    public const string Newest = "newest";

    /// <summary>Opaque and random: 32 lower-case hex digits.</summary>
    public required string Id { get; init; }

    public required string SignerId { get; init; }

    public SignerRow? Signer { get; init; }

    public required CredentialState State { get; set; }

    public required string Label { get; init; }

    /// <summary>One of <see cref="KeyPurposes"/>.</summary>
    public required string Purpose { get; init; }

    /// <summary>CSC <c>SCAL</c>, <c>1</c> or <c>2</c>.</summary>
    public required string Scal { get; init; }

    /// <summary><c>explicit</c> or <c>oauth2code</c>.</summary>
    public required string AuthMode { get; init; }

    public required bool Pin { get; init; }

    public required bool Otp { get; init; }

    /// <summary>One of <see cref="OtpChannels"/>; null: an authenticator app makes the codes.</summary>
    public string? OtpChannel { get; init; }

    public required int Multisign { get; init; }

    /// <summary>One of <see cref="KeyPolicies"/>.</summary>
    public required string Policy { get; init; }

    /// <summary>Policy device: what the devices are to answer; absent otherwise.</summary>
    public DeviceRegistrationRow? DeviceRegistration { get; set; }

    /// <summary>The devices that the SAM recorded when it assigned the key.</summary>
    public List<DeviceRow> Devices { get; init; } = [];

    /// <summary>RFC 4514, as it stands in the sealed object and the certificate.</summary>
    public required string Subject { get; init; }

    /// <summary>Whether the key is enabled in the SAM.</summary>
    public bool Enabled { get; set; }

    public string? KeyId { get; set; }

    /// <summary>Version of the key object; rises with each change.</summary>
    public int KeyVersion { get; set; }

    /// <summary>SubjectPublicKeyInfo, PEM.</summary>
    public string? PublicKey { get; set; }

    public byte[]? SealedKey { get; set; }

    /// <summary>The newest <see cref="ResealRunRow"/> that visited the key.</summary>
    public long? ResealRun { get; set; }

    /// <summary>What became of it then: <see cref="Moved"/>, <see cref="Newest"/>, or the SAM's code.</summary>
    public string? ResealOutcome { get; set; }

    /// <summary>DER.</summary>
    public byte[]? Certificate { get; set; }

    /// <summary>DER of the issuers, from the certificate's own up to and including the root.</summary>
    public IReadOnlyList<byte[]> Issuers { get; set; } = [];

    public DateTimeOffset? NotBefore { get; set; }

    public DateTimeOffset? NotAfter { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The newest key object, as the SAM takes it.</summary>
    public KeyPair KeyPair => KeyId is not null && PublicKey is not null && SealedKey is not null
        ? new KeyPair(KeyVersion, KeyId, PublicKey, SealedKey)
        : throw new InvalidOperationException($"The credential {Id} has no key object.");

    public void Store(KeyPair keyPair)
    {
        KeyId = keyPair.KeyId;
        KeyVersion = keyPair.Version;
        PublicKey = keyPair.PublicKey;
        SealedKey = keyPair.Sealed;
    }
}
