using System.Security.Cryptography;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

[TestFixture]
[Category("Hsm")]
internal sealed class WrappedKeyTests
{
    [TestCase(2048)]
    [TestCase(3072)]
    [TestCase(4096)]
    public void SignWithWrapped_RsaOfEachSize_VerifiesInOrder(int bits)
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, bits);
        using RSA key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        List<HsmSignature> requests = [];
        foreach (HashAlgorithmName hash in new[] { HashAlgorithmName.SHA1, HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512 })
        {
            byte[] digest = CryptographicOperations.HashData(hash, [1, 2, 3]);
            requests.Add(new HsmSignature(RSASignaturePadding.Pkcs1, hash, 0, digest));
            requests.Add(new HsmSignature(RSASignaturePadding.Pss, hash, digest.Length, digest));
        }

        IReadOnlyList<byte[]> signatures = SharedToken.Hsm.SignWithWrapped(
            SharedToken.KeyEncryptionKey, pair.WrappedPrivateKey, isRsa: true, requests);

        Assert.That(key.KeySize, Is.EqualTo(bits));
        Assert.That(signatures, Has.Count.EqualTo(requests.Count));
        for (int i = 0; i < requests.Count; i++)
        {
            HsmSignature request = requests[i];
            Assert.That(
                key.VerifyHash(request.Digest.Span, signatures[i], request.Hash, request.Padding!),
                Is.True,
                $"{request.Padding} {request.Hash}");
        }
    }
}
