namespace RemoteSigning.Authorization.Tests;

/// <summary>What an authenticator app does with the secret that it is given.</summary>
internal static class Base32Reader
{
    public static byte[] Read(string text)
    {
        string bits = string.Concat(text.Select(c =>
            Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Where(b => b.Length == 8).Select(b => Convert.ToByte(new string(b), 2))];
    }
}
