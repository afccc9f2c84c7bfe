using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Tests;

/// <summary>Credentials that the shim would not take never get onto the card, and do not keep others off it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CredentialLimitTests
{
    private const string EcPublicKey = "1.2.840.10045.2.1";

    [Test]
    public async Task List_OneCredentialUnfit_HoldsTheOthers()
    {
        await using World world = await World.CreateAsync();
        world.Server.Add(new FakeCredential("compressed", World.P256, World.Pki.Issue(CompressedPoint())));
        world.Server.Add(new FakeCredential(new string('i', 256), World.Rsa, World.Pki.Issue(World.Rsa, true)));
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        Assert.That((await client.ListAsync()).Credentials.Select(c => c.Id), Is.EqualTo(new[] { "auth", "free", "otp", "p256", "p384", "rsa" }));
        Assert.That(world.Log.Entries.Count(e => e.Id == 134), Is.EqualTo(2));
    }

    [Test]
    public void Read_PointCompressed_IsLeftOut() => AssertUnfit(World.Pki.Issue(CompressedPoint()), "not uncompressed");

    [Test]
    public void Read_CurveWithoutName_IsLeftOut()
    {
        using var key = ECDsa.Create(World.P256.ExportExplicitParameters(false));
        byte[] info = key.ExportSubjectPublicKeyInfo();
        AssertUnfit(World.Pki.Issue(PublicKey.CreateFromSubjectPublicKeyInfo(info, out _)), "not named by an OID");
    }

    [TestCase(2040, false)]
    [TestCase(2048, true)]
    [TestCase(16_384, true)]
    public void Read_RsaBits_AreLimited(int bits, bool fits)
    {
        using RSA key = ModulusOf(bits);
        IReadOnlyList<string> chain = World.Pki.Issue(new PublicKey(key));
        if (fits)
        {
            CardCredential credential = Read(chain).OnCard;
            Assert.That((credential.KeyBits, credential.A.Length), Is.EqualTo(((ushort)bits, bits / 8)));
        }
        else
        {
            AssertUnfit(chain, $"has {bits} bits");
        }
    }

    [Test]
    public void Read_CurveTooShort_IsLeftOut()
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp224r1"));
        AssertUnfit(World.Pki.Issue(new PublicKey(key)), "has 224 bits");
    }

    [TestCase(false, 0b11_1000)]
    [TestCase(true, 0b11_1010)]
    public void Read_Sha1OfTheServer_IsThereIfThePolicyAllowsIt(bool allowSha1, byte hashes)
    {
        string[] algorithms = [Oids.Rsa, Oids.Sha1WithRsa, Oids.Sha256WithRsa, Oids.Sha384WithRsa, Oids.Sha512WithRsa];
        Assert.That(Read(algorithms, allowSha1).OnCard.Hashes, Is.EqualTo(hashes));
    }

    [Test]
    public void Read_Sha1NotOfTheServer_IsNeverThere()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read([Oids.Rsa], allowSha1: true).OnCard.Hashes, Is.EqualTo(0b11_1000));
            Assert.That(Read([Oids.Rsa, Oids.Sha256WithRsa], allowSha1: true).OnCard.Hashes, Is.EqualTo(0b00_1000));
        }
    }

    [Test]
    public void Read_Sha1Alone_IsLeftOutUnlessThePolicyAllowsIt()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read([Oids.Sha1WithRsa], allowSha1: true).OnCard.Hashes, Is.EqualTo(0b10));
            Assert.That(() => Read([Oids.Sha1WithRsa], allowSha1: false), Throws.TypeOf<FormatException>().With.Message.Contains("allowSha1"));
        }
    }

    [Test]
    public void Read_SerialTooLong_IsLeftOut()
    {
        byte[] serial = [.. Enumerable.Repeat((byte)1, 253)];
        AssertUnfit(World.Pki.Issue(World.Rsa, true, serial), "serial number");
        Assert.That(Read(World.Pki.Issue(World.Rsa, true, serial[..252])).OnCard.Certificates[0].Serial, Has.Length.EqualTo(255));
    }

    [TestCase(0)]
    [TestCase(11)]
    public void Read_NumberOfCertificates_IsLimited(int count) =>
        AssertUnfit([.. Enumerable.Repeat(World.Pki.Issue(World.Rsa, true)[0], count)], "1 to 10 certificates");

    [Test]
    public async Task List_LabelsOfManyBytes_FitTheirField()
    {
        await using World world = await World.CreateAsync();
        foreach (string id in new[] { "l1", "l2" })
        {
            world.Server.Add(new FakeCredential(id, World.Rsa, World.Pki.Issue(World.Rsa, true)) { Label = new string('名', 300) });
        }

        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        Assert.That((await client.ListAsync()).Credentials.Select(c => Encoding.UTF8.GetByteCount(c.Label)), Has.All.LessThanOrEqualTo(255));
    }

    private static Credential Read(IReadOnlyList<string> chain) =>
        CredentialReader.Read("id", new FakeCredential("id", World.Rsa, chain).Info(), pinPerSignature: false, allowSha1: false);

    private static Credential Read(IReadOnlyList<string> algorithms, bool allowSha1) => CredentialReader.Read(
        "id", new FakeCredential("id", World.Rsa, World.Pki.Issue(World.Rsa, true)) { Algorithms = algorithms }.Info(), pinPerSignature: false, allowSha1);

    private static void AssertUnfit(IReadOnlyList<string> chain, string reason) =>
        Assert.That(() => Read(chain), Throws.TypeOf<FormatException>().With.Message.Contains(reason));

    private static PublicKey CompressedPoint()
    {
        ECParameters key = World.P256.ExportParameters(false);
        byte[] y = key.Q.Y ?? [], x = key.Q.X ?? [];
        PublicKey plain = new(World.P256);
        return new PublicKey(new Oid(EcPublicKey), plain.EncodedParameters, new AsnEncodedData([(byte)(2 + (y[^1] & 1)), .. x]));
    }

    /// <summary>A public key whose modulus is some number of so many bits; nothing is ever computed with it.</summary>
    private static RSA ModulusOf(int bits)
    {
        byte[] modulus = [.. Enumerable.Repeat((byte)0xA5, bits / 8)];
        return RSA.Create(new RSAParameters { Modulus = modulus, Exponent = [1, 0, 1] });
    }
}
