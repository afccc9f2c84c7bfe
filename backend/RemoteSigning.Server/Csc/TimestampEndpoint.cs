using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>signatures/timestamp</c> (CSC API 1.0.4.0, 11.10): the token of the PKI's time-stamping authority.</summary>
internal static class TimestampEndpoint
{
    /// <summary>In hexadecimal digits; with a sign it still fits into what the authority takes.</summary>
    public const int MaximumNonce = 254;

    public static async Task<IResult> HandleAsync(
        HttpContext context, Callers callers, PkiClient pki, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        byte[] hash = Hash(body.RequiredString("hash"));
        ImprintAlgorithm algorithm = ImprintAlgorithm.FromOid(body.OptionalString("hashAlgo") ?? "") ?? throw InvalidAlgorithm();
        byte[]? nonce = body.OptionalString("nonce") is { } text ? Nonce(text) : null;
        body.CheckIgnored("clientData");
        if (hash.Length != algorithm.Length)
        {
            throw CscException.Invalid(CscErrors.DigestLengthText);
        }

        await callers.DemandAsync(context, accessToken, cancel);
        byte[] token = await StampAsync(pki, new TimestampQuery(algorithm.Oid, hash, nonce), cancel);
        return CscAnswer.Json(context, new TimestampResponse(Convert.ToBase64String(token)), CscJson.Default.TimestampResponse);
    }

    private static async Task<byte[]> StampAsync(PkiClient pki, TimestampQuery query, CancellationToken cancel)
    {
        try
        {
            return await pki.StampAsync(query, cancel);
        }
        catch (PeerException refusal) when (refusal.Code == ProblemCodes.AlgorithmUnsupported)
        {
            throw InvalidAlgorithm();
        }
    }

    private static byte[] Hash(string text) =>
        text.Length == 0 ? throw CscException.Invalid("Empty hash parameter")
        : Base64Text.TryDecode(text, out byte[]? hash) ? hash
        : throw CscException.Invalid("Invalid Base64 hash string parameter");

    /// <returns>The number, big-endian, in as few bytes as it needs.</returns>
    private static byte[] Nonce(string digits)
    {
        if (digits.Length is 0 or > MaximumNonce || !digits.All(char.IsAsciiHexDigit))
        {
            throw CscException.InvalidParameter("nonce");
        }

        byte[] number = Convert.FromHexString(digits.Length % 2 == 0 ? digits : "0" + digits);
        int zeros = number.AsSpan().IndexOfAnyExcept((byte)0);
        return zeros < 0 ? [0] : number[zeros..];
    }

    private static CscException InvalidAlgorithm() => CscException.InvalidParameter("hashAlgo");
}
