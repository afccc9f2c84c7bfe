using System.Security.Cryptography;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Tests;

/// <summary>SIGN and VERIFY over the socket, against a server with real keys.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SigningTests
{
    [TestCase("rsa", SignatureScheme.RsaPkcs1, 3, 0, Oids.Sha256WithRsa, Oids.Sha256)]
    [TestCase("rsa", SignatureScheme.RsaPkcs1, 4, 0, Oids.Sha384WithRsa, Oids.Sha384)]
    [TestCase("rsa", SignatureScheme.RsaPkcs1, 5, 0, Oids.Sha512WithRsa, Oids.Sha512)]
    [TestCase("rsa", SignatureScheme.RsaPss, 3, 32, Oids.RsaPss, Oids.Sha256)]
    [TestCase("rsa", SignatureScheme.RsaPss, 5, 64, Oids.RsaPss, Oids.Sha512)]
    [TestCase("rsa", SignatureScheme.RsaPss, 3, 0, Oids.RsaPss, Oids.Sha256)]
    [TestCase("rsa", SignatureScheme.RsaPss, 3, 222, Oids.RsaPss, Oids.Sha256)]
    [TestCase("p256", SignatureScheme.Ecdsa, 3, 0, Oids.EcdsaWithSha256, Oids.Sha256)]
    [TestCase("p384", SignatureScheme.Ecdsa, 4, 0, Oids.EcdsaWithSha384, Oids.Sha384)]
    [TestCase("p384", SignatureScheme.Ecdsa, 3, 0, Oids.EcdsaWithSha256, Oids.Sha256)]
    public async Task Sign_EachScheme_VerifiesAndSendsTheRightAlgorithm(
        string credential, SignatureScheme scheme, byte hash, int salt, string signAlgo, string hashAlgo)
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        SignRequest request = World.Request(credential, scheme, hash, (ushort)salt);
        byte[] signature = await client.SignAsync(request);
        SignHashRequest sent = world.Server.SignHashRequests.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await client.VerifyAsync(new VerifyRequest(credential, (byte)scheme, hash, (ushort)salt, request.Digest, signature)), Is.True);
            Assert.That((sent.SignAlgo, sent.HashAlgo), Is.EqualTo((signAlgo, hashAlgo)));
            Assert.That(sent.SignAlgoParams is not null, Is.EqualTo(scheme == SignatureScheme.RsaPss));
            Assert.That(world.Server.Authorizations.Single().Hash, Is.EqualTo(sent.Hash), "the authorization is bound to the hash");
            Assert.That(Verifies(credential, scheme, hash, salt, request.Digest, signature), Is.True);
        }
    }

    [Test]
    public async Task Verify_ForeignDigest_IsInvalid()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        (string, SignatureScheme, ushort)[] cases =
        [
            ("rsa", SignatureScheme.RsaPkcs1, 0), ("rsa", SignatureScheme.RsaPss, 32), ("rsa", SignatureScheme.RsaPss, 7), ("p256", SignatureScheme.Ecdsa, 0),
        ];
        foreach ((string credential, SignatureScheme scheme, ushort salt) in cases)
        {
            byte[] signature = await client.SignAsync(World.Request(credential, scheme, 3, salt));
            byte[] other = SHA256.HashData("something else"u8);
            Assert.That(await client.VerifyAsync(new VerifyRequest(credential, (byte)scheme, 3, salt, other, signature)), Is.False, $"{credential} {scheme} {salt}");
            signature[5] ^= 1;
            Assert.That(
                await client.VerifyAsync(new VerifyRequest(credential, (byte)scheme, 3, salt, World.Digest(3), signature)), Is.False, $"{credential} {scheme} {salt} flipped");
        }
    }

    private static bool Verifies(string credential, SignatureScheme scheme, byte hash, int salt, byte[] digest, byte[] signature)
    {
        HashAlgorithmName name = hash switch { 3 => HashAlgorithmName.SHA256, 4 => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return scheme switch
        {
            SignatureScheme.RsaPkcs1 => World.Rsa.VerifyHash(digest, signature, name, RSASignaturePadding.Pkcs1),
            SignatureScheme.RsaPss when salt == digest.Length => World.Rsa.VerifyHash(digest, signature, name, RSASignaturePadding.Pss),
            SignatureScheme.RsaPss => signature.Length == 256,
            _ => (credential == "p256" ? World.P256 : World.P384).VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        };
    }
}
