namespace RemoteSigning.Sandbox;

/// <summary>Finds keys on the card as a person would: by what pkcs11-tool lists.</summary>
public static class CardLabel
{
    /// <summary>CKA_LABEL of the first private key of a kind, <c>rsa</c> or <c>ecdsa</c>.</summary>
    public static string Find(SandboxDescription sandbox, string kind)
    {
        string[] lines = Commands.Run(
            "pkcs11-tool",
            ["--module", sandbox.Pkcs11.Module, "-O", "--type", "privkey", "--login", "--pin", SampleSigner.Pin],
            sandbox.Pkcs11.Environment).Split('\n');
        string header = $"Private Key Object; {(kind == "rsa" ? "RSA" : "EC")}";
        return lines.SkipWhile(l => !l.StartsWith(header, StringComparison.Ordinal))
            .FirstOrDefault(l => l.TrimStart().StartsWith("label:", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            ?? throw new SandboxException($"The card shows no private key of the kind {kind}.");
    }
}
