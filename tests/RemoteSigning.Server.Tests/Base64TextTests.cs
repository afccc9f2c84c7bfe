using NUnit.Framework;
using RemoteSigning.Server.Csc;

namespace RemoteSigning.Server.Tests;

public sealed class Base64TextTests
{
    [TestCase("", "")]
    [TestCase("+/8=", "FBFF")]
    [TestCase("-_8", "FBFF")]
    [TestCase("+_8=", "FBFF")]
    [TestCase("AAAA", "000000")]
    [TestCase("AA==", "00")]
    [TestCase("AA", "00")]
    public void TryDecode_EitherAlphabetWithOrWithoutPadding_IsTheSame(string text, string hex)
    {
        Assert.That(Base64Text.TryDecode(text, out byte[]? bytes), Is.True);
        Assert.That(Convert.ToHexString(bytes!), Is.EqualTo(hex));
    }

    [TestCase("A")]
    [TestCase("AAAAA")]
    [TestCase("AA=")]
    [TestCase("AAA==")]
    [TestCase("AAAA=")]
    [TestCase("AAAA====")]
    [TestCase("A=AA")]
    [TestCase(" AAA")]
    [TestCase("AA\nAA")]
    [TestCase("AAÄA")]
    [TestCase("====")]
    public void TryDecode_AnythingElse_IsRefused(string text) =>
        Assert.That(Base64Text.TryDecode(text, out _), Is.False);
}
