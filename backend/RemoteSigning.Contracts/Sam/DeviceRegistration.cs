using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// What a device answered to <c>navigator.credentials.create()</c> (WebAuthn, AuthenticatorAttestationResponse) for the
/// challenge of an assignment.
/// </summary>
/// <param name="ClientDataJson">As the client made it; base64 in JSON.</param>
/// <param name="AttestationObject">CBOR, with attestation <c>none</c> or self; base64 in JSON.</param>
public sealed record DeviceRegistration(
    [property: JsonRequired] byte[] ClientDataJson, [property: JsonRequired] byte[] AttestationObject)
{
    /// <summary>SHA-256 over both fields, each preceded by its length as 32-bit big-endian: what a SKAD vouches for.</summary>
    public byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (byte[] field in (ReadOnlySpan<byte[]>)[ClientDataJson, AttestationObject])
        {
            BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
            hash.AppendData(length);
            hash.AppendData(field);
        }

        return hash.GetHashAndReset();
    }
}
