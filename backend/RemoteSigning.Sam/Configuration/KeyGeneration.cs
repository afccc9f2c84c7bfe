namespace RemoteSigning.Sam.Configuration;

/// <summary>One generation of the key-encryption key, as an infrastructure file has it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Label">In the token.</param>
/// <param name="Proof">A key of nobody that it must unwrap; null where an older program made the file, or before it was made.</param>
/// <param name="Travelling">The key itself, wrapped under the transport key; null where it never leaves the HSM.</param>
/// <param name="IsRetired">Nothing under it is used any more.</param>
internal sealed record KeyGeneration(int Number, string Label, InfrastructureFile.KeyProof? Proof, byte[]? Travelling, bool IsRetired)
{
    /// <summary>True when a later file may have the other one in its place: the same key, and not taken back from retirement.</summary>
    public bool IsContinuedBy(KeyGeneration other) =>
        (Number, Label) == (other.Number, other.Label)
        && Travelling.AsSpan().SequenceEqual(other.Travelling)
        && (Proof is null || (other.Proof is { } proof
            && Proof.Wrapped.AsSpan().SequenceEqual(proof.Wrapped) && Proof.PublicKeyInfo.AsSpan().SequenceEqual(proof.PublicKeyInfo)))
        && (!IsRetired || other.IsRetired);
}
