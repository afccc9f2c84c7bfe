using System.Text;
using RemoteSigning.Authorization.Factors;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class TotpTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    // RFC 6238, appendix B, the last six of the eight digits.
    [TestCase(59, "287082")]
    [TestCase(1111111109, "081804")]
    [TestCase(1111111111, "050471")]
    [TestCase(1234567890, "005924")]
    [TestCase(2000000000, "279037")]
    [TestCase(20000000000, "353130")]
    public void Code_VectorsOfTheRfc_AreMet(long time, string code)
    {
        DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(time);

        Assert.That(Totp.Code(Secret, Totp.StepAt(at)), Is.EqualTo(code));
        Assert.That(Totp.Match(Secret, code, at), Is.EqualTo(time / 30));
    }

    [TestCase("")]
    [TestCase("28708")]
    [TestCase("2870820")]
    [TestCase("94287082")]
    [TestCase(" 287082")]
    [TestCase("\u0662\u0668\u0667\u0660\u0668\u0662")]
    public void Match_OtherSpellings_AreNoCode(string code) =>
        Assert.That(Totp.Match(Secret, code, DateTimeOffset.FromUnixTimeSeconds(59)), Is.Null);

    // RFC 4648, section 10, without padding.
    [TestCase("", "")]
    [TestCase("f", "MY")]
    [TestCase("fo", "MZXQ")]
    [TestCase("foo", "MZXW6")]
    [TestCase("foob", "MZXW6YQ")]
    [TestCase("fooba", "MZXW6YTB")]
    [TestCase("foobar", "MZXW6YTBOI")]
    public void Encode_VectorsOfTheRfc_AreMet(string text, string base32)
    {
        Assert.That(Base32.Encode(Encoding.ASCII.GetBytes(text)), Is.EqualTo(base32));
        Assert.That(Base32Reader.Read(base32), Is.EqualTo(Encoding.ASCII.GetBytes(text)));
    }
}
