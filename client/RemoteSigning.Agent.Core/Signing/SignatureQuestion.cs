namespace RemoteSigning.Agent.Core.Signing;

/// <summary>What a person is told before a signature.</summary>
/// <param name="Program">Path of the program that wants it, fit for a screen.</param>
/// <param name="Label">The credential.</param>
/// <param name="IsSignature">True for a signing key; false when the key proves who one is (authentication).</param>
/// <param name="Hash">Name of the hash algorithm.</param>
/// <param name="Digest">Lower-case hexadecimal.</param>
/// <param name="Use">What the program says it is for, fit for a screen: not checked by anybody, so it is shown as a quotation; null = it says nothing.</param>
/// <param name="Complaint">Why the last answer did not do; null at the first time.</param>
/// <param name="SentCode">What the server says of the one-time code that it has sent; null when it sends none.</param>
public sealed record SignatureQuestion(
    string Program, string Label, bool IsSignature, string Hash, string Digest, string? Use, bool NeedsPin, bool NeedsOtp, string? Complaint,
    string? SentCode = null);
