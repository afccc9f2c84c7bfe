using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// A compact JWS (RFC 7515, section 7.1) with ES256 and nothing else: the algorithm is pinned here, so a
/// header cannot choose <c>none</c> or a symmetric one. Disposing it wipes all that was decoded.
/// </summary>
public sealed class CompactJws : IDisposable
{
    private readonly WipedBuffer _decoded;
    private readonly Range _signingInput;
    private readonly Range _payload;
    private readonly Range _signature;

    private CompactJws(JwsHeader header, WipedBuffer decoded, Range signingInput, Range payload, Range signature)
    {
        Header = header;
        _decoded = decoded;
        _signingInput = signingInput;
        _payload = payload;
        _signature = signature;
    }

    public const string Algorithm = "ES256";

    public JwsHeader Header { get; }

    /// <summary>The payload, not to be believed before <see cref="Verify"/> said true.</summary>
    public ReadOnlySpan<byte> Payload => _decoded.Span[_payload];

    public static string Sign(string type, string keyId, ReadOnlySpan<byte> payload, ECDsa key)
    {
        byte[] header = JsonSerializer.SerializeToUtf8Bytes(
            new JwsHeader(Algorithm, type, keyId), ActivationJson.Default.JwsHeader);
        string input = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        byte[] signature = key.SignData(
            Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>Takes a compact form apart; false when it is not one, or not of <paramref name="type"/> and ES256.</summary>
    public static bool TryRead(ReadOnlySpan<char> compact, string type, [NotNullWhen(true)] out CompactJws? jws)
    {
        jws = null;
        Span<Range> parts = stackalloc Range[4];
        if (compact.Split(parts, '.') != 3)
        {
            return false;
        }

        WipedBuffer decoded = WipedBuffer.Rent(2 * compact.Length);
        try
        {
            jws = Read(compact, parts, type, decoded);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // It is none.
        }

        if (jws is null)
        {
            decoded.Dispose();
        }

        return jws is not null;
    }

    public bool Verify(ECDsa key) =>
        _signature.End.Value - _signature.Start.Value == 64
        && key.VerifyData(
            _decoded.Span[_signingInput],
            _decoded.Span[_signature],
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => _decoded.Dispose();

    /// <param name="decoded">Takes the signing input as it is, then what the three parts say; twice the compact form is enough.</param>
    private static CompactJws? Read(ReadOnlySpan<char> compact, ReadOnlySpan<Range> parts, string type, WipedBuffer decoded)
    {
        Range header = Decode(compact[parts[0]], decoded, 0);
        if (JsonSerializer.Deserialize(decoded.Span[header], ActivationJson.Default.JwsHeader) is not { Alg: Algorithm, Crit: null } read
            || read.Typ != type)
        {
            return null;
        }

        int inputLength = Encoding.ASCII.GetBytes(compact[..parts[1].End.Value], decoded.Span);
        Range payload = Decode(compact[parts[1]], decoded, inputLength);
        Range signature = Decode(compact[parts[2]], decoded, payload.End.Value);
        return new CompactJws(read, decoded, ..inputLength, payload, signature);
    }

    private static Range Decode(ReadOnlySpan<char> part, WipedBuffer into, int start) =>
        start..(start + Base64Url.DecodeFromChars(part, into.Span[start..]));
}
