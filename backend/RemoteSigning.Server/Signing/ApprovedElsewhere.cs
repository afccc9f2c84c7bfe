using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Server.Signing;

/// <summary>What a device approved before signHash was called: exactly these hashes, with exactly this algorithm.</summary>
internal sealed record ApprovedElsewhere(DeviceConsent Consent, string Algorithm, byte[] Parameters, IReadOnlyList<byte[]> Hashes)
{
    public bool Covers(SignatureAlgorithm algorithm) =>
        algorithm.Oid == Algorithm && algorithm.Parameters().AsSpan().SequenceEqual(Parameters);

    /// <summary>Order is free, multiplicity counts.</summary>
    public bool Covers(IReadOnlyList<byte[]> hashes) =>
        Hashes.Select(Convert.ToHexString).Order(StringComparer.Ordinal).SequenceEqual(hashes.Select(Convert.ToHexString).Order(StringComparer.Ordinal));
}
