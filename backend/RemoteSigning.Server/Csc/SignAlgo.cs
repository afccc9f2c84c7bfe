using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Reads <c>signAlgo</c>, <c>signAlgoParams</c> and <c>hashAlgo</c> (as the version calls it) into an algorithm that leaves nothing open.
/// <c>hashAlgo</c> is needed for plain RSA only; elsewhere it may be left out, but must not contradict.
/// </summary>
internal static class SignAlgo
{
    public static SignatureAlgorithm Read(CscRequest body)
    {
        string oid = body.RequiredString("signAlgo");
        string? parametersText = body.OptionalString("signAlgoParams", () => CscException.Missing("string", "signAlgoParams"));
        string hashName = body.Face.HashAlgorithm;
        string? hashAlgo = body.OptionalString(hashName, () => CscException.Missing("string", hashName));
        if (!KeyInfo.AllAlgorithmOids.Contains(oid))
        {
            throw CscException.InvalidParameter("signAlgo");
        }

        if (oid == Oids.RsaPss && parametersText is null)
        {
            throw CscException.Missing("string", "signAlgoParams");
        }

        byte[]? parameters = [];
        if (parametersText is not null && !Base64Text.TryDecode(parametersText, out parameters))
        {
            throw CscException.InvalidParameter("signAlgoParams");
        }

        if (oid == Oids.Rsa && hashAlgo is null)
        {
            throw CscException.Missing("string", hashName);
        }

        if (hashAlgo is not null && !KeyInfo.Digests.Any(d => d.Oid == hashAlgo))
        {
            throw CscException.InvalidParameter(hashName);
        }

        SignatureAlgorithm algorithm = Normalise(oid, parameters, hashAlgo);
        return hashAlgo is null || hashAlgo == algorithm.Digest.Oid ? algorithm : throw CscException.InvalidParameter(hashName);
    }

    private static SignatureAlgorithm Normalise(string oid, byte[] parameters, string? hashAlgo)
    {
        // With its digest given, plain RSA can only fail because of parameters that it does not have.
        if (!SignatureAlgorithm.TryRead(oid, parameters, oid == Oids.Rsa ? hashAlgo : null, out SignatureAlgorithm? algorithm)
            || !KeyInfo.Digests.Contains(algorithm.Digest))
        {
            throw CscException.InvalidParameter("signAlgoParams");
        }

        return algorithm;
    }
}
