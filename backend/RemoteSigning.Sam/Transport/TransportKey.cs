using System.Security.Cryptography;

namespace RemoteSigning.Sam.Transport;

/// <summary>
/// The 256-bit secret under which a module's keys travel from token to token. Two keys come of it by HKDF-SHA-256: one
/// wraps, one authenticates. It lives as long as a ceremony, in pinned memory that is wiped.
/// </summary>
internal sealed class TransportKey : IDisposable
{
    public const int Length = 32;

    private readonly byte[] _secret = GC.AllocateArray<byte>(Length, pinned: true);
    private readonly byte[] _authentication = GC.AllocateArray<byte>(Length, pinned: true);

    private TransportKey()
    {
    }

    /// <summary>Wraps keys inside the token.</summary>
    public byte[] Wrapping { get; } = GC.AllocateArray<byte>(Length, pinned: true);

    public static TransportKey Generate()
    {
        var key = new TransportKey();
        RandomNumberGenerator.Fill(key._secret);
        key.Derive();
        return key;
    }

    /// <summary>Whether it is the right one shows when it authenticates something.</summary>
    public static TransportKey Combine(IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        var key = new TransportKey();
        SecretSharing.Combine(shares, key._secret);
        key.Derive();
        return key;
    }

    public byte[][] Split(int threshold, int count) => SecretSharing.Split(_secret, threshold, count);

    public byte[] Authenticate(byte[] content) => HMACSHA256.HashData(_authentication, content);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        CryptographicOperations.ZeroMemory(_authentication);
        CryptographicOperations.ZeroMemory(Wrapping);
    }

    private void Derive()
    {
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, Wrapping, [], "RemoteSigning SAM transport v1 wrapping"u8);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, _authentication, [], "RemoteSigning SAM transport v1 authentication"u8);
    }
}
