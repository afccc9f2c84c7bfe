using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Devices;

namespace RemoteSigning.Sam.Keys;

/// <summary>What is sealed in a key object. A change makes the next version; nothing is ever changed in place.</summary>
internal sealed record SealedKey
{
    /// <summary>The version that an assignment makes.</summary>
    public const int FirstAssigned = 2;

    /// <summary>32 lower-case hex digits.</summary>
    public required string KeyId { get; init; }

    public required int Version { get; init; }

    public required KeyAlgorithm Algorithm { get; init; }

    public required byte[] PublicKeyInfo { get; init; }

    /// <summary>Which generation of the key-encryption key the private key is under; the first is 1.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>The private key under the key-encryption key of the HSM.</summary>
    public required byte[] WrappedPrivateKey { get; init; }

    /// <summary>Who it belongs to; null before assignment.</summary>
    public KeyOwner? Owner { get; init; }

    /// <summary>The certificate that was issued for it; null before certification.</summary>
    public CertifiedBy? Certificate { get; init; }

    public bool IsEnabled { get; init; }

    public bool IsCertified => Certificate is not null;

    /// <summary>What an assignment fixes for good.</summary>
    /// <param name="Signer">The signer's id.</param>
    /// <param name="Subject">DER of the Name that the certificate must have.</param>
    /// <param name="Purpose">One of <see cref="KeyPurposes"/>.</param>
    /// <param name="Policy">One of <see cref="KeyPolicies"/>.</param>
    internal sealed record KeyOwner(string Signer, byte[] Subject, string Purpose, string Policy)
    {
        /// <summary>Who approves each signature; empty unless the policy is <see cref="KeyPolicies.Device"/>.</summary>
        public IReadOnlyList<Device> Devices { get; init; } = [];
    }

    /// <param name="Digest">SHA-256 of the certificate.</param>
    /// <param name="NotAfter">Unix seconds; no signature after it.</param>
    internal sealed record CertifiedBy(byte[] Digest, long NotAfter);
}
