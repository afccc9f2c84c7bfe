using System.Formats.Asn1;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Keys;

/// <summary>The only code that makes a signer's key sign: unwrap in the HSM, sign, destroy.</summary>
internal sealed class SignerKeys(IHsm hsm, HsmThreads threads, Infrastructure infrastructure)
{
    /// <summary>Signs each digest in order. RSA signatures have the modulus' length, ECDSA ones are DER.</summary>
    /// <param name="lastCheck">Runs right before the HSM is used; what it throws ends the request.</param>
    public Task<IReadOnlyList<byte[]>> SignAsync(
        SealedKey key, IReadOnlyList<(SignatureAlgorithm Algorithm, byte[] Digest)> requests, Action lastCheck)
    {
        string keyEncryptionKey = infrastructure.KeyEncryptionKeyOf(key.Generation);
        HsmSignature[] signatures = [.. requests.Select(r => ToHsm(r.Algorithm, r.Digest))];
        return threads.RunAsync<IReadOnlyList<byte[]>>(() =>
        {
            lastCheck();
            IReadOnlyList<byte[]> made = hsm.SignWithWrapped(
                keyEncryptionKey, key.WrappedPrivateKey, key.Algorithm.IsRsa, signatures);
            return key.Algorithm.IsRsa ? made : [.. made.Select(ToDer)];
        });
    }

    /// <summary>The same key under the newest key-encryption key; it does not leave the HSM in the clear.</summary>
    /// <exception cref="ProblemException">It is there already, or its generation is retired.</exception>
    public Task<SealedKey> RewrapAsync(SealedKey key)
    {
        string before = infrastructure.KeyEncryptionKeyOf(key.Generation);
        if (key.Generation == infrastructure.Generation)
        {
            throw Refusals.Create(ProblemCodes.Conflict, $"the key is under generation {key.Generation}, the newest, already");
        }

        return threads.RunAsync(() => key with
        {
            Generation = infrastructure.Generation,
            WrappedPrivateKey = hsm.Rewrap(
                before, infrastructure.KeyEncryptionKeyOf(infrastructure.Generation), key.WrappedPrivateKey, key.Algorithm.IsRsa),
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
