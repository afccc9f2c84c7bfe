using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>What the authorization server takes to be signed: known algorithms but SHA-1, digests of their length.</summary>
internal static class FakeEntries
{
    public static void Demand(IReadOnlyList<ActivationEntry> entries)
    {
        FakeRefusal.Unless(entries.Count > 0, Problem.InvalidRequest, ProblemCodes.Malformed);
        FakeRefusal.Unless(
            entries.All(e => DigestOf(e).Length == e.Digest.Length), Problem.DataLength, ProblemCodes.DigestLength);
    }

    public static void Demand(IReadOnlyList<byte[]> hashes, string? algorithm)
    {
        DigestAlgorithm[] possible = [.. DigestAlgorithm.All.Where(d => d != DigestAlgorithm.Sha1 && (algorithm is null || d.Oid == algorithm))];
        FakeRefusal.Unless(possible.Length > 0, Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported);
        FakeRefusal.Unless(hashes.All(h => possible.Any(d => d.Length == h.Length)), Problem.DataLength, ProblemCodes.DigestLength);
    }

    public static DigestAlgorithm DigestOf(ActivationEntry entry) =>
        SignatureAlgorithm.TryRead(entry.SignatureAlgorithm, entry.Parameters, null, out SignatureAlgorithm? algorithm)
            && algorithm.Digest != DigestAlgorithm.Sha1
            ? algorithm.Digest
            : throw new FakeRefusal(Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported);
}
