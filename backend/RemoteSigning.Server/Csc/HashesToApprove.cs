using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>The digests that a SAD is wanted for; none at SCAL 1, where a client need not tell them.</summary>
/// <param name="Algorithm">OID, when the client named one.</param>
internal sealed record HashesToApprove(IReadOnlyList<byte[]>? Values, string? Algorithm)
{
    public static HashesToApprove Read(CscRequest body)
    {
        DigestAlgorithm? algorithm = body.Face.ReadApprovedDigest(body);
        IReadOnlyList<byte[]>? hashes = body.OptionalHashes();
        if (hashes is { Count: 0 })
        {
            throw CscException.Invalid("Empty hash array");
        }

        // Where no algorithm is named, no other length than theirs can ever be signed.
        IReadOnlyList<DigestAlgorithm> possible = algorithm is null ? KeyInfo.Digests : [algorithm];
        return hashes is null || hashes.All(h => possible.Any(d => d.Length == h.Length))
            ? new HashesToApprove(hashes, algorithm?.Oid)
            : throw CscException.Invalid(CscErrors.DigestLengthText);
    }
}
