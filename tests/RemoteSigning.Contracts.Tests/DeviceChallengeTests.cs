using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Contracts.Tests;

/// <summary>Values that another program computed, because pages, agents and the SAM must agree on them.</summary>
public sealed class DeviceChallengeTests
{
    private const string Content = """{"v":1,"signer":"é"}""";

    [Test]
    public void ForActivation_KnownContent_KnownChallenge() => Assert.That(
        Convert.ToHexStringLower(DeviceChallenge.ForActivation(Content)),
        Is.EqualTo("63f78cfb0debfb2af716312cd44673259fb389ac037067a4aba96e9b9581398f"));

    [Test]
    public void ForAssignment_KnownContent_KnownChallenge() => Assert.That(
        Convert.ToHexStringLower(DeviceChallenge.ForAssignment(Content)),
        Is.EqualTo("b938cbf459c24dfbc81b21e507b748f1cd6c0cec8274f2f74f2ce8398e622126"));

    [Test]
    public void Digest_KnownRegistration_KnownDigest() => Assert.That(
        Convert.ToHexStringLower(new DeviceRegistration("{}"u8.ToArray(), [1, 2, 3]).Digest()),
        Is.EqualTo("c3db866d1d7dfd6689591a96738118040172d857c28cf09fc7d67c3ad6fd27b3"));

    [Test]
    public void Digest_BytesMovedBetweenFields_Differs() => Assert.That(
        new DeviceRegistration([1, 2], [3]).Digest(), Is.Not.EqualTo(new DeviceRegistration([1], [2, 3]).Digest()));
}
