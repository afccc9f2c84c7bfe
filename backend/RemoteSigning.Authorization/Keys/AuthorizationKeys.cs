using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Authorization.Keys;

/// <summary>What this process does with its HSM keys, each use in a domain of its own.</summary>
internal sealed class AuthorizationKeys : IDisposable
{
    /// <summary>ECDSA P-256; its label is the <c>kid</c> of our SADs.</summary>
    public const string SadKey = "as-sad-1";

    /// <summary>HMAC-SHA256, for verifiers of PINs and sent codes, and for the keys that encrypt TOTP secrets.</summary>
    public const string FactorKey = "as-pin-1";

    private const string PinDomain = "RemoteSigning PIN verifier v1";
    private const string CodeDomain = "RemoteSigning one-time code v1";
    private const string TotpDomain = "RemoteSigning TOTP secret v1";
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly Hsm _hsm;
    private readonly ECDsa _sad;

    /// <exception cref="InvalidOperationException">A key is missing.</exception>
    public AuthorizationKeys(Hsm hsm)
    {
        _hsm = hsm;
        if (!hsm.Exists(SadKey) || !hsm.Exists(FactorKey))
        {
            throw new InvalidOperationException(
                $"The HSM token lacks the key {SadKey} or {FactorKey}. Run the command create once.");
        }

        _sad = hsm.OpenEcdsa(SadKey);
    }

    /// <summary>The SAM SAD with these claims, as a compact JWS.</summary>
    public string SignSad(ReadOnlySpan<byte> claims) => CompactJws.Sign(SadClaims.JwsType, SadKey, claims, _sad);

    /// <summary>The SKAD with these claims, as a compact JWS; its type keeps it apart from a SAD.</summary>
    public string SignSkad(ReadOnlySpan<byte> claims) => CompactJws.Sign(SkadClaims.JwsType, SadKey, claims, _sad);

    /// <summary>PEM of the key that verifies our SADs.</summary>
    public string ExportSadPublicKey() => _sad.ExportSubjectPublicKeyInfoPem();

    /// <summary>HMAC over signer, salt and PIN: nobody can try PINs without the HSM.</summary>
    public byte[] VerifierOfPin(string signer, ReadOnlySpan<byte> salt, string pin) =>
        Hmac(PinDomain, Encoding.UTF8.GetBytes(signer), salt.ToArray(), Encoding.UTF8.GetBytes(pin));

    /// <summary>HMAC over signer, credential, salt and code: it fits nobody and nothing else, and cannot be tried without the HSM.</summary>
    public byte[] VerifierOfCode(string signer, string credentialId, ReadOnlySpan<byte> salt, string code) => Hmac(
        CodeDomain, Encoding.UTF8.GetBytes(signer), Encoding.UTF8.GetBytes(credentialId), salt.ToArray(), Encoding.UTF8.GetBytes(code));

    /// <summary>AES-256-GCM under a key of this signer alone: nonce, ciphertext, tag.</summary>
    public byte[] ProtectTotpSecret(string signer, ReadOnlySpan<byte> secret)
    {
        byte[] key = Hmac(TotpDomain, Encoding.UTF8.GetBytes(signer));
        byte[] result = new byte[NonceLength + secret.Length + TagLength];
        Span<byte> nonce = result.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using (var aes = new AesGcm(key, TagLength))
        {
            aes.Encrypt(nonce, secret, result.AsSpan(NonceLength, secret.Length), result.AsSpan(NonceLength + secret.Length));
        }

        CryptographicOperations.ZeroMemory(key);
        return result;
    }

    /// <exception cref="CryptographicException">The stored value was changed, or belongs to another signer.</exception>
    public byte[] UnprotectTotpSecret(string signer, ReadOnlySpan<byte> stored)
    {
        byte[] key = Hmac(TotpDomain, Encoding.UTF8.GetBytes(signer));
        byte[] secret = new byte[stored.Length - NonceLength - TagLength];
        using (var aes = new AesGcm(key, TagLength))
        {
            aes.Decrypt(stored[..NonceLength], stored[NonceLength..^TagLength], stored[^TagLength..], secret);
        }

        CryptographicOperations.ZeroMemory(key);
        return secret;
    }

    public void Dispose() => _sad.Dispose();

    /// <summary>Each part is preceded by its length, so that no two lists of parts give the same input.</summary>
    private byte[] Hmac(string domain, params ReadOnlySpan<byte[]> parts)
    {
        using var input = new MemoryStream();
        using (var writer = new BinaryWriter(input, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(domain);
            foreach (byte[] part in parts)
            {
                writer.Write(part.Length);
                writer.Write(part);
            }
        }

        return _hsm.Hmac(FactorKey, input.ToArray());
    }
}
