namespace RemoteSigning.Interop;

/// <summary>The same checks for each library for programmers.</summary>
internal static class ScriptChecks
{
    private static readonly (string Verb, string Mechanism, string Key)[] Uses =
    [
        ("sign", "SHA256-RSA-PKCS", "RSA-2048"),
        ("sign", "SHA512-RSA-PKCS", "RSA-4096"),
        ("sign", "RSA-PKCS", "RSA-2048"),
        ("sign", "SHA256-RSA-PKCS-PSS", "RSA-2048"),
        ("sign", "SHA256-RSA-PKCS-PSS", "RSA-4096"),
        ("sign", "ECDSA-SHA256", "P-256"),
        ("sign", "ECDSA-SHA384", "P-384"),
        ("multipart", "SHA256-RSA-PKCS", "RSA-2048"),
        ("multipart", "ECDSA-SHA256", "P-256"),
    ];

    public static IEnumerable<Check> Of(SigningScript script) =>
        from mode in Enum.GetValues<CardMode>()
        from use in Uses
        let name = (use.Verb == "sign" ? "C_Sign" : "1 MB by C_SignUpdate") + ", " + use.Mechanism
        select new Check(name, use.Key, mode, (card, key, cancel) => script.RunAsync(card, key, use.Verb, use.Mechanism, cancel));
}
