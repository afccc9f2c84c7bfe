using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sandbox;

/// <summary>A credential to make; the defaults are a signing credential at CSC SCAL 1 with PIN.</summary>
public sealed record SampleCredential(
    string Label,
    KeyTemplate Key,
    string Purpose = KeyPurposes.Signature,
    string Scal = "1",
    string AuthMode = "explicit",
    bool Pin = true,
    bool Otp = false,
    string? OtpChannel = null)
{
    /// <summary>RSA-2048, P-256 and so on.</summary>
    public string Algorithm => Key.Algorithm == "RSA" ? $"RSA-{Key.Size}" : $"P-{Key.NamedCurve![4..7]}";
}
