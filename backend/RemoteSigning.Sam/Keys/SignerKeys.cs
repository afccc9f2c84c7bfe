using System.Formats.Asn1;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Keys;

/// <summary>The only code that makes a signer's key sign: unwrap in the HSM, sign, destroy.</summary>
internal sealed class SignerKeys(Hsm hsm, HsmThreads threads, Infrastructure infrastructure)
{
    /// <summary>Signs each digest in order. RSA signatures have the modulus' length, ECDSA ones are DER.</summary>
    /// <param name="lastCheck">Runs right before the HSM is used; what it throws ends the request.</param>
    public Task<IReadOnlyList<byte[]>> SignAsync(
        SealedKey key, IReadOnlyList<(SignatureAlgorithm Algorithm, byte[] Digest)> requests, Action lastCheck)
    {
        HsmSignature[] signatures = [.. requests.Select(r => ToHsm(r.Algorithm, r.Digest))];
        return threads.RunAsync<IReadOnlyList<byte[]>>(() =>
        {
            lastCheck();
            IReadOnlyList<byte[]> made = hsm.SignWithWrapped(
                infrastructure.KeyEncryptionKey, key.WrappedPrivateKey, key.Algorithm.IsRsa, signatures);
            return key.Algorithm.IsRsa ? made : [.. made.Select(ToDer)];
        });
    }

    private static HsmSignature ToHsm(SignatureAlgorithm algorithm, byte[] digest) => new(
        algorithm.Scheme switch
        {
            SignatureScheme.RsaPkcs1 => RSASignaturePadding.Pkcs1,
            SignatureScheme.RsaPss => RSASignaturePadding.Pss,
            _ => null,
        },
        algorithm.Digest.Name,
        algorithm.SaltLength,
        digest);

    /// <summary>ECDSA-Sig-Value (RFC 3279, 2.2.3).</summary>
    private static byte[] ToDer(byte[] fixedWidth)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(WithoutLeadingZeros(fixedWidth.AsSpan(0, fixedWidth.Length / 2)));
            writer.WriteIntegerUnsigned(WithoutLeadingZeros(fixedWidth.AsSpan(fixedWidth.Length / 2)));
        }

        return writer.Encode();
    }

    private static ReadOnlySpan<byte> WithoutLeadingZeros(ReadOnlySpan<byte> number)
    {
        int zeros = number.IndexOfAnyExcept((byte)0);
        return number[(zeros < 0 ? number.Length - 1 : zeros)..];
    }
}
