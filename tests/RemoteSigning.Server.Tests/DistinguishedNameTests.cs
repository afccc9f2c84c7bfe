using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Tests;

public sealed class DistinguishedNameTests
{
    private static IEnumerable<TestCaseData> Values()
    {
        // RFC 4514, 2.4.
        yield return new("a,b+c\"d\\e<f>g;h", "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h");
        yield return new("#x", "CN=\\#x");
        yield return new("a#b", "CN=a#b");
        yield return new(" x ", "CN=\\ x\\ ");
        yield return new(" ", "CN=\\ ");
        yield return new("a b", "CN=a b");
        yield return new("Ä=ß", "CN=Ä=ß");
    }

    [TestCaseSource(nameof(Values))]
    public void Format_SpecialCharacters_AreEscaped(string value, string expected)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(value);

        Assert.That(DistinguishedName.Format(builder.Build()), Is.EqualTo(expected));
    }

    [Test]
    public void Format_SeveralAttributes_ComeLastFirst()
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName("Root");
        builder.AddOrganizationName("Example");
        builder.AddCountryOrRegion("DE");

        // The builder encodes what was added last first, as .NET writes names.
        Assert.That(DistinguishedName.Format(builder.Build()), Is.EqualTo("CN=Root,O=Example,C=DE"));
    }

    [Test(Description = "title and organizationIdentifier stand in no table of RFC 4514, and Java's X500Principal knows neither")]
    public void Format_AttributeThatNotAllKnow_IsNumberAndHex([Values("1.3.6.1.4.1.99999.1", "2.5.4.97", "2.5.4.12")] string oid)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.Add(oid, "x");

        Assert.That(DistinguishedName.Format(builder.Build()), Is.EqualTo($"{oid}=#0c0178"));
    }

    [Test]
    public void Format_NameOfAPerson_IsWhatItWasMadeOfInWordsThatJavaKnows()
    {
        string text = DistinguishedName.OfPerson("Zoë Ann", "O'Example");

        Assert.That(
            DistinguishedName.Format(new X500DistinguishedName(text)), Is.EqualTo("CN=Zoë Ann O'Example,givenName=Zoë Ann,surname=O'Example"));
    }

    [TestCase("CN=Sample Signer,givenName=Sample,SN=Signer", "CN=Sample Signer")]
    [TestCase("CN=Sample Signer,O=Example", "O=Example,CN=Sample Signer")]
    public void Short_Subject_IsOrganizationAndCommonName(string subject, string expected) =>
        Assert.That(DistinguishedName.Short(subject), Is.EqualTo(expected));

    [TestCase("a,b")]
    [TestCase("a+b")]
    [TestCase("a\"b")]
    [TestCase("a\\b")]
    [TestCase("a=b")]
    [TestCase("#a")]
    [TestCase(" a")]
    [TestCase("")]
    [TestCase("a\u0000")]
    public void IsPlain_WhatParsersReadDifferently_IsNot(string name) => Assert.That(DistinguishedName.IsPlain(name), Is.False);
}
