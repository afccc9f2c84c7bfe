using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sandbox;

/// <summary>A signer to enroll, with the credentials to make.</summary>
public sealed record SampleSigner(string Email, string GivenName, string FamilyName, IReadOnlyList<SampleCredential> Credentials)
{
    public const string Pin = "12345678";

    private static readonly KeyTemplate Rsa2048 = new("RSA", Size: 2048);
    private static readonly KeyTemplate P256 = new("ECDSA", NamedCurve: "secp256r1");

    /// <summary>The signers of the sandbox.</summary>
    public static IReadOnlyList<SampleSigner> All { get; } =
    [
        new("signer@example.com", "Sample", "Signer",
        [
            new("RSA-2048", Rsa2048),
            new("RSA-3072", new KeyTemplate("RSA", Size: 3072)),
            new("RSA-4096", new KeyTemplate("RSA", Size: 4096)),
            new("P-256", P256),
            new("P-384", new KeyTemplate("ECDSA", NamedCurve: "secp384r1")),
            new("RSA-2048 SCAL 2", Rsa2048, Scal: "2"),
            new("P-256 SCAL 2", P256, Scal: "2"),
            new("RSA-2048 with one-time code", Rsa2048, Otp: true),
            new("RSA-2048 by OAuth", Rsa2048, AuthMode: "oauth2code", Pin: false),
            new("RSA-2048 authentication", Rsa2048, Purpose: KeyPurposes.Authentication),
            new("P-256 authentication", P256, Purpose: KeyPurposes.Authentication),
        ]),
        new("second.signer@example.com", "Second", "Signer", [new("RSA-2048", Rsa2048)]),
        // Not the first one's: programs that try each key of the card could not read the mail.
        new("third.signer@example.com", "Third", "Signer", [new("RSA-2048 with code by e-mail", Rsa2048, Otp: true, OtpChannel: OtpChannels.Email)]),
    ];

    /// <summary>One signer with an RSA and an EC credential: enough for the demo.</summary>
    public static IReadOnlyList<SampleSigner> One { get; } =
        [new("signer@example.com", "Sample", "Signer", [new("RSA-2048", Rsa2048), new("P-256", P256)])];
}
