using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Core.Card;

/// <summary>A credential as the agent keeps it: what the card shows of it, and what signing with it takes.</summary>
/// <param name="OnCard">What LIST tells of it.</param>
/// <param name="Certificate">Its own certificate; signatures are checked against it.</param>
/// <param name="SentCode">What to tell of its one-time codes when the server sends them on request; null when it does not.</param>
/// <param name="Unusable">Why it cannot sign now (disabled, revoked, …), as a sentence; null when it can.</param>
internal sealed record Credential(
    CardCredential OnCard, X509Certificate2 Certificate, bool NeedsPin, bool NeedsOtp, string? SentCode, string? Unusable)
{
    /// <summary>What changes when anything about the credential changes that a program or person could notice.</summary>
    public string Fingerprint { get; } = Digest(OnCard, NeedsPin, NeedsOtp, SentCode, Unusable);

    /// <summary>The last moment at which the certificate is valid.</summary>
    public DateTimeOffset NotAfter { get; } = new(Certificate.NotAfter.ToUniversalTime());

    public string Id => OnCard.Id;

    public string Label => OnCard.Label;

    public bool PinPerSignature => (OnCard.Flags & PinPerSignatureFlag) != 0;

    public bool IsSignature => OnCard.Purpose == SignaturePurpose;

    public const string Expired = "The certificate has expired.";
    public const byte SignaturePurpose = 1;
    public const byte AuthenticationPurpose = 2;
    public const byte PinPerSignatureFlag = 1;

    public bool Allows(SignatureAlgorithm algorithm) =>
        (OnCard.Schemes & 1 << (int)algorithm.Scheme) != 0 && (OnCard.Hashes & 1 << CardHash.Number(algorithm.Digest)) != 0;

    /// <summary>The same credential as it is at this moment, whatever the server last said.</summary>
    public Credential At(DateTimeOffset now) => Unusable is null && now > NotAfter
        ? new Credential(OnCard, Certificate, NeedsPin, NeedsOtp, SentCode, Expired)
        : this;

    private static string Digest(CardCredential onCard, bool needsPin, bool needsOtp, string? sentCode, string? unusable)
    {
        var writer = new PayloadWriter();
        onCard.Write(writer);
        writer.U8(needsPin ? (byte)1 : (byte)0).U8(needsOtp ? (byte)1 : (byte)0).Text(sentCode ?? "").Text(unusable ?? "");
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(writer.ToArray()));
    }
}
