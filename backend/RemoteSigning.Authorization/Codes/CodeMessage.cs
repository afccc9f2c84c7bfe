namespace RemoteSigning.Authorization.Codes;

/// <summary>What is sent to a signer. It holds a code, so it shows itself to nobody.</summary>
/// <param name="Subject">Of an e-mail; one line.</param>
/// <param name="Text">Lines end with LF.</param>
internal sealed record CodeMessage(string Subject, string Text)
{
    public override string ToString() => "***";
}
