using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Credentials;

/// <summary>A credential that is ready, as the CSC API sees it.</summary>
internal sealed record Credential(
    string Id,
    string Signer,
    string Label,
    string Purpose,
    string Scal,
    string AuthMode,
    bool Pin,
    bool Otp,
    string? OtpChannel,
    int Multisign,
    string Policy,
    IReadOnlyList<byte[]> Devices,
    string Subject,
    bool Enabled,
    KeyPair KeyPair,
    KeyInfo Key,
    byte[] Certificate,
    IReadOnlyList<byte[]> Issuers,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    /// <summary>CSC <c>SCAL</c> 2: each signature is approved together with its hash.</summary>
    public bool IsHashBound => Scal == "2";

    /// <summary>Whether a device of the signer approves each signature (docs/sam/device-keys.md).</summary>
    public bool HasDevices => Policy == KeyPolicies.Device;

    public bool IsExplicit => AuthMode == "explicit";

    public static Credential From(CredentialRow row)
    {
        if (row is not { State: CredentialState.Ready, Certificate: not null, NotBefore: not null, NotAfter: not null })
        {
            throw new InvalidOperationException($"The credential {row.Id} is {row.State}, but stored incompletely.");
        }

        KeyPair keyPair = row.KeyPair;
        return new Credential(
            row.Id, row.SignerId, row.Label, row.Purpose, row.Scal, row.AuthMode, row.Pin, row.Otp, row.OtpChannel, row.Multisign, row.Policy,
            [.. row.Devices.OrderBy(d => d.EnrolledAt).Select(d => d.DeviceId)], row.Subject,
            row.Enabled, keyPair, KeyInfo.Of(keyPair.PublicKey), row.Certificate, row.Issuers, row.NotBefore.Value, row.NotAfter.Value);
    }

    public bool IsExpired(DateTimeOffset now) => now > NotAfter;
}
