using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Authorization.Api;

/// <summary>What may be asked to be signed: known algorithms, digests of exactly their length, no SHA-1.</summary>
internal static class ActivationEntries
{
    /// <summary>Most signatures in one request and in one transaction.</summary>
    public const int Maximum = 1000;

    public static void Demand(IReadOnlyList<ActivationEntry> entries)
    {
        if (entries.Count == 0 || entries.Any(e => e?.Digest is null || e.SignatureAlgorithm is null))
        {
            throw Names.Malformed("entries holds at least one entry with an algorithm and a digest.");
        }

        if (entries.Count > Maximum)
        {
            throw CountTooHigh();
        }

        foreach (ActivationEntry entry in entries)
        {
            if (DigestOf(entry).Length != entry.Digest.Length)
            {
                throw new ProblemException(
                    Problem.DataLength, ProblemCodes.DigestLength, "A digest has not the length of its algorithm.");
            }
        }
    }

    /// <summary>The digest algorithm that an entry's signature algorithm fixes.</summary>
    public static DigestAlgorithm DigestOf(ActivationEntry entry) =>
        SignatureAlgorithm.TryRead(entry.SignatureAlgorithm, entry.Parameters, null, out SignatureAlgorithm? algorithm)
            ? DemandSafe(algorithm.Digest)
            : throw Unsupported();

    /// <summary>The digests of a transaction: of the named algorithm, or of any that is known.</summary>
    public static void Demand(IReadOnlyList<byte[]> digests, string? algorithm)
    {
        int[] lengths = algorithm is null
            ? [.. DigestAlgorithm.All.Where(IsSafe).Select(d => d.Length)]
            : [DemandSafe(DigestAlgorithm.FromOid(algorithm)).Length];
        if (digests.Any(d => d is null))
        {
            throw Names.Malformed("hashes holds digests in base64.");
        }

        if (digests.Any(d => !lengths.Contains(d.Length)))
        {
            throw new ProblemException(
                Problem.DataLength, ProblemCodes.DigestLength, "A digest has not the length of its algorithm.");
        }
    }

    public static ProblemException CountTooHigh() =>
        new(Problem.LimitReached, ProblemCodes.CountTooHigh, "These are more signatures than are allowed.");

    public static ProblemException HashNotAuthorized() =>
        new(Problem.InvalidRequest, ProblemCodes.HashNotAuthorized, "A hash is not authorized by the SAD.");

    private static DigestAlgorithm DemandSafe(DigestAlgorithm? digest) =>
        digest is not null && IsSafe(digest) ? digest : throw Unsupported();

    private static bool IsSafe(DigestAlgorithm digest) => digest != DigestAlgorithm.Sha1;

    private static ProblemException Unsupported() =>
        new(Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported, "The algorithm is not supported.");
}
