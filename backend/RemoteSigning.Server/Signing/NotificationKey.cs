using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Signing;

/// <summary>
/// Encrypts a <c>responseID</c> that waits in the database to be told: under it the result itself is encrypted, so whoever reads the database
/// must not read it. The key is derived (HKDF-SHA256) from the private key by which this process is known to the authorization server, which it
/// has anyway and the database never sees. Processes with the same one finish each other's notifications.
/// </summary>
internal sealed class NotificationKey
{
    private static readonly ReferenceCipher Cipher = new("notify-ids/1"u8, "RemoteSigning notification v1"u8);

    private readonly string _secret;

    /// <param name="privateKey">With at least 128 bits that nobody can guess.</param>
    public NotificationKey(byte[] privateKey)
    {
        _secret = Convert.ToHexString(Derive(privateKey, "RemoteSigning notification secret v1"u8));
        Id = Derive(privateKey, "RemoteSigning notification key id v1"u8);
    }

    /// <summary>Names the key and tells nothing of it.</summary>
    public byte[] Id { get; }

    public static NotificationKey Of(TlsOptions identity)
    {
        OwnerOnlyFile.Check(identity.Key);
        return new NotificationKey(File.ReadAllBytes(identity.Key));
    }

    /// <param name="id">The hash of the <c>responseID</c>: each has a key of its own, as the cipher wants it.</param>
    public byte[] Seal(byte[] id, string responseId) => Cipher.Seal(Reference(id), Encoding.UTF8.GetBytes(responseId));

    /// <exception cref="CryptographicException">It was changed, or sealed under another key.</exception>
    public string Open(byte[] id, byte[] sealedId) => Encoding.UTF8.GetString(Cipher.Open(Reference(id), sealedId));

    private string Reference(byte[] id) => $"{_secret}.{Convert.ToHexString(id)}";

    private static byte[] Derive(byte[] privateKey, ReadOnlySpan<byte> purpose)
    {
        byte[] derived = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, privateKey, derived, salt: [], info: purpose);
        return derived;
    }
}
