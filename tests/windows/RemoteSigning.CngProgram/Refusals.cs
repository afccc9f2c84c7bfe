using System.Security.Cryptography;

namespace RemoteSigning.CngProgram;

/// <summary>What a program may ask of a provider and ours has not: each attempt and the error that .NET reports.</summary>
internal static class Refusals
{
    public static IEnumerable<string> Of(string name) =>
    [
        Try("open an unknown key", () => Provider.Open(name + "?")),
        Try("open a key of the machine", () => CngKey.Open(name, Provider.Ours, CngKeyOpenOptions.MachineKey)),
        Try("create a key", () => CngKey.Create(CngAlgorithm.Rsa, "new", new CngKeyCreationParameters { Provider = Provider.Ours })),
        Try("open an unknown provider", () => CngKey.Open(name, new CngProvider("No Such Key Storage Provider"))),
        Try("export the private key", () => WithKey(name, key => key.Export(CngKeyBlobFormat.GenericPrivateBlob))),
        Try("delete the key", () => WithKey(name, key => key.Delete())),
        Try("sign with SHA-1", () => WithKey(name, key => new RSACng(key).SignHash(new byte[20], HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1))),
        Try("decrypt", () => WithKey(name, key => new RSACng(key).Decrypt(new byte[256], RSAEncryptionPadding.Pkcs1))),
    ];

    private static void WithKey(string name, Action<CngKey> act)
    {
        using CngKey key = Provider.Open(name);
        act(key);
    }

    private static string Try(string what, Action act)
    {
        try
        {
            act();
            return $"{what}: NOT REFUSED";
        }
        catch (CryptographicException refusal)
        {
            return $"{what}: 0x{refusal.HResult:x8}";
        }
    }
}
