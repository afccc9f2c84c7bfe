using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary>Reads the algorithm of a request and checks that the key may sign with it.</summary>
internal static class RequestedAlgorithm
{
    /// <param name="oid">Leaves nothing open but PSS parameters; null is refused.</param>
    /// <exception cref="ProblemException">The algorithm is unknown, or not for this kind of key.</exception>
    public static SignatureAlgorithm Read(KeyAlgorithm key, string? oid, byte[]? parameters, StaticConfiguration policy)
    {
        if (oid is null || !SignatureAlgorithm.TryRead(oid, parameters, null, out SignatureAlgorithm? algorithm))
        {
            throw Refusals.Create(ProblemCodes.AlgorithmUnsupported, "the signature algorithm is missing, unknown, or has wrong parameters");
        }

        key.CheckFits(algorithm, policy.AllowSha1);
        return algorithm;
    }
}
