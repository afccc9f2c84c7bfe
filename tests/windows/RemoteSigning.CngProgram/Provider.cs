using System.Security.Cryptography;

namespace RemoteSigning.CngProgram;

/// <summary>Our provider, by the name that it is registered under.</summary>
internal static class Provider
{
    public const string Name = "RemoteSigning Key Storage Provider";

    public static CngProvider Ours { get; } = new(Name);

    public static CngKey Open(string key) => CngKey.Open(key, Ours);
}
