namespace RemoteSigning.Interop.Programs;

/// <summary>java.security.Signature through SunPKCS11.</summary>
internal sealed class JavaSignature : CardProgram
{
    private static readonly (string Algorithm, string Key)[] Uses =
    [
        ("SHA256withRSA", "RSA-2048"),
        ("SHA512withRSA", "RSA-4096"),
        ("RSASSA-PSS", "RSA-2048"),
        ("RSASSA-PSS", "RSA-4096"),
        ("SHA256withECDSA", "P-256"),
        ("SHA384withECDSA", "P-384"),
    ];

    public override string Name => "Java Signature";

    public override string Page => "java";

    public override IReadOnlyList<string> Version => JavaCard.Version;

    public override IEnumerable<Check> Checks =>
        from mode in Enum.GetValues<CardMode>()
        from use in Uses
        select new Check(use.Algorithm, use.Key, mode, (card, key, cancel) => JavaCard.Script.RunAsync(card, key, "sign", use.Algorithm, cancel));
}
