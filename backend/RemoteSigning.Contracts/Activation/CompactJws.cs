using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// A compact JWS (RFC 7515, section 7.1) with ES256 and nothing else: the algorithm is pinned here, so a
/// header cannot choose <c>none</c> or a symmetric one.
/// </summary>
public sealed class CompactJws
{
    private readonly byte[] _signingInput;
    private readonly byte[] _signature;

    private CompactJws(JwsHeader header, byte[] payload, byte[] signingInput, byte[] signature)
    {
        Header = header;
        Payload = payload;
        _signingInput = signingInput;
        _signature = signature;
    }

    public const string Algorithm = "ES256";

    public JwsHeader Header { get; }

    /// <summary>The payload, not to be believed before <see cref="Verify"/> said true.</summary>
    public byte[] Payload { get; }

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
    public static bool TryRead(string compact, string type, [NotNullWhen(true)] out CompactJws? jws)
    {
        jws = null;
        string[] parts = compact.Split('.');
        if (parts.Length != 3)
        {
            return false;
        }

        try
        {
            JwsHeader? header = JsonSerializer.Deserialize(
                Base64Url.DecodeFromChars(parts[0]), ActivationJson.Default.JwsHeader);
            if (header is not { Alg: Algorithm, Crit: null } || header.Typ != type)
            {
                return false;
            }

            jws = new CompactJws(
                header,
                Base64Url.DecodeFromChars(parts[1]),
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                Base64Url.DecodeFromChars(parts[2]));
            return true;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return false;
        }
    }

    public bool Verify(ECDsa key) =>
        _signature.Length == 64
        && key.VerifyData(
            _signingInput, _signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
