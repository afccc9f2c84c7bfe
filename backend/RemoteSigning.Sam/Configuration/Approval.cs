using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// A second operator's approval of a configuration or of a command: a JWS with detached content (RFC 7515, appendix F) over the
/// exact bytes, ES256. The payload is base64url-encoded for signing as always (no RFC 7797), so nothing is negotiated.
/// </summary>
/// <param name="infrastructure">Fingerprint of the module.</param>
/// <param name="type">What is approved: the <c>typ</c> that it must have.</param>
internal sealed class Approval(Registry registry, string infrastructure, TimeProvider clock, string type = Approval.ConfigurationType)
{
    public const string HeaderName = "X-SAM-Approval";

    public const string ConfigurationType = "sam-configuration+jws";

    public const string UnlockType = "sam-unlock+jws";

    public const string RetireKeyEncryptionKeyType = "sam-retire-kek+jws";

    public const string RetirePeerType = "sam-retire-peer+jws";

    private const int LongestCompact = 2048;
    private const int SignatureLength = 64;

    /// <summary>An approval that was never used must not lie about for ever.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>The approver's machine may be another one, with another clock.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <param name="compact"><c>header..signature</c>.</param>
    /// <param name="content">The exact bytes that are approved.</param>
    /// <param name="caller">Who asks for the change and cannot be the approver; null for the host's administrator.</param>
    /// <returns>The approving operator.</returns>
    /// <exception cref="ProblemException">It is no approval of this.</exception>
    public string Check(string compact, byte[] content, string? caller)
    {
        string[] parts = compact.Split('.');
        if (compact.Length > LongestCompact || parts.Length != 3 || parts[1].Length != 0)
        {
            throw Invalid("it is not a JWS with detached content (header..signature)");
        }

        ApprovalHeader header = ReadHeader(parts[0]);
        CheckHeader(header);
        if (header.Kid == caller)
        {
            throw Invalid("the one who asks for a change cannot approve it");
        }

        if (registry.Approver(header.Kid) is not { } key)
        {
            throw Invalid("its kid is not an operator with an approval_key");
        }

        byte[] input = Encoding.ASCII.GetBytes($"{parts[0]}.{Base64Url.EncodeToString(content)}");
        byte[] signature = Decode(parts[2]);
        bool isGenuine = signature.Length == SignatureLength && key.Use(k => k.VerifyData(
            input, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        return isGenuine ? header.Kid : throw Invalid($"its signature is not by the approval_key of {header.Kid} over exactly these bytes");
    }

    private void CheckHeader(ApprovalHeader header)
    {
        if (header.Alg != "ES256" || header.Typ != type)
        {
            throw Invalid($"its alg must be ES256 and its typ {type}");
        }

        if (header.Aud != infrastructure)
        {
            throw Invalid("its aud is not the fingerprint of this module's infrastructure");
        }

        DateTimeOffset now = clock.GetUtcNow();
        if (header.Iat < (now - Life).ToUnixTimeSeconds() || header.Iat > (now + Skew).ToUnixTimeSeconds())
        {
            throw Invalid("its iat is not within the last 24 hours");
        }
    }

    private static ApprovalHeader ReadHeader(string encoded)
    {
        try
        {
            return JsonSerializer.Deserialize(Decode(encoded), ConfigurationJson.Default.ApprovalHeader) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw Invalid("its header must have alg, typ, kid, aud and iat, and nothing else", e);
        }
    }

    private static byte[] Decode(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException e)
        {
            throw Invalid("it is not base64url", e);
        }
    }

    private static ProblemException Invalid(string why, Exception? cause = null) =>
        Refusals.Tell(ProblemCodes.ApprovalInvalid, $"The approval is refused: {why}.", cause);
}
