using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Contracts.Tests;

public sealed class CompactJwsTests
{
    private const string Payload = """{"jti":"1"}""";

    [Test]
    public void Verify_OwnSignature_True()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.That(Read(Sign(key))!.Verify(key), Is.True);
    }

    [Test]
    public void Verify_ForeignKey_False()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.That(Read(Sign(key))!.Verify(other), Is.False);
    }

    [TestCase("""{"alg":"none","typ":"sad+jwt","kid":"k"}""")]
    [TestCase("""{"alg":"HS256","typ":"sad+jwt","kid":"k"}""")]
    [TestCase("""{"alg":"es256","typ":"sad+jwt","kid":"k"}""")]
    [TestCase("""{"alg":"ES256","typ":"JWT","kid":"k"}""")]
    [TestCase("""{"alg":"ES256","typ":"sad+jwt"}""")]
    [TestCase("""{"alg":"ES256","typ":"sad+jwt","kid":"k","crit":["b64"]}""")]
    [TestCase("""{"alg":"none","alg":"ES256","typ":"sad+jwt","kid":"k"}""")]
    [TestCase("""["ES256"]""")]
    public void TryRead_HeaderThatIsNotOurs_Refused(string header)
    {
        string compact = $"{Encode(header)}.{Encode(Payload)}.{Base64Url.EncodeToString(new byte[64])}";

        Assert.That(Read(compact), Is.Null);
    }

    [TestCase("")]
    [TestCase("a.b")]
    [TestCase("a.b.c.d")]
    [TestCase("..")]
    [TestCase("!!!.???.***")]
    public void TryRead_NotACompactForm_Refused(string compact) => Assert.That(Read(compact), Is.Null);

    [Test]
    public void Verify_SignatureCutOrChanged_False()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] parts = Sign(key).Split('.');
        byte[] signature = Base64Url.DecodeFromChars(parts[2]);
        for (int at = 0; at < signature.Length; at++)
        {
            byte[] changed = [.. signature];
            changed[at] ^= 1;
            Assert.That(Read($"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(changed)}")!.Verify(key), Is.False);
            string cut = Base64Url.EncodeToString(signature.AsSpan(0, at));
            Assert.That(Read($"{parts[0]}.{parts[1]}.{cut}")!.Verify(key), Is.False);
        }
    }

    [Test]
    public void Verify_ChangedPayload_False()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] parts = Sign(key).Split('.');

        Assert.That(Read($"{parts[0]}.{Encode("""{"jti":"2"}""")}.{parts[2]}")!.Verify(key), Is.False);
    }

    [Test]
    public void Dispose_Read_NothingOfItCanBeHadAnyMore()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CompactJws jws = Read(Sign(key))!;
        Assert.That(Encoding.UTF8.GetString(jws.Payload), Is.EqualTo(Payload));

        jws.Dispose();

        Assert.That(() => jws.Payload.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => jws.Verify(key), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void TryRead_LongerThanTheUsualBuffer_VerifiesAndGivesThePayload()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] payload = RandomNumberGenerator.GetBytes(2 * WipedBuffer.UsualLength);

        using CompactJws jws = Read(CompactJws.Sign(SadClaims.JwsType, "k", payload, key))!;

        Assert.That(jws.Verify(key), Is.True);
        Assert.That(jws.Payload.ToArray(), Is.EqualTo(payload));
    }

    private static string Sign(ECDsa key) => CompactJws.Sign(SadClaims.JwsType, "k", Encoding.UTF8.GetBytes(Payload), key);

    private static CompactJws? Read(string compact) =>
        CompactJws.TryRead(compact, SadClaims.JwsType, out CompactJws? jws) ? jws : null;

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
