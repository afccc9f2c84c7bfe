using System.Security.Cryptography;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
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

    [TestCase(true, SignatureScheme.RsaPkcs1, 0, Problem.None)]
    [TestCase(true, SignatureScheme.RsaPss, 20, Problem.None)]
    [TestCase(false, SignatureScheme.RsaPkcs1, 0, Problem.UnsupportedAlgorithm)]
    [TestCase(false, SignatureScheme.RsaPss, 20, Problem.UnsupportedAlgorithm)]
    public async Task Sign_Sha1OfTheServer_FollowsThePolicy(bool allowed, SignatureScheme scheme, int salt, Problem expected)
    {
        await using World world = await World.CreateAsync();
        world.Options = world.Options with { CardMode = CardMode.Agent, AllowSha1 = allowed };
        world.Server.Add(new FakeCredential("old", World.Rsa, World.Pki.Issue(World.Rsa, true))
        {
            Algorithms = [Oids.Rsa, Oids.RsaPss, Oids.Sha1WithRsa, Oids.Sha256WithRsa],
        });
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        Problem problem = await World.ProblemOfAsync(client.SignAsync(World.Request("old", scheme, 1, (ushort)salt)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem, Is.EqualTo(expected));
            Assert.That(world.Server.SignHashRequests.Count, Is.EqualTo(allowed ? 1 : 0), "a refusal reaches no server");
            Assert.That(world.Server.SignHashRequests.Select(r => r.HashAlgo), Has.All.EqualTo(Oids.Sha1));
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

    [Test]
    public async Task Sign_ConnectionClosedWhileTheServerSigns_DropsTheRequest()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.Hold = new TaskCompletionSource();
        CardClient client = await world.ConnectAsync();
        await client.SendAsync(CardVerb.Sign, World.Request("rsa").Write);
        await world.Server.Holding.WaitAsync();
        await client.DisposeAsync();
        await world.Server.Holding.WaitAsync();
        await world.UntilAsync(status => status.Connections == 0);
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(120));
    }

    [Test]
    public async Task Sign_AgentStopsWhileTheServerSigns_TheCallIsAnswered()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.Hold = new TaskCompletionSource();
        await using CardClient client = await world.ConnectAsync();
        Task<byte[]> signing = client.SignAsync(World.Request("rsa"));
        await world.Server.Holding.WaitAsync();
        Task stopping = world.StopAsync();
        world.Server.Hold.SetResult();
        Assert.That(await signing, Has.Length.EqualTo(256));
        await stopping;
    }

    [Test]
    public async Task Sign_ServerDown_IsUnavailableAndGoesOnWhenItIsBack()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        world.Server.IsDown = true;
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.Unavailable));
        Assert.That((await client.ListAsync()).Credentials, Is.Not.Empty, "the card stays");
        world.Server.IsDown = false;
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.None));
    }

    [Test]
    public async Task Sign_AnswerIsNoSignatureOfThisKey_IsNotHandedOut()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        Func<List<string>, List<string>>[] tampered =
        [
            _ => [Convert.ToBase64String(World.Rsa.SignHash(new byte[32], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))],
            _ => [Convert.ToBase64String(new byte[256])],
            _ => ["AAAA"],
            _ => ["not base64"],
            _ => [],
            signatures => [.. signatures, .. signatures],
        ];
        foreach (Func<List<string>, List<string>> tamper in tampered)
        {
            world.Server.Tamper = tamper;
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.Internal));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("p256", SignatureScheme.Ecdsa))), Is.EqualTo(Problem.Internal));
        }
    }

    [Test]
    public async Task Sign_RequestThatTheKeyCannotDo_IsRefusedWithoutAskingAnybody()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.Credentials["p384"].CertificateStatus = "revoked";
        using (var password = new Core.Secret(FakeServer.Password))
        {
            await world.Host.SignInAsync(password, CancellationToken.None);
        }

        await using CardClient client = await world.ConnectAsync();
        SignRequest good = World.Request("rsa");
        (SignRequest Request, Problem Problem)[] cases =
        [
            (good with { Credential = "nobody's" }, Problem.UnknownKey),
            (good with { Scheme = 3 }, Problem.UnsupportedAlgorithm),
            (good with { Scheme = 0 }, Problem.UnsupportedAlgorithm),
            (good with { Scheme = 200 }, Problem.UnsupportedAlgorithm),
            (World.Request("rsa", hash: 1), Problem.UnsupportedAlgorithm),
            (good with { Hash = 2, Digest = new byte[28] }, Problem.UnsupportedAlgorithm),
            (good with { SaltLength = 1 }, Problem.UnsupportedAlgorithm),
            (good with { Scheme = 2, SaltLength = 223 }, Problem.UnsupportedAlgorithm),
            (good with { Digest = new byte[31] }, Problem.DataLength),
            (good with { Digest = [] }, Problem.DataLength),
            (good with { Pin = new byte[65] }, Problem.InvalidRequest),
            (World.Request("p384", SignatureScheme.Ecdsa), Problem.CredentialUnusable),
        ];
        foreach ((SignRequest request, Problem problem) in cases)
        {
            Assert.That(await World.ProblemOfAsync(client.SignAsync(request)), Is.EqualTo(problem), request.ToString());
        }

        Assert.That((world.Ui.SignatureQuestions.Count, world.Server.Count("authorize")), Is.EqualTo((0, 0)));
    }

    [Test]
    public void ToCard_LeadingZeros_ArePaddedToTheCurve()
    {
        byte[] der = Convert.FromHexString("300602010502017F");
        byte[] card = SignatureCheck.ToCard(new SignatureAlgorithm(SignatureScheme.Ecdsa, DigestAlgorithm.Sha512), 521, der);
        Assert.That(card, Has.Length.EqualTo(132));
        Assert.That((card[65], card[131], card.Count(b => b != 0)), Is.EqualTo(((byte)5, (byte)0x7F, 2)));
    }

    [TestCase("3006020100020101", TestName = "ToCard_Zero_IsRefused")]
    [TestCase("30060201FF020101", TestName = "ToCard_Negative_IsRefused")]
    [TestCase("30260221010000000000000000000000000000000000000000000000000000000000000000020101", TestName = "ToCard_TooLong_IsRefused")]
    public void ToCard_NumberOutOfRange_IsRefused(string der) => Assert.That(
        () => SignatureCheck.ToCard(new SignatureAlgorithm(SignatureScheme.Ecdsa, DigestAlgorithm.Sha256), 256, Convert.FromHexString(der)),
        Throws.InstanceOf<CryptographicException>());

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
