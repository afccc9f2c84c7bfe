namespace RemoteSigning.Interop;

/// <summary>What programs that reach the card through OpenSSL's engine pkcs11 need; see <c>docs/programs/openssl.md</c>.</summary>
internal static class OpensslEngine
{
    private static readonly ProgramPage Page = ProgramPage.Read("openssl");

    /// <summary>URI of the private key; in mode pin it leads to the PIN.</summary>
    public static string KeyUri(Card card, CardKey key, string folder)
    {
        string uri = $"pkcs11:token=Remote%20Signing;object={Uri.EscapeDataString(key.Label)};type=private";
        if (card.Mode != CardMode.Pin)
        {
            return uri;
        }

        string pin = Path.Combine(folder, "pin");
        File.WriteAllText(pin, card.Pin);
        return $"{uri};pin-source=file:{pin}";
    }

    /// <summary>Makes the page's configuration, the certificates and a document in a folder.</summary>
    /// <returns>The environment that the page's blocks need: OPENSSL_CONF and KEY.</returns>
    public static Dictionary<string, string> Prepare(Card card, CardKey key, string folder)
    {
        string configuration = Path.Combine(folder, "openssl.cnf");
        File.WriteAllText(configuration, Page.Text("openssl.cnf", card));
        File.WriteAllText(Path.Combine(folder, "document.txt"), $"{folder}\n");
        Page.Run("certificates", card, folder, replacements: [("RSA-2048", key.Label), ("My Issuing CA", "RemoteSigning Sandbox Issuing CA")]);
        return new() { ["OPENSSL_CONF"] = configuration, ["KEY"] = KeyUri(card, key, folder) };
    }
}
